/** Checks, publishes and renews the configurations of many accounts, against a real Redis and a real disk. */
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ChannelKeys, createChannelKeys } from '../../lab/channel-keys.ts';
import { createChannelFiles } from '../../src/adapters/files/channel-files.ts';
import { createAdminStore } from '../../src/adapters/redis/admin-store.ts';
import { createAdoptionStore } from '../../src/adapters/redis/adoption-store.ts';
import { createConfigStore } from '../../src/adapters/redis/config-store.ts';
import { createPinSetStore } from '../../src/adapters/redis/pin-set-store.ts';
import { parsed } from '../../src/core/parsed.ts';
import { createRepeats } from '../../src/core/repeats.ts';
import { checkConfig } from '../../src/flow/publish/check-config.ts';
import { installKeys } from '../../src/flow/publish/install-keys.ts';
import type { PublishPorts } from '../../src/flow/publish/ports.ts';
import { publishConfig } from '../../src/flow/publish/publish-config.ts';
import { renewConfigs } from '../../src/flow/publish/renew.ts';
import { createServedChannels } from '../../src/flow/publish/served-channels.ts';
import { presentBoth } from '../presented.ts';
import { startStore } from '../store.ts';
import { measure, type Usage } from '../usage.ts';

export interface AccountsResult {
  readonly bundleBytes: number;
  readonly steps: readonly { readonly title: string; readonly usage: Usage }[];
}

const actor = { name: 'bench', address: '127.0.0.1' };
const dayMs = 86_400_000;
const atOnce = 8;
const nothing = new AbortController().signal;
/** No key has it. */
const backup = `sha256/${'A'.repeat(43)}=` as const;

export async function measureAccounts(count: number, domains: number): Promise<AccountsResult> {
  const directory = resolve('var', 'bench', 'published');
  await rm(directory, { recursive: true, force: true });
  const store = await startStore(resolve('var', 'bench', 'redis-publish'));
  try {
    return await measureIn(store, directory, count, domains);
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureIn(
  { link: { redis }, pid }: Awaited<ReturnType<typeof startStore>>,
  directory: string,
  count: number,
  domains: number,
): Promise<AccountsResult> {
  const { pins, observations } = presentBoth();
  const adminStore = createAdminStore(redis);
  const accounts = new Map<string, ChannelKeys>();
  for (let index = 0; index < count; index += 1) {
    const name = `account-${index}`;
    accounts.set(name, createChannelKeys());
    await register(adminStore, name, domains, [...pins, backup]);
  }

  let now = Date.now();
  const configStore = createConfigStore(redis);
  const files = createChannelFiles(directory, null);
  const channels = createServedChannels({ configStore, files, clock: () => now, journal: () => {} });
  const ports: PublishPorts = {
    ...{
      configStore,
      adoptionStore: createAdoptionStore(redis),
      adminStore,
      pinSetStore: createPinSetStore(redis),
    },
    ...{ clock: () => now, observeAll: async () => [...observations], probesAtOnce: 16, platforms: [] },
    signer: (account) => parsed(keysOf(accounts, account).signing.signer),
    subtle: webcrypto.subtle,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    newId: () => randomBytes(12).toString('base64url'),
    ...{ validForMs: 14 * dayMs, renewEveryMs: dayMs, fieldForMs: 30 * dayMs },
    ...{ pause: async () => {}, probe: { confirmAfterMs: 0, timeoutMs: 5_000 } },
    repeats: createRepeats(),
    resolveSets: async () => {},
    managedRoots: [],
    held: channels.held,
    changed: (account) => channels.take(account),
    journal: () => {},
  };
  for (const [account, keys] of accounts) {
    const request = { statement: await keys.statement(), roots: keys.roots };
    expectDone(await installKeys(account, request, actor, ports));
  }

  const steps: { title: string; usage: Usage }[] = [];
  const step = async (title: string, work: (account: string) => Promise<void>) => {
    steps.push({ title, usage: await measure(pid, () => each([...accounts.keys()], work)) });
  };
  const candidates = new Map<string, string>();
  await step('check, without the probes', async (account) => {
    const found = await checkConfig(account, { restore: null, without: [] }, actor, ports, nothing);
    candidates.set(account, expectDone(found).candidate.id);
  });
  await step('publish: sign, verify, store, write the file', async (account) => {
    const candidate = candidates.get(account) ?? '';
    const request = { candidate, note: 'bench', force: false, allowUnpin: [], bundle: null };
    expectDone(await publishConfig(account, request, actor, ports));
  });
  now += dayMs;
  await step('renew', (account) => renewConfigs([account], ports));
  const [first] = channels.all();
  return { bundleBytes: first?.text.length ?? Number.NaN, steps };
}

async function register(
  adminStore: ReturnType<typeof createAdminStore>,
  account: string,
  domains: number,
  pins: readonly `sha256/${string}`[],
): Promise<void> {
  const entry = { at: '', by: '', from: null, action: 'account_created', target: '', detail: '' } as const;
  await adminStore.saveAccount(account, null, { name: account, contacts: ['a@bench.example'] }, entry);
  const hosts = Array.from({ length: domains }, (_, index) => `api-${index}.${account}.bench.example`);
  await each(hosts, async (host) => {
    await adminStore.saveDomain({ account, domain: host }, null, { host, port: 443, pins }, entry);
  });
}

/** A few at a time, as several admins and the renewal do. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all].reverse();
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function keysOf(accounts: ReadonlyMap<string, ChannelKeys>, account: string): ChannelKeys {
  const keys = accounts.get(account);
  if (keys === undefined) throw new Error(`no keys for "${account}"`);
  return keys;
}

function expectDone<T>(
  outcome:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly refusal: { detail: string } },
): T {
  if (!outcome.ok) throw new Error(outcome.refusal.detail);
  return outcome.value;
}
