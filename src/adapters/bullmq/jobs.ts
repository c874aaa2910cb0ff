import { randomBytes } from 'node:crypto';
import type { JobsOptions } from 'bullmq';
import type { DomainRef } from '../../flow/probe-store.ts';
import type { PlannedProbe } from '../../flow/sweep.ts';

/** The queues. `sweep` plans a round, `probe` probes one domain, `notices` delivers what one account is owed. */
export const queueNames = ['sweep', 'probe', 'notices'] as const;
export type QueueName = (typeof queueNames)[number];

export interface ProbeJob extends DomainRef {
  /** null: not from a sweep, but requested, or because the file changed. */
  readonly sweep: string | null;
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

/** BullMQ takes jobs without a priority first, so a requested probe overtakes every scheduled one. */
export const scheduledPriority = 10;
/** A new file may bring thousands of domains, whose first probes are not urgent: requested probes overtake them. */
export const provisionedPriority = 5;

/**
 * A requested probe: without a priority, one per domain at a time, and kept for an hour, so that the caller can come
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

/**
 * One job of each sort per domain at a time. If a scheduled job still runs when the next round is planned, because its
 * server makes it wait for its deadlines, the job of that round follows it.
 */
export function deduplication(
  { account, domain }: DomainRef,
  sort: PlannedProbe['sort'] | 'now',
): NonNullable<JobsOptions['deduplication']> {
  return { id: `${sort} ${account} ${domain}`, keepLastIfActive: sort === 'scheduled' };
}
