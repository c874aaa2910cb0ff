import type { Cluster, Redis } from 'ioredis';
import { type DomainStatus, domainSeries } from '../../core/series.ts';
import type { Overview } from '../../flow/overview.ts';
import type { SweptDomain } from '../../flow/sweep.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { hashPages } from './hash-pages.ts';
import { parseObject } from './json-object.ts';
import { accountKeys, accountsKey, sweepKey } from './keys.ts';
import { setAsideKeys, setAsideSharedKeys } from './mend.ts';
import { isMisuse } from './misuse.ts';
import { parseStatus } from './status-text.ts';

const lastProbe = domainSeries.findIndex(({ name }) => name === 'last_probe_timestamp_seconds');

/** Domains planned at a time: neither Redis nor this process is held up by them. */
const batchSize = 250;

const accountsAtOnce = 100;

/** What is read of all domains at once: for the metrics, and for the sweep. What can't be read costs nobody else. */
export function createOverviewReader(redis: Redis | Cluster, report: ReportUnreadable = () => {}) {
  /** A part of an account's domains at a time. */
  async function* statusPages(account: string): AsyncGenerator<Overview['domains']> {
    const key = accountKeys(account).statuses;
    for await (const page of textPages(account)) {
      yield page.map(([domain, text]) => {
        const { status, problem } = parseStatus(text);
        if (problem !== null) report({ key, field: domain, account, domain, problem });
        return { account, domain, status };
      });
    }
  }

  async function* textPages(account: string): ReturnType<typeof hashPages> {
    const keys = accountKeys(account);
    try {
      yield* hashPages(redis, keys.statuses);
    } catch (error) {
      if (!isMisuse(error)) throw error;
      report({
        key: keys.statuses,
        field: null,
        account,
        domain: null,
        problem: 'expected a hash, found another type',
      });
      // Its domains are still to be probed: each probe says anew what it found.
      const names = await redis.hkeys(keys.domains).catch(noneWhereMisused);
      yield names.map((name) => [name, blankText] as const);
    }
  }

  async function statusesOf(account: string): Promise<Overview['domains']> {
    const domains: Overview['domains'][number][] = [];
    for await (const page of statusPages(account)) domains.push(...page);
    return domains;
  }

  /** Of each account, a few at a time: thousands of commands at once would hold the event loop up. */
  async function ofAccounts<T>(read: (account: string) => Promise<T>): Promise<T[]> {
    const names = (await accountNames()).sort();
    const all: T[] = [];
    for (let start = 0; start < names.length; start += accountsAtOnce) {
      all.push(...(await Promise.all(names.slice(start, start + accountsAtOnce).map(read))));
    }
    return all;
  }

  const accountNames = () => redis.smembers(accountsKey).catch(noneWhereMisused);

  return {
    /** Of one account, and nothing else is read. */
    statusesOf,

    async statuses(): Promise<Overview['domains']> {
      return (await ofAccounts(statusesOf)).flat();
    },

    /** How many values of another type than they should be were set aside, and are still there. */
    async setAside(): Promise<number> {
      const shared = await Promise.all(setAsideSharedKeys.map((key) => redis.exists(key)));
      const counts = await ofAccounts((account) => redis.exists(...setAsideKeys(account)));
      return [...shared, ...counts].reduce((sum, count) => sum + count, 0);
    },

    /** Weekly notices count once they are in a letter: until their day they wait by intent, and nothing is wrong. */
    async noticesPending(): Promise<number> {
      const counts = await ofAccounts((account) =>
        Promise.all([redis.llen(accountKeys(account).notices).catch(zeroWhereMisused), inLetters(account)]),
      );
      return counts.flat().reduce((sum, count) => sum + count, 0);
    },

    sweepStartedAt: async (): Promise<number> =>
      Number((await redis.get(sweepKey).catch(noneWhereMisused)) ?? 0) || 0,

    async markSweep(now: number): Promise<void> {
      await redis.set(sweepKey, now);
    },

    /** Every registered domain, in batches of one account. */
    async *domains(): AsyncIterable<SweptDomain[]> {
      for (const account of await accountNames()) {
        for await (const page of statusPages(account)) {
          const rows = page.map(({ domain, status }) => ({
            account,
            domain,
            lastProbeAt: (status.values[lastProbe] ?? 0) * 1000,
          }));
          for (let start = 0; start < rows.length; start += batchSize)
            yield rows.slice(start, start + batchSize);
        }
      }
    },
  };

  async function inLetters(account: string): Promise<number> {
    const { letters } = accountKeys(account);
    const stored = await redis.hvals(letters).catch(noneWhereMisused);
    return stored.reduce((sum, text) => sum + noticesOf(account, letters, text), 0);
  }

  function noticesOf(account: string, key: string, text: string): number {
    try {
      return Number(parseObject(text).notices) || 0;
    } catch (error) {
      report({ key, field: null, account, domain: null, problem: (error as Error).message });
      return 0;
    }
  }
}

const blankText = JSON.stringify({
  values: domainSeries.map(() => 0),
  open: [],
  verdict: null,
} satisfies DomainStatus);

function noneWhereMisused(error: Error): [] {
  if (isMisuse(error)) return [];
  throw error;
}

function zeroWhereMisused(error: Error): number {
  if (isMisuse(error)) return 0;
  throw error;
}
