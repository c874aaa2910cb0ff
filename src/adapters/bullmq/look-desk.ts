import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { RegionDesk } from '../../flow/looks/look-from-regions.ts';
import { createFeed, type Feed } from './feed.ts';
import { readLookAnswer } from './look-answer.ts';
import { answerKey, lookQueue } from './look-jobs.ts';

interface Counter {
  readonly queue: Queue;
  /** Who waits for the end of a job, by its id. */
  readonly waiting: Map<string, (how: 'answered' | 'failed') => void>;
  readonly feed: ReturnType<typeof createFeed>;
  /** Followed from the first look on: each further one then costs no connection. */
  following: Promise<Feed> | null;
}

/** How long the end of a look waits for its question to be taken back. */
const takeBackMs = 1_000;

/** Where looks from other regions are requested and awaited. */
export function createLookDesk(
  connection: Redis | Cluster,
  prefix: string,
  onError: (error: Error) => void,
): RegionDesk & { close(): Promise<void> } {
  const counters = new Map<string, Counter>();
  const closing = new AbortController();

  function counterOf(region: string): Counter {
    const known = counters.get(region);
    if (known !== undefined) return known;
    const queue = new Queue(lookQueue(region), { connection, prefix });
    queue.on('error', onError);
    const counter = {
      queue,
      waiting: new Map(),
      feed: createFeed(queue, connection, onError),
      following: null,
    };
    counters.set(region, counter);
    return counter;
  }

  async function follow(counter: Counter): Promise<void> {
    counter.following ??= counter.feed.follow().then((feed) => {
      const ended = (how: 'answered' | 'failed') => (event: { jobId: string }) =>
        counter.waiting.get(event.jobId)?.(how);
      feed.events.on('completed', ended('answered')).on('failed', ended('failed'));
      return feed;
    });
    try {
      await counter.following;
    } catch (error) {
      counter.following = null;
      throw error;
    }
  }

  async function answerOf({ queue }: Counter, id: string) {
    const key = answerKey(queue, id);
    const text = await connection.get(key);
    await connection.del(key);
    try {
      return text === null ? null : readLookAnswer(text);
    } catch (error) {
      onError(new Error(`the answer of ${queue.name} can't be read: ${(error as Error).message}`));
      return null;
    }
  }

  return {
    async ask(region, request, timeoutMs, signal) {
      const counter = counterOf(region);
      const { queue, waiting } = counter;
      const id = randomUUID();
      const patience = new AbortController();
      const stopped = AbortSignal.any([signal, closing.signal, patience.signal]);
      const ended = new Promise<'answered' | 'failed'>((resolve) => waiting.set(id, resolve));
      // While Redis is away, its commands wait.
      const added = (async () => {
        await follow(counter);
        stopped.throwIfAborted();
        await queue.add('look', request, { jobId: id, removeOnComplete: true, removeOnFail: true });
      })();
      added.catch(() => {});
      /** Otherwise it stays if no worker ever comes. One that is under way goes on, and nobody reads its answer. */
      const takeBack = async () => {
        patience.abort();
        const isAdded = await added.then(
          () => true,
          () => false,
        );
        if (isAdded && !closing.signal.aborted) await queue.remove(id).catch(onError);
      };
      try {
        const late = delay(timeoutMs, 'late' as const, { signal: stopped });
        // Aborted after the answer came.
        late.catch(() => {});
        const how = await Promise.race([added.then(() => ended), late]);
        if (how === 'answered') return await answerOf(counter, id);
        if (how === 'late') await Promise.race([takeBack(), delay(takeBackMs, undefined, { ref: false })]);
        return null;
      } catch (error) {
        void takeBack();
        signal.throwIfAborted();
        throw error;
      } finally {
        patience.abort();
        waiting.delete(id);
      }
    },
    async close() {
      closing.abort();
      for (const { queue, feed } of counters.values()) {
        await feed.close();
        await queue.close();
      }
    },
  };
}
