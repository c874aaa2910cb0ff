/** What a batch's job asks for. */
import type { Job } from 'bullmq';
import type { Batch, BatchedDomain } from '../../flow/batches.ts';
import type { BatchRun } from '../../flow/probe-batch.ts';
import type { BatchJob } from './jobs.ts';

/** A worker that was killed, or a Redis that went away, may have left it half done. */
export function runOf({ data: { sweep, at, domains }, attemptsStarted }: Job<BatchJob>): BatchRun {
  return { sweep, domains: listed(domains), skipProbedSince: attemptsStarted > 1 ? at : null };
}

/** A worker that keeps up begins every batch sooner than that; another one may be less busy. */
const lateMs = 10_000;

export function beginsLate({ data: { at }, attemptsStarted }: Job<BatchJob>): boolean {
  return attemptsStarted <= 1 && Date.now() - at > lateMs;
}

/** The same batch of a share, for any worker and now. */
export function forAny(
  { data: { sweep, domains }, deduplicationId, id }: Job<BatchJob>,
  share: number,
): Batch {
  const name = `${deduplicationId ?? id} from ${share}`;
  return { name, sweep, lane: 'ready', worker: null, delayMs: 0, domains: listed(domains) };
}

function listed(domains: BatchJob['domains']): BatchedDomain[] {
  return domains.map(([account, domain, afterMs]) => ({ account, domain, afterMs }));
}
