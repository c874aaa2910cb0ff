/**
 * Jobs that are due further ahead than can have been intended: the clock that planned them was ahead.
 *
 * BullMQ stores delayed jobs by their due time, by the clock of the process that added them, and each worker takes
 * those that are due by its own clock. The time is in the score, with 12 bits for the order of jobs that share it.
 */
import { ErrorCode, type Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { type QueueName, queueOf } from './jobs.ts';
import type { Queues } from './queues.ts';

const scoresPerMs = 0x1000;
const batchSize = 250;

/** How many milliseconds ahead a job of each queue may be due. */
export type Horizon = { readonly [queue in QueueName]: number };

/**
 * Reschedules what is due beyond `horizon`, and returns the number of jobs. A batch of a round keeps its place within the
 * interval, so that the load stays even; all others are due now.
 */
export async function replan(
  connection: Redis | Cluster,
  queues: Pick<Queues, 'shown'>,
  horizon: Horizon,
  intervalMs: number,
  clock: () => number,
): Promise<number> {
  let replanned = 0;
  for (const queue of queues.shown()) {
    const name = queueOf(queue.name);
    const delayOf = (aheadMs: number) => (name === 'batch' || name === 'slow' ? aheadMs % intervalMs : 0);
    replanned += await replanQueue(connection, queue, horizon[name], clock, delayOf);
  }
  return replanned;
}

async function replanQueue(
  connection: Redis | Cluster,
  queue: Queue,
  horizonMs: number,
  clock: () => number,
  delayOf: (aheadMs: number) => number,
): Promise<number> {
  const beyond = `(${(clock() + horizonMs + 1) * scoresPerMs - 1}`;
  let replanned = 0;
  // Jobs that need no change, or have gone meanwhile, are skipped.
  let passed = 0;
  for (;;) {
    const found = await connection.zrangebyscore(
      queue.toKey('delayed'),
      beyond,
      '+inf',
      'WITHSCORES',
      'LIMIT',
      passed,
      batchSize,
    );
    if (found.length === 0) return replanned;
    // Read the clock only now: Redis may have been slow, and what was far ahead may no longer be.
    const now = clock();
    const changed = await Promise.all(
      pairs(found).map(([id, score]) => {
        const aheadMs = Math.floor(Number(score) / scoresPerMs) - now;
        return aheadMs > horizonMs && changeDelay(queue, id, delayOf(aheadMs));
      }),
    );
    const count = changed.filter(Boolean).length;
    replanned += count;
    passed += changed.length - count;
  }
}

async function changeDelay(queue: Queue, id: string, delayMs: number): Promise<boolean> {
  try {
    await queue.getBackend().changeDelay(id, delayMs);
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === ErrorCode.JobNotExist || code === ErrorCode.JobNotInState) return false;
    throw error;
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[2 * index] ?? '',
    flat[2 * index + 1] ?? '',
  ]);
}
