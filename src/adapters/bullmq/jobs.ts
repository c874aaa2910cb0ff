import { randomBytes } from 'node:crypto';
import type { JobsOptions } from 'bullmq';
import type { DomainRef } from '../../flow/probe-store.ts';
import type { PlannedProbe } from '../../flow/sweep.ts';

/** The queues. `sweep` plans a round, `probe` probes one domain, `notices` delivers what one account is owed. */
export const queueNames = ['sweep', 'probe', 'notices'] as const;
export type QueueName = (typeof queueNames)[number];

export interface ProbeJob extends DomainRef {
  /** null: no sweep's, but because somebody asked, or the file changed. */
  readonly sweep: string | null;
}

export interface NoticesJob {
  readonly account: string;
}

/** A job fails only for what *we* cannot do (Redis trouble, a bug): tried again soon, then left for the next sweep. */
export const jobOptions: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: true,
  removeOnFail: { count: 500 },
};

/** BullMQ takes jobs without a priority first, so a probe that somebody asked for overtakes every scheduled one. */
export const scheduledPriority = 10;
/** A file of thousands of domains is new at once, and nobody waits at its first probes: whoever asks overtakes them. */
export const provisionedPriority = 5;

/**
 * A probe that somebody asked for: without a priority, one of a domain at a time, and kept for an hour, so that whoever
 * asked can come back for it. Its id is shown to them, and BullMQ's own would count the probes of every account.
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
 * Whether it is the id of a probe that somebody asked for. Any other text may name another key of the queue, whose type
 * Redis would tell: with it, that a domain of another account is there.
 */
export function isAskedForId(text: string): boolean {
  return /^p[A-Za-z0-9_-]{12}$/.test(text);
}

/**
 * One job of a sort for each domain at a time. A scheduled one that runs while the next round is planned, against a server
 * that lets it wait for its deadlines, is followed by that round's.
 */
export function deduplication(
  { account, domain }: DomainRef,
  sort: PlannedProbe['sort'] | 'now',
): NonNullable<JobsOptions['deduplication']> {
  return { id: `${sort} ${account} ${domain}`, keepLastIfActive: sort === 'scheduled' };
}
