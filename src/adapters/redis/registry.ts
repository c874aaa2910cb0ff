import type { Redis } from 'ioredis';
import { type Account, type Domain, domainName } from '../../core/domain.ts';
import { blankRecord } from '../../core/record.ts';
import { statusOf } from '../../core/series.ts';
import type { ProvisionedAccount, Registry } from '../../flow/provision.ts';
import type { DomainRef } from '../../flow/records.ts';
import { accountKeys, accountsKey } from './keys.ts';
import { runTransaction } from './transaction.ts';

interface StoredAccount extends Account {
  readonly provisioned?: boolean;
}

export function createRegistry(redis: Redis): Registry {
  return {
    accounts: () => redis.smembers(accountsKey),

    async provision(accounts) {
      const changes = { added: [] as DomainRef[], changed: [] as DomainRef[], removed: [] as DomainRef[] };
      for (const account of accounts) await provisionAccount(redis, account, changes);
      for (const name of await redis.smembers(accountsKey)) {
        if (accounts.some((account) => account.name === name)) continue;
        const stored = JSON.parse(
          (await redis.get(accountKeys(name).account)) ?? '{}',
        ) as Partial<StoredAccount>;
        if (stored.provisioned !== true) continue;
        for (const domain of await redis.hkeys(accountKeys(name).domains)) {
          changes.removed.push({ account: name, domain });
        }
        await redis.del(...Object.values(accountKeys(name)));
        await redis.srem(accountsKey, name);
      }
      return changes;
    },
  };
}

async function provisionAccount(
  redis: Redis,
  account: ProvisionedAccount,
  changes: Record<'added' | 'changed' | 'removed', DomainRef[]>,
): Promise<void> {
  const keys = accountKeys(account.name);
  const stored = await redis.hgetall(keys.domains);
  const wanted = new Map(account.domains.map((domain) => [domainName(domain), domain]));
  const settings: StoredAccount = { name: account.name, contacts: account.contacts, provisioned: true };
  const step = redis.multi().set(keys.account, JSON.stringify(settings));
  for (const [name, domain] of wanted) {
    const text = JSON.stringify(domain);
    if (stored[name] === text) continue;
    const ref = { account: account.name, domain: name };
    (stored[name] === undefined ? changes.added : changes.changed).push(ref);
    step.hset(keys.domains, name, text);
    // From the start the metrics show a domain, with timestamps of 0, so that one that is never probed can be seen.
    step.hsetnx(keys.statuses, name, JSON.stringify(statusOf(domain, blankRecord)));
  }
  for (const [name, text] of Object.entries(stored)) {
    if (wanted.has(name) || (JSON.parse(text) as Domain).provisionedBy === undefined) continue;
    changes.removed.push({ account: account.name, domain: name });
    step.hdel(keys.domains, name).hdel(keys.records, name).hdel(keys.statuses, name);
  }
  await runTransaction(step);
  await redis.sadd(accountsKey, account.name);
}
