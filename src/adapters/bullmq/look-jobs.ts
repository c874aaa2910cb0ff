import type { Queue } from 'bullmq';

/** The queue of looks that workers in a region make for those in others. */
export function lookQueue(region: string): string {
  return `look-${region}`;
}

/** String: the answer to a look, in the place of a job's result, which BullMQ would keep in its stream of events. It expires. */
export function answerKey(queue: Pick<Queue, 'toKey'>, job: string): string {
  return queue.toKey(`answer:${job}`);
}

/** How long an answer waits for whoever asked. */
export const answerKeptMs = 60_000;

/**
 * A job that is older was left behind by one that did not live to see the answer. Clocks of machines may differ by
 * minutes.
 */
export const staleAfterMs = 600_000;
