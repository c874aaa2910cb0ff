/** A store of settled domains, and what a worker remembers of them, without a probe of each. */
import type { Cluster, Redis } from 'ioredis';
import { accountKeys } from '../src/adapters/redis/keys.ts';
import { packed } from '../src/adapters/redis/packed.ts';
import { createProvisioningStore } from '../src/adapters/redis/provisioning-store.ts';
import { statusText } from '../src/adapters/redis/status-text.ts';
import { parseSettings, settingsHash } from '../src/adapters/redis/stored-domain.ts';
import type { Domain } from '../src/core/domain.ts';
import { fnv1a } from '../src/core/hash.ts';
import type { DomainRecord } from '../src/core/record.ts';
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

export async function provisionAll(
  redis: Redis | Cluster,
  count: number,
  pins: Domain['pins'],
): Promise<void> {
  const provisioning = createProvisioningStore(redis);
  await provisioning.provision(
    accountNames(count).map((name, account) => ({
      name,
      contacts: [`devops@${name}.example`],
      domains: hostsOf(account, count).map((host) => ({
        host,
        port: 443,
        pins,
        provisionedBy: 'bench.yaml',
      })),
    })),
  );
}

export const sampleRef: DomainRef = { account: 'account-0', domain: 'api-0.account-0.example' };

/** The records and statuses that a first probe of each would have left. */
export async function seedRecords(
  redis: Redis | Cluster,
  count: number,
  { record, settled }: Sample,
): Promise<void> {
  const status = statusText(settled.status);
  for (const [account, name] of accountNames(count).entries()) {
    const { records, statuses } = accountKeys(name);
    const hosts = hostsOf(account, count);
    const stored = hosts.flatMap((host) => {
      const lastCheck = record.lastCheck && { ...record.lastCheck, host };
      return [host, Buffer.concat([Buffer.from('1 '), packed(JSON.stringify({ ...record, lastCheck }))])];
    });
    await redis.hset(records, ...stored);
    await redis.hset(statuses, ...hosts.flatMap((host) => [host, status]));
  }
}

/**
 * What a worker remembers when it has probed all of them within a day, as one of so many workers does. Of each domain it
 * has judged some probe, and does so again once a day: with many workers, that is a larger share of its probes.
 */
export async function remember(
  redis: Redis | Cluster,
  count: number,
  { settled }: Sample,
  into: SettledDomains,
  judgedShare: number,
): Promise<void> {
  for (const [account, name] of accountNames(count).entries()) {
    const keys = accountKeys(name);
    const owner = (await redis.get(keys.account)) ?? '';
    const hosts = hostsOf(account, count);
    const texts = await redis.hmget(keys.domains, ...hosts);
    for (const [index, domain] of hosts.entries()) {
      const text = texts[index] ?? '';
      const ref = { account: name, domain };
      const isDue = fnv1a(`${domain} judged`) / 2 ** 32 < judgedShare;
      into.set(ref, {
        ...settled,
        token: { settings: settingsHash(text), version: 1, account: owner },
        domain: { ...settled.domain, ...parseSettings(text, null, null) },
        status: { ...settled.status },
        probed: { ...settled.probed, ref },
        until: isDue ? 0 : settled.until,
      });
    }
  }
}
