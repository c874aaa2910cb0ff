import { randomBytes } from 'node:crypto';
import type { JobsOptions } from 'bullmq';
import type { Batch, Lane } from '../../flow/batches.ts';
import type { DomainRef } from '../../flow/probe-store.ts';

/**
 * The queues. `sweep` plans a round. `batch` probes some of its domains, `slow` those that wait for deadlines. `first` is for
 * one domain that is new, `probe` for one whose probe was requested. `notices` delivers the notices of one account.
 */
export const queueNames = ['sweep', 'batch', 'slow', 'first', 'probe', 'notices'] as const;
export type QueueName = (typeof queueNames)[number];

/** The queue of the share of the worker with this number: a part of `batch`. */
export function shareQueue(number: number): string {
  return `batch-${number}`;
}

/** What a queue of this name is, or is a part of. */
export function queueOf(name: string): QueueName {
  return name.startsWith('batch-') ? 'batch' : (name as QueueName);
}

export interface ProbeJob extends DomainRef {
  /** null: not from a sweep, but requested, or because the file changed. */
  readonly sweep: string | null;
}

/** The queue of each lane. */
export const laneQueues = { ready: 'batch', slow: 'slow' } as const satisfies { [lane in Lane]: QueueName };

export interface BatchJob {
  readonly sweep: string | null;
  /** Milliseconds since the epoch: when it was planned to begin. */
  readonly at: number;
  /** Account, domain and milliseconds after the first: thousands of them wait in Redis. */
  readonly domains: readonly (readonly [account: string, domain: string, afterMs: number])[];
}

/** A job for a batch that is planned at `now`. */
export function batchJob(
  { name, sweep, delayMs, domains }: Batch,
  now: number,
): {
  name: string;
  data: BatchJob;
  opts: JobsOptions;
} {
  return {
    name: 'batch',
    data: {
      sweep,
      at: now + delayMs,
      domains: domains.map(({ account, domain, afterMs }) => [account, domain, afterMs]),
    },
    // One that runs while the next round is planned, against servers that let it wait, is followed by that round's.
    opts: { delay: Math.max(0, delayMs), deduplication: { id: name, keepLastIfActive: true } },
  };
}

export interface NoticesJob {
  readonly account: string;
}

/** A job fails only for what *we* cannot do (Redis trouble, a bug): retried soon, then left for the next sweep. */
export const jobOptions: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: true,
  removeOnFail: { count: 500 },
};

/**
 * A requested probe: one per domain at a time, and kept for an hour, so that the caller can come
 * back for it. The caller sees its id, and BullMQ's own ids would reveal the number of probes of all accounts.
 */
export function askedFor(ref: DomainRef): { name: string; data: ProbeJob; opts: JobsOptions } {
  const jobId = `p${randomBytes(9).toString('base64url')}`;
  const opts = { ...jobOptions, jobId, removeOnComplete: { age: 3_600, count: 10_000 } };
  return {
    name: 'probe',
    data: { ...ref, sweep: null },
    opts: { ...opts, deduplication: deduplication(ref, 'now') },
  };
}

/**
 * Whether it is the id of a requested probe. Any other text may name another key of the queue, and Redis would reveal
 * its type, and so that a domain of another account exists.
 */
export function isAskedForId(text: string): boolean {
  return /^p[A-Za-z0-9_-]{12}$/.test(text);
}

/** One job of each sort per domain at a time. */
export function deduplication(
  { account, domain }: DomainRef,
  sort: 'first' | 'now',
): NonNullable<JobsOptions['deduplication']> {
  return { id: `${sort} ${account} ${domain}` };
}
