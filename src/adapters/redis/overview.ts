import type { Cluster, Redis } from 'ioredis';
import { blankStatus } from '../../core/domain-status.ts';
import type { Overview } from '../../flow/overview.ts';
import type { SweptDomain } from '../../flow/sweep.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { hashPages } from './hash-pages.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys, accountsKey, sweepKey } from './keys.ts';
import { setAsideKeys, setAsideSharedKeys } from './mend.ts';
import { isMisuse, zeroIfMisused } from './misuse.ts';
import { sorted } from './sorted.ts';
import { parseStatus, statusText } from './status-text.ts';

/** Domains planned at a time: few enough to block neither Redis nor this process. */
const batchSize = 250;

/** So many that most of the time is not spent waiting for answers, and few enough that the event loop is not blocked. */
const accountsAtOnce = 100;

/** Reads all domains, for the metrics and the sweep. An unreadable value affects no other. */
export function createOverviewReader(redis: Redis | Cluster, report: ReportUnreadable = () => {}) {
  /** An account's domains, some at a time. */
  async function* statusPages(account: string): AsyncGenerator<StatusRow[]> {
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
      // Its domains still have to be probed: each probe writes a new status.
      const names = await redis.hkeys(keys.domains).catch(noneWhereMisused);
      yield names.map((name) => [name, blankText] as const);
    }
  }

  async function statusesOf(account: string): Promise<Overview['domains']> {
    return sorted(statusPages(account), ({ domain }) => domain);
  }

  /** Of all accounts. The first pages of several are read at once: most accounts have no second one. */
  async function* allPages(): AsyncGenerator<Overview['domains']> {
    const names = await accountNames();
    for (let start = 0; start < names.length; start += accountsAtOnce) {
      const readers = names.slice(start, start + accountsAtOnce).map(statusPages);
      const firsts = await Promise.all(readers.map((reader) => reader.next()));
      for (const [index, first] of firsts.entries()) {
        if (first.done === true) continue;
        yield first.value;
        yield* readers[index] ?? [];
      }
    }
  }

  /** For each account, some at a time: thousands of commands at once would block the event loop. */
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
    /** Of one account; reads nothing else. */
    statusesOf,

    async statuses(): Promise<Overview['domains']> {
      return (await ofAccounts(statusesOf)).flat();
    },

    /** How many values of the wrong type were set aside, and still exist. */
    async setAside(): Promise<number> {
      const shared = await Promise.all(setAsideSharedKeys.map((key) => redis.exists(key)));
      const counts = await ofAccounts((account) => redis.exists(...setAsideKeys(account)));
      return [...shared, ...counts].reduce((sum, count) => sum + count, 0);
    },

    /** Of mail: what waits for a channel may wait for the end of quiet hours. Weekly notices count only once they are in a letter: until their day they wait on purpose. */
    async noticesPending(): Promise<number> {
      const counts = await ofAccounts((account) =>
        Promise.all([redis.llen(accountKeys(account).notices).catch(zeroIfMisused), inLetters(account)]),
      );
      return counts.flat().reduce((sum, count) => sum + count, 0);
    },

    sweepStartedAt: async (): Promise<number> =>
      Number((await redis.get(sweepKey).catch(noneWhereMisused)) ?? 0) || 0,

    /** How many domains there are. */
    async count(): Promise<number> {
      const counts = await ofAccounts((account) =>
        redis.hlen(accountKeys(account).domains).catch(zeroIfMisused),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },

    async markSweep(now: number): Promise<void> {
      await redis.set(sweepKey, now);
    },

    /** Every registered domain, in batches that may span accounts. */
    async *domains(): AsyncIterable<SweptDomain[]> {
      let batch: SweptDomain[] = [];
      for await (const page of allPages()) {
        for (const { account, domain, status } of page) {
          batch.push({ account, domain, lastProbeAt: status.lastProbeAt, slow: status.slow === true });
          if (batch.length < batchSize) continue;
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) yield batch;
    },
  };

  async function inLetters(account: string): Promise<number> {
    const { letters } = accountKeys(account);
    const stored = await redis.hvals(letters).catch(noneWhereMisused);
    return stored.reduce((sum, text) => sum + noticesOf(account, letters, text), 0);
  }

  function noticesOf(account: string, key: string, text: string): number {
    const read = attempt(() => {
      const { channel, notices } = parseObject(text);
      return channel === undefined ? Number(notices) || 0 : 0;
    });
    if (read.ok) return read.value;
    report({ key, field: null, account, domain: null, problem: read.problem });
    return 0;
  }
}

type StatusRow = Overview['domains'][number];

const blankText = statusText(blankStatus);

function noneWhereMisused(error: Error): [] {
  if (isMisuse(error)) return [];
  throw error;
}
