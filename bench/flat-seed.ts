/** A store of settled domains, and what a worker remembers of them, without a probe of each. */
import type { Cluster, Redis } from 'ioredis';
import { accountKeys, accountsKey } from '../src/adapters/redis/keys.ts';
import { packed } from '../src/adapters/redis/packed.ts';
import { statusText } from '../src/adapters/redis/status-text.ts';
import { settingsHash, settingsText } from '../src/adapters/redis/stored-domain.ts';
import type { Domain } from '../src/core/domain.ts';
import { fnv1a } from '../src/core/hash.ts';
import type { DomainRecord } from '../src/core/record.ts';
import { shareOf } from '../src/core/share.ts';
import type { DomainRef } from '../src/flow/probe-store.ts';
import type { Settled, SettledDomains } from '../src/flow/settled.ts';

const perAccount = 1_000;

/** A settled domain, and the record of the probe that found it so. */
export interface Sample {
  readonly settled: Settled;
  readonly record: DomainRecord;
}

function accountNames(count: number): string[] {
  return Array.from({ length: Math.ceil(count / perAccount) }, (_, index) => `account-${index}`);
}

function hostsOf(account: number, count: number): string[] {
  const first = account * perAccount;
  return Array.from(
    { length: Math.min(perAccount, count - first) },
    (_, index) => `api-${first + index}.account-${account}.example`,
  );
}

/** What provisioning stores of them; the script that does it for the service would take half of the benchmark's time. */
export async function provisionAll(
  redis: Redis | Cluster,
  count: number,
  pins: Domain['pins'],
): Promise<void> {
  for (const [account, name] of accountNames(count).entries()) {
    const keys = accountKeys(name);
    const owner = { name, contacts: [`devops@${name}.example`] };
    const texts = hostsOf(account, count).map((host) => {
      const text = settingsText({ host, port: 443, pins, provisionedBy: 'bench.yaml' });
      return [host, text] as const;
    });
    const bytes = texts.reduce((sum, [, text]) => sum + text.length, 0);
    await redis.set(keys.account, JSON.stringify(owner));
    await redis.hset(keys.domains, ...texts.flat());
    await redis.zadd(keys.names, ...texts.flatMap(([host]) => [0, host]));
    await redis.hset(keys.usage, 'pins', pins.length * texts.length, 'bytes', bytes);
    await redis.sadd(accountsKey, name);
  }
}

export const sampleRef: DomainRef = { account: 'account-0', domain: 'api-0.account-0.example' };

/** The records and statuses that a first probe of each would have left; packed once for each account, which takes longest. */
export async function seedRecords(
  redis: Redis | Cluster,
  count: number,
  { record, settled }: Sample,
): Promise<void> {
  const status = statusText(settled.status);
  for (const [account, name] of accountNames(count).entries()) {
    const { records, statuses, usage } = accountKeys(name);
    const hosts = hostsOf(account, count);
    const lastCheck = record.lastCheck && { ...record.lastCheck, host: hosts[0] ?? '' };
    const stored = Buffer.concat([Buffer.from('1 '), packed(JSON.stringify({ ...record, lastCheck }))]);
    await redis.hset(records, ...hosts.flatMap((host) => [host, stored]));
    await redis.hset(statuses, ...hosts.flatMap((host) => [host, status]));
    await redis.hset(usage, 'records', stored.length * hosts.length);
  }
}

/**
 * What the first of these workers remembers of its share. Of each domain it has judged some probe, and does so again once a
 * month.
 */
export async function remember(
  redis: Redis | Cluster,
  count: number,
  { settled }: Sample,
  into: SettledDomains,
  judgedShare: number,
  workers: readonly number[],
): Promise<void> {
  for (const [account, name] of accountNames(count).entries()) {
    const keys = accountKeys(name);
    const owner = (await redis.get(keys.account)) ?? '';
    const hosts = hostsOf(account, count);
    const texts = await redis.hmget(keys.domains, ...hosts);
    for (const [index, domain] of hosts.entries()) {
      const text = texts[index] ?? '';
      const ref = { account: name, domain };
      if ((shareOf(fnv1a(`${name}/${domain}`), workers) ?? 1) !== 1) continue;
      const isDue = fnv1a(`${domain} judged`) / 2 ** 32 < judgedShare;
      into.set(ref, {
        ...settled,
        token: { settings: settingsHash(text), version: 1, account: owner },
        domain: { ...settled.domain, host: domain },
        status: { ...settled.status },
        until: isDue ? 0 : settled.until,
      });
    }
  }
}
