import type { Cluster, Redis } from 'ioredis';
import { blankStatus } from '../../core/domain-status.ts';
import type { Overview } from '../../flow/overview.ts';
import type { SweptDomain } from '../../flow/sweep.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys, accountsKey, sweepKey } from './keys.ts';
import { setAsideKeys, setAsideSharedKeys } from './mend.ts';
import { isMisuse } from './misuse.ts';
import { parseStatus, statusText } from './status-text.ts';

/** Domains planned at a time: few enough to block neither Redis nor this process. */
const batchSize = 250;

/** Reads all domains at once, for the metrics and the sweep. An unreadable value affects no other. */
export function createOverviewReader(redis: Redis | Cluster, report: ReportUnreadable = () => {}) {
  async function statusesOf(account: string): Promise<Overview['domains']> {
    const key = accountKeys(account).statuses;
    const domains = Object.entries(await statusTexts(account)).sort(([a], [b]) => (a < b ? -1 : 1));
    return domains.map(([domain, text]) => {
      const { status, problem } = parseStatus(text);
      if (problem !== null) report({ key, field: domain, account, domain, problem });
      return { account, domain, status };
    });
  }

  async function statusTexts(account: string): Promise<Record<string, string>> {
    const keys = accountKeys(account);
    try {
      return await redis.hgetall(keys.statuses);
    } catch (error) {
      if (!isMisuse(error)) throw error;
      report({
        key: keys.statuses,
        field: null,
        account,
        domain: null,
        problem: 'expected a hash, found another type',
      });
      // Its domains still have to be probed: each probe writes a new status.
      const names = await redis.hkeys(keys.domains).catch(noneWhereMisused);
      return Object.fromEntries(names.map((name) => [name, blankText]));
    }
  }

  const accountNames = () => redis.smembers(accountsKey).catch(noneWhereMisused);

  return {
    /** Of one account; reads nothing else. */
    statusesOf,

    async statuses(): Promise<Overview['domains']> {
      return (await Promise.all((await accountNames()).sort().map(statusesOf))).flat();
    },

    /** How many values of the wrong type were set aside, and still exist. */
    async setAside(): Promise<number> {
      const counts = (await accountNames()).map((account) => redis.exists(...setAsideKeys(account)));
      const shared = setAsideSharedKeys.map((key) => redis.exists(key));
      const all = await Promise.all([...shared, ...counts]);
      return all.reduce((sum, count) => sum + count, 0);
    },

    /** Weekly notices count only once they are in a letter: until their day they wait on purpose. */
    async noticesPending(): Promise<number> {
      const counts = await Promise.all(
        (await accountNames()).flatMap((account) => {
          const keys = accountKeys(account);
          return [redis.llen(keys.notices).catch(zeroWhereMisused), inLetters(account)];
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },

    sweepStartedAt: async (): Promise<number> =>
      Number((await redis.get(sweepKey).catch(noneWhereMisused)) ?? 0) || 0,

    async markSweep(now: number): Promise<void> {
      await redis.set(sweepKey, now);
    },

    /** Every registered domain, in batches of one account. */
    async *domains(): AsyncIterable<SweptDomain[]> {
      for (const account of await accountNames()) {
        const rows = (await statusesOf(account)).map(({ domain, status }) => ({
          account,
          domain,
          lastProbeAt: status.lastProbeAt,
        }));
        for (let start = 0; start < rows.length; start += batchSize)
          yield rows.slice(start, start + batchSize);
      }
    },
  };

  async function inLetters(account: string): Promise<number> {
    const { letters } = accountKeys(account);
    const stored = await redis.hvals(letters).catch(noneWhereMisused);
    return stored.reduce((sum, text) => sum + noticesOf(account, letters, text), 0);
  }

  function noticesOf(account: string, key: string, text: string): number {
    const read = attempt(() => Number(parseObject(text).notices) || 0);
    if (read.ok) return read.value;
    report({ key, field: null, account, domain: null, problem: read.problem });
    return 0;
  }
}

const blankText = statusText(blankStatus);

function noneWhereMisused(error: Error): [] {
  if (isMisuse(error)) return [];
  throw error;
}

function zeroWhereMisused(error: Error): number {
  if (isMisuse(error)) return 0;
  throw error;
}
