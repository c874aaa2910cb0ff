import type { ChainableCommander, Cluster, Redis } from 'ioredis';
import { type Account, type Domain, domainName } from '../../core/domain.ts';
import { blankRecord } from '../../core/record.ts';
import { statusOf } from '../../core/series.ts';
import type { ProvisionedAccount, Registry } from '../../flow/provision.ts';
import type { DomainRef } from '../../flow/records.ts';
import { accountKeys, accountsKey, historyKey } from './keys.ts';
import { runTransaction } from './transaction.ts';

export function createRegistry(redis: Redis | Cluster): Registry {
  return {
    accounts: () => redis.smembers(accountsKey),

    async provision(accounts) {
      const changes = { added: [] as DomainRef[], changed: [] as DomainRef[], removed: [] as DomainRef[] };
      const recontacted: string[] = [];
      for (const account of accounts) {
        if (await provisionAccount(redis, account, changes)) recontacted.push(account.name);
      }
      for (const name of await redis.smembers(accountsKey)) {
        if (accounts.some((account) => account.name === name)) continue;
        const text = await redis.get(accountKeys(name).account);
        const stored = JSON.parse(text ?? '{}') as Partial<Account>;
        if (stored.provisionedBy !== undefined) await releaseAccount(redis, name, stored, changes);
      }
      return { ...changes, recontacted };
    },
  };
}

/** Whether its contacts are others than before. */
async function provisionAccount(
  redis: Redis | Cluster,
  account: ProvisionedAccount,
  changes: Record<'added' | 'changed' | 'removed', DomainRef[]>,
): Promise<boolean> {
  const keys = accountKeys(account.name);
  const [stored, owner] = await Promise.all([redis.hgetall(keys.domains), redis.get(keys.account)]);
  const wanted = new Map(account.domains.map((domain) => [domainName(domain), domain]));
  const { domains: _, ...settings } = account;
  const step = redis.multi().set(keys.account, JSON.stringify(settings));
  for (const [name, domain] of wanted) {
    // What the file says nothing of, and was said at runtime, stays.
    const { mutedUntil, mutedAt } = JSON.parse(stored[name] ?? '{}') as Partial<Domain>;
    const text = JSON.stringify({ ...domain, mutedUntil, mutedAt });
    if (stored[name] === text) continue;
    const ref = { account: account.name, domain: name };
    (stored[name] === undefined ? changes.added : changes.changed).push(ref);
    step.hset(keys.domains, name, text);
    // From the start the metrics show a domain, with timestamps of 0, so that one that is never probed can be seen.
    step.hsetnx(keys.statuses, name, JSON.stringify(statusOf(domain, blankRecord)));
  }
  for (const [name, text] of Object.entries(stored)) {
    if (wanted.has(name) || !isProvisioned(text)) continue;
    changes.removed.push({ account: account.name, domain: name });
    removeDomain(step, account.name, name);
  }
  await runTransaction(step);
  await redis.sadd(accountsKey, account.name);
  const { contacts } = JSON.parse(owner ?? '{}') as Partial<Account>;
  return contacts !== undefined && JSON.stringify(contacts) !== JSON.stringify(account.contacts);
}

/** An account that is not in the file any more goes, unless domains were added to it at runtime: nobody stops those silently. */
async function releaseAccount(
  redis: Redis | Cluster,
  name: string,
  { provisionedBy: _, ...settings }: Partial<Account>,
  changes: Record<'removed', DomainRef[]>,
): Promise<void> {
  const keys = accountKeys(name);
  const stored = Object.entries(await redis.hgetall(keys.domains));
  const provisioned = stored.filter(([, text]) => isProvisioned(text)).map(([domain]) => domain);
  for (const domain of provisioned) changes.removed.push({ account: name, domain });
  if (provisioned.length === stored.length) {
    await redis.del(...Object.values(keys), ...stored.map(([domain]) => historyKey(name, domain)));
    await redis.srem(accountsKey, name);
    return;
  }
  const step = redis.multi().set(keys.account, JSON.stringify(settings));
  for (const domain of provisioned) removeDomain(step, name, domain);
  await runTransaction(step);
}

function removeDomain(step: ChainableCommander, account: string, domain: string): void {
  const keys = accountKeys(account);
  step.hdel(keys.domains, domain).hdel(keys.records, domain).hdel(keys.statuses, domain);
  step.del(historyKey(account, domain));
}

function isProvisioned(settings: string): boolean {
  return (JSON.parse(settings) as Domain).provisionedBy !== undefined;
}
