import type { Cluster, Redis } from 'ioredis';
import type { Account, Domain, ProvisionedAccount } from '../../core/domain.ts';
import { domainName } from '../../core/domain.ts';
import { statusOf } from '../../core/domain-status.ts';
import { blankRecord } from '../../core/record.ts';
import type { DomainRef } from '../../flow/probe-store.ts';
import type { ProvisioningStore } from '../../flow/provision.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { domainLocals, domainLua } from './domain-lua.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys, accountsKey, domainKeys, historyKey } from './keys.ts';
import { defineScript } from './script.ts';
import { statusText } from './status-text.ts';
import { rootsOf, settingsText } from './stored-domain.ts';

/**
 * Replaces or removes some domains of an account at a time.
 * KEYS: as in domain-lua.ts, then the histories of the removed domains
 * ARGV: for each that stays \`put\`, name, settings, status if it has none, roots; for each removed \`take\`, name,
 * then '' three times
 */
const provisionScript = `
${domainLocals(1)}
${domainLua}
count()
local gone = 0
for i = 1, #ARGV, 5 do
  local name = ARGV[i + 1]
  local before = redis.call('HGET', domains, name)
  if ARGV[i] == 'put' then
    put(name, before, ARGV[i + 2], ARGV[i + 4])
    redis.call('HSETNX', statuses, name, ARGV[i + 3])
  else
    gone = gone + 1
    if before then take(name, before) end
    redis.call('DEL', KEYS[7 + gone])
  end
end
return 1
`;

/** Domains per step: Redis does nothing else meanwhile. */
const batchSize = 500;

export function createProvisioningStore(
  redis: Redis | Cluster,
  report: ReportUnreadable = () => {},
): ProvisioningStore {
  const provision = defineScript(redis, 'pinwatchProvision', provisionScript);

  async function change(account: string, puts: readonly Domain[], takes: readonly string[]): Promise<void> {
    const steps = [
      ...puts.map((domain) => ({ keys: [] as string[], args: putArguments(domain) })),
      ...takes.map((name) => ({ keys: [historyKey(account, name)], args: ['take', name, '', '', ''] })),
    ];
    for (let start = 0; start < steps.length; start += batchSize) {
      const batch = steps.slice(start, start + batchSize);
      await provision(
        [...domainKeys(account), ...batch.flatMap(({ keys }) => keys)],
        batch.flatMap(({ args }) => args),
      );
    }
  }

  /** Returns whether its contacts have changed. */
  async function provisionAccount(account: ProvisionedAccount, changes: Changes): Promise<boolean> {
    const keys = accountKeys(account.name);
    const [stored, roots, owner] = await Promise.all([
      redis.hgetall(keys.domains),
      redis.hkeys(keys.roots),
      redis.get(keys.account),
    ]);
    const kept = new Set(roots);
    const wanted = new Map(account.domains.map((domain) => [domainName(domain), domain]));
    const { domains: _, ...settings } = account;
    await redis.set(keys.account, JSON.stringify(settings));
    const puts: Domain[] = [];
    for (const [name, domain] of wanted) {
      // Settings made at runtime that the file can't have stay.
      const next = { ...domain, ...muteOf(read(account.name, name, stored[name])) };
      const named = rootsOf(next)?.id;
      if (stored[name] === settingsText(next) && (named === undefined || kept.has(named))) continue;
      const ref = { account: account.name, domain: name };
      (stored[name] === undefined ? changes.added : changes.changed).push(ref);
      puts.push(next);
    }
    const takes = Object.entries(stored)
      .filter(([name, text]) => !wanted.has(name) && isProvisioned(account.name, name, text))
      .map(([name]) => name);
    for (const domain of takes) changes.removed.push({ account: account.name, domain });
    await change(account.name, puts, takes);
    await redis.sadd(accountsKey, account.name);
    const contacts = owner === null ? undefined : readAccount(account.name, owner)?.contacts;
    return contacts !== undefined && JSON.stringify(contacts) !== JSON.stringify(account.contacts);
  }

  /** Removes an account that the file no longer has, unless it has runtime domains, which must not silently stop. */
  async function releaseAccount(
    name: string,
    { provisionedBy: _, ...settings }: Partial<Account>,
    changes: Changes,
  ): Promise<void> {
    const keys = accountKeys(name);
    const stored = Object.entries(await redis.hgetall(keys.domains));
    const provisioned = stored
      .filter(([domain, text]) => isProvisioned(name, domain, text))
      .map(([domain]) => domain);
    for (const domain of provisioned) changes.removed.push({ account: name, domain });
    if (provisioned.length === stored.length) {
      await redis.del(...Object.values(keys), ...stored.map(([domain]) => historyKey(name, domain)));
      await redis.srem(accountsKey, name);
      return;
    }
    await redis.set(keys.account, JSON.stringify(settings));
    await change(name, [], provisioned);
  }

  async function releaseIfGone(name: string, changes: Changes): Promise<void> {
    const text = await redis.get(accountKeys(name).account);
    const stored = text === null ? null : readAccount(name, text);
    // It is unknown whether an unreadable account came from a file: it stays.
    if (stored?.provisionedBy !== undefined) await releaseAccount(name, stored, changes);
  }

  function readAccount(name: string, text: string): Partial<Account> | null {
    const read = attempt(() => parseObject(text));
    if (read.ok) return read.value;
    const { problem } = read;
    report({ key: accountKeys(name).account, field: null, account: name, domain: null, problem });
    return null;
  }

  function read(account: string, domain: string, text: string | undefined): Partial<Domain> | null {
    if (text === undefined) return null;
    const read = attempt(() => parseObject(text));
    if (read.ok) return read.value;
    const { problem } = read;
    report({ key: accountKeys(account).domains, field: domain, account, domain, problem });
    return null;
  }

  /** An unreadable domain does not count as the file's: it may have been added at runtime. */
  function isProvisioned(account: string, domain: string, text: string): boolean {
    return read(account, domain, text)?.provisionedBy !== undefined;
  }

  return {
    accounts: () => redis.smembers(accountsKey),

    async provision(accounts) {
      const changes: Changes = { added: [], changed: [], removed: [] };
      const recontacted: string[] = [];
      for (const account of accounts) {
        if (await provisionAccount(account, changes)) recontacted.push(account.name);
      }
      for (const name of await redis.smembers(accountsKey)) {
        if (!accounts.some((account) => account.name === name)) await releaseIfGone(name, changes);
      }
      return { ...changes, recontacted };
    },
  };
}

type Changes = Record<'added' | 'changed' | 'removed', DomainRef[]>;

function muteOf(stored: Partial<Domain> | null): Pick<Domain, 'mutedUntil' | 'mutedAt'> {
  const { mutedUntil, mutedAt } = stored ?? {};
  return {
    ...(typeof mutedUntil === 'number' ? { mutedUntil } : {}),
    ...(typeof mutedAt === 'number' ? { mutedAt } : {}),
  };
}

/** The metrics show a domain from the start, with timestamps of 0, so that one that is never probed is visible. */
function putArguments(domain: Domain): string[] {
  const status = statusText(statusOf(domain, blankRecord));
  return ['put', domainName(domain), settingsText(domain), status, rootsOf(domain)?.pem ?? ''];
}
