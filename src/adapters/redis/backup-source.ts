/**
 * Reads the store for a backup, while it is used. What one step reads is of one moment: the tokens; and of each account up to
 * `domainsAtOnce` domains, with all of the rest in the step of the last of them. So a smaller account is of one moment. A
 * larger one is read domain by domain as they were, and the rest after them: a notice that is owed for a stored incident is
 * never missed, as it is stored in one step with the record. The other way round, it could be lost.
 */
import type { Cluster, Redis } from 'ioredis';
import { daysKept, lastDays } from '../../core/adoption.ts';
import type { BackupEntry } from '../../core/backup-format.ts';
import type { BackupSource } from '../../flow/backup/back-up.ts';
import { keyEntries, notIn, pairEntries, type WantedKey } from './backup-entries.ts';
import { keyOf, sharedKeys } from './backup-keys.ts';
import { type BackupStep, createBackupStep } from './backup-step.ts';
import { createIdentityStore } from './identity.ts';
import {
  type AccountKind,
  accountKinds,
  type KeyKind,
  keptType,
  type SeveralKind,
  severalKinds,
  sharedKinds,
} from './key-kinds.ts';
import { accountKeys, accountsKey, channelsKey, configsKey } from './keys.ts';
import { isMisuse } from './misuse.ts';

const domainsAtOnce = 250;

/** Domains may be added while their names are read: how often a small account is read again. */
const mostAttempts = 10;

/** By domain, and read with them. */
const ofDomains: readonly AccountKind[] = ['domains', 'records', 'statuses', 'roots', 'applied'];

export function createBackupSource(redis: Redis | Cluster): BackupSource {
  const step = createBackupStep(redis);
  const identityStore = createIdentityStore(redis);

  /** Accounts, and those that are gone whose signed configurations apps go on using. */
  async function accountNames(): Promise<string[]> {
    const lists = await Promise.all([
      orNone(redis.smembers(accountsKey)),
      orNone(redis.hvals(channelsKey)),
      orNone(redis.zrange(configsKey, '0', '-1')),
    ]);
    return [...new Set(lists.flat())].sort();
  }

  /** The names of the domains, some at a time, by name. */
  async function* namePages(account: string): AsyncGenerator<readonly string[]> {
    const { names, domains } = accountKeys(account);
    const [indexed, count] = await Promise.all([
      redis.zcard(names).catch(noneOfType),
      redis.hlen(domains).catch(noneOfType),
    ]);
    if (indexed !== count) {
      // The index is rebuilt when it is needed, but not by a backup.
      const all = await orNone(redis.hkeys(domains));
      for (let at = 0; at < all.length; at += domainsAtOnce) yield all.slice(at, at + domainsAtOnce);
      return;
    }
    let from = '-';
    for (;;) {
      const page = await redis.zrangebylex(names, from, '+', 'LIMIT', 0, domainsAtOnce);
      if (page.length > 0) yield page;
      if (page.length < domainsAtOnce) return;
      from = `(${page.at(-1)}`;
    }
  }

  async function* accountEntries(
    account: string,
    now: number,
    skipped: string[],
  ): AsyncGenerator<BackupEntry> {
    const known = { roots: new Set<string>(), sets: new Set<string>() };
    const rest = restOf(account, now);
    const read = async (names: readonly string[], others: readonly WantedKey[]) => {
      const wanted = [...names.map((of) => wantedOf(account, 'history', of)), ...others];
      return { wanted, step: await step.ofAccount(account, names, wanted.map(keyOf)) };
    };
    let waiting: readonly string[] = [];
    for (let attempt = 1; ; attempt += 1) {
      const pages = namePages(account);
      waiting = (await pages.next()).value ?? [];
      let isWhole = true;
      for await (const page of pages) {
        isWhole = false;
        yield* stepEntries(account, await read(waiting, []), known, now, skipped);
        waiting = page;
      }
      const last = await read(waiting, rest);
      if (isWhole && last.step.count !== waiting.length && attempt < mostAttempts) continue;
      yield* stepEntries(account, last, known, now, skipped);
      return;
    }
  }

  return {
    async store() {
      const { identity, schema } = await identityStore.read();
      return { identity, schema };
    },

    async *entries(now, skipped) {
      const accounts = await accountNames();
      for (const [kind, key] of Object.entries(sharedKeys)) {
        const { type } = sharedKinds[kind as keyof typeof sharedKeys];
        yield* keyEntries({ kind, type }, await step.ofKey(key), now, skipped);
      }
      for (const account of accounts) yield* accountEntries(account, now, skipped);
    },
  };
}

function* stepEntries(
  account: string,
  { wanted, step }: { readonly wanted: readonly WantedKey[]; readonly step: BackupStep },
  known: { readonly roots: Set<string>; readonly sets: Set<string> },
  now: number,
  skipped: string[],
): Generator<BackupEntry> {
  yield* pairEntries(account, 'roots', notIn(step.roots, known.roots));
  yield* pairEntries(account, 'applied', notIn(step.sets, known.sets));
  for (const [index, kind] of (['domains', 'records', 'statuses'] as const).entries()) {
    const fields: Buffer[] = [];
    for (let row = 0; row + 3 < step.domains.length; row += 4) {
      const [name, value] = [step.domains[row], step.domains[row + 1 + index]];
      if (Buffer.isBuffer(name) && Buffer.isBuffer(value)) fields.push(name, value);
    }
    yield* pairEntries(account, kind, fields);
  }
  for (const [index, found] of step.found.entries()) {
    const one = wanted[index];
    if (one !== undefined) yield* keyEntries(one, found, now, skipped);
  }
}

/** What an account has besides its domains. */
function restOf(account: string, now: number): WantedKey[] {
  const once = Object.entries(accountKinds).flatMap(([kind, row]) =>
    ofDomains.includes(kind as AccountKind) ? [] : wantedOnce(account, kind, row),
  );
  // A day on each side, for clocks that differ.
  const days = lastDays(now + 86_400_000, daysKept + 2);
  return [...once, ...days.map((day) => wantedOf(account, 'adoption', day))];
}

function wantedOnce(account: string, kind: string, row: KeyKind): WantedKey[] {
  const type = keptType(row);
  return type === null ? [] : [{ account, kind, type }];
}

function wantedOf(account: string, kind: SeveralKind, of: string): WantedKey {
  return { account, kind, of, type: severalKinds[kind].type };
}

function noneOfType(error: Error): number {
  if (isMisuse(error)) return 0;
  throw error;
}

/** None if the key is of another type, which is reported when it is read. */
async function orNone(command: Promise<string[]>): Promise<string[]> {
  return command.catch((error: Error) => {
    if (isMisuse(error)) return [];
    throw error;
  });
}
