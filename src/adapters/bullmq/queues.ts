import { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Batch } from '../../flow/batches.ts';
import type { DomainRef } from '../../flow/probe-store.ts';
import {
  type BatchJob,
  batchJob,
  deduplication,
  firstPriority,
  jobOptions,
  laneQueues,
  type NoticesJob,
  type ProbeJob,
  type QueueName,
  queueNames,
} from './jobs.ts';

const schedulerId = 'sweep';

export interface Queues {
  /** When the next sweep is due, in milliseconds since the epoch; null where no scheduler is stored. */
  nextSweepAt(): Promise<number | null>;
  /** A sweep's job is there, waiting for a worker or for its time. */
  sweepWaits(): Promise<boolean>;
  /** Stores the one Job Scheduler; with the interval unchanged its next run keeps its time. `afresh` removes it first. */
  schedule(intervalMs: number, afresh: boolean): Promise<void>;
  /** One job for each batch, when it is due. */
  enqueue(batches: readonly Batch[]): Promise<void>;
  /** One job for each domain of which nothing is known yet. */
  enqueueFirst(refs: readonly DomainRef[], sweep: string): Promise<void>;
  /** Probes that go ahead of all scheduled ones, and behind those that somebody asked for. */
  probeSoon(refs: readonly DomainRef[]): Promise<void>;
  /** A delivery round for an account in `delayMs`; one that waits is enough, one that runs is followed by another. */
  nudge(account: string, delayMs: number): Promise<void>;
  /** The same for what a round leaves to be done, apart from the others: a letter to try again in minutes holds no new notice up. */
  nudgeAgain(account: string, delayMs: number): Promise<void>;
  /** The same for what nobody told the deliverer of: a round that waits for its time, by whatever clock, does not hold it up. */
  nudgeOwed(account: string): Promise<void>;
  counts(): Promise<{ queue: QueueName; state: string; jobs: number }[]>;
  /** The queues that somebody has paused, for every process. */
  paused(): Promise<QueueName[]>;
  /** The queues themselves, to be looked at. */
  shown(): readonly Queue[];
  close(): Promise<void>;
}

export function createQueues(
  connection: Redis | Cluster,
  prefix: string,
  onError: (error: Error) => void,
): Queues {
  const options = { connection, prefix, defaultJobOptions: jobOptions };
  const sweeps = new Queue('sweep', options);
  const batches = new Queue<BatchJob>(laneQueues.ready, options);
  const slow = new Queue<BatchJob>(laneQueues.slow, options);
  const probes = new Queue<ProbeJob>('probe', options);
  const notices = new Queue<NoticesJob>('notices', options);
  const all = { sweep: sweeps, batch: batches, slow, probe: probes, notices };
  // Without a listener an 'error' event would end the process; the connection tells of outages itself.
  for (const queue of Object.values(all)) queue.on('error', onError);

  async function addFirst(refs: readonly DomainRef[], sweep: string | null): Promise<void> {
    await probes.addBulk(
      refs.map((ref) => ({
        name: 'probe',
        data: { ...ref, sweep },
        // A start and its first round, which comes at the same moment, add one job together.
        opts: { deduplication: deduplication(ref, 'first'), priority: firstPriority },
      })),
    );
  }

  return {
    async nextSweepAt() {
      return (await sweeps.getJobScheduler(schedulerId))?.next ?? null;
    },

    async sweepWaits() {
      return (await sweeps.getJobCountByTypes('waiting', 'delayed')) > 0;
    },

    async schedule(intervalMs, afresh) {
      if (afresh) await sweeps.removeJobScheduler(schedulerId);
      await sweeps.upsertJobScheduler(
        schedulerId,
        { every: intervalMs },
        { name: 'sweep', data: {}, opts: jobOptions },
      );
    },

    async enqueue(planned) {
      const now = Date.now();
      for (const [lane, queue] of [
        ['ready', batches],
        ['slow', slow],
      ] as const) {
        const jobs = planned.filter((batch) => batch.lane === lane).map((batch) => batchJob(batch, now));
        if (jobs.length > 0) await queue.addBulk(jobs);
      }
    },

    enqueueFirst: (refs, sweep) => addFirst(refs, sweep),

    async probeSoon(refs) {
      if (refs.length > 0) await addFirst(refs, null);
    },

    async nudge(account, delayMs) {
      const deduplication = { id: account, keepLastIfActive: true };
      await notices.add('deliver', { account }, { delay: Math.max(0, delayMs), deduplication });
    },

    async nudgeAgain(account, delayMs) {
      // The last word counts: each round looks at everything that the account is owed.
      const deduplication = { id: `${account} again`, replace: true, keepLastIfActive: true };
      await notices.add('deliver', { account }, { delay: Math.max(0, delayMs), deduplication });
    },

    async nudgeOwed(account) {
      await notices.add('deliver', { account }, { deduplication: { id: `${account} owed` } });
    },

    async counts() {
      const counted = await Promise.all(
        queueNames.map(async (queue) => {
          const counts = await all[queue].getJobCounts(
            'waiting',
            'prioritized',
            'delayed',
            'active',
            'failed',
          );
          return Object.entries(counts).map(([state, jobs]) => ({ queue, state, jobs }));
        }),
      );
      return counted.flat();
    },

    async paused() {
      const isPaused = await Promise.all(queueNames.map((queue) => all[queue].isPaused()));
      return queueNames.filter((_, index) => isPaused[index]);
    },

    shown: () => Object.values(all),

    async close() {
      await Promise.all(Object.values(all).map((queue) => queue.close()));
    },
  };
}
