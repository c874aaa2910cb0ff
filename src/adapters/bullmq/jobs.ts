import type { JobsOptions } from 'bullmq';
import type { DomainRef } from '../../flow/records.ts';

/** The queues. `sweep` plans a round, `probe` probes one domain, `notices` delivers what one account is owed. */
export const queueNames = ['sweep', 'probe', 'notices'] as const;
export type QueueName = (typeof queueNames)[number];

export interface ProbeJob extends DomainRef {
  /** null: somebody asked for it. */
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
