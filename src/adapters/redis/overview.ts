import type { Cluster, Redis } from 'ioredis';
import { type DomainStatus, domainSeries } from '../../core/series.ts';
import type { Overview } from '../../flow/overview.ts';
import type { RegisteredDomain } from '../../flow/sweep.ts';
import { accountKeys, accountsKey, sweepKey } from './keys.ts';

const lastProbe = domainSeries.findIndex(({ name }) => name === 'last_probe_timestamp_seconds');

/** Domains planned at a time: neither Redis nor this process is held up by them. */
const batchSize = 250;

/** What is read of all domains at once: for the metrics, and for the sweep. */
export function createOverviewReader(redis: Redis | Cluster) {
  async function statusesOf(account: string): Promise<Overview['domains']> {
    const stored = await redis.hgetall(accountKeys(account).statuses);
    const domains = Object.entries(stored).sort(([a], [b]) => (a < b ? -1 : 1));
    return domains.map(([domain, text]) => ({ account, domain, status: JSON.parse(text) as DomainStatus }));
  }

  return {
    /** Of one account, and nothing else is read. */
    statusesOf,

    async statuses(): Promise<Overview['domains']> {
      const accounts = await redis.smembers(accountsKey);
      return (await Promise.all(accounts.sort().map(statusesOf))).flat();
    },

    /** Weekly notices count once they are in a letter: until their day they wait by intent, and nothing is wrong. */
    async noticesPending(): Promise<number> {
      const accounts = await redis.smembers(accountsKey);
      const counts = await Promise.all(
        accounts.flatMap((account) => {
          const keys = accountKeys(account);
          return [redis.llen(keys.notices), inLetters(redis, keys.letters)];
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },

    sweepStartedAt: async (): Promise<number> => Number((await redis.get(sweepKey)) ?? 0),

    async markSweep(now: number): Promise<void> {
      await redis.set(sweepKey, now);
    },

    /** Every registered domain, in batches of one account. */
    async *domains(): AsyncIterable<RegisteredDomain[]> {
      for (const account of await redis.smembers(accountsKey)) {
        const rows = (await statusesOf(account)).map(({ domain, status }) => ({
          account,
          domain,
          lastProbeAt: (status.values[lastProbe] ?? 0) * 1000,
        }));
        for (let start = 0; start < rows.length; start += batchSize)
          yield rows.slice(start, start + batchSize);
      }
    },
  };
}

async function inLetters(redis: Redis | Cluster, letters: string): Promise<number> {
  const stored = await redis.hvals(letters);
  return stored.reduce((sum, text) => sum + (JSON.parse(text) as { notices: number }).notices, 0);
}
