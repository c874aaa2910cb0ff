import { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Batch } from '../../flow/batches.ts';
import type { DomainRef } from '../../flow/probe-store.ts';
import {
  type BatchJob,
  batchJob,
  deduplication,
  jobOptions,
  laneQueues,
  type NoticesJob,
  type ProbeJob,
  type QueueName,
  queueNames,
  shareQueue,
} from './jobs.ts';

const schedulerId = 'sweep';

export interface Queues {
  /** When the next sweep is due, in milliseconds since the epoch; null if no scheduler is stored. */
  nextSweepAt(): Promise<number | null>;
  /** Whether a sweep's job exists, waiting for a worker or for its time. */
  sweepWaits(): Promise<boolean>;
  /** Stores the only Job Scheduler; if the interval is unchanged, its next run is too. `afresh` removes it first. */
  schedule(intervalMs: number, afresh: boolean): Promise<void>;
  /** One job for each batch, when it is due. */
  enqueue(batches: readonly Batch[]): Promise<void>;
  /** One job for each domain that was never probed. */
  enqueueFirst(refs: readonly DomainRef[], sweep: string): Promise<void>;
  /** The same now, not as a part of a sweep. */
  probeSoon(refs: readonly DomainRef[]): Promise<void>;
  /** A delivery round for an account in `delayMs`. A waiting round is enough; a running one is followed by another. */
  nudge(account: string, delayMs: number): Promise<void>;
  /** The same for what a round leaves undone, separately, so that a letter to retry in minutes delays no new notice. */
  nudgeAgain(account: string, delayMs: number): Promise<void>;
  /** The same for notices without a job: a round that waits for its time, by whatever clock, does not delay them. */
  nudgeOwed(account: string): Promise<void>;
  counts(): Promise<{ queue: QueueName; state: string; jobs: number }[]>;
  /** How many processes take probes, by the connections to Redis; null: it does not list them, as some hosted ones. */
  workers(): Promise<number | null>;
  /** Whether no job waits or runs in the queue of a worker's share. */
  isEmpty(share: number): Promise<boolean>;
  /** The names of the queues that are paused, for every process. */
  paused(): Promise<string[]>;
  /** The queues themselves, those of shares among them, for display. */
  shown(): readonly Queue[];
  close(): Promise<void>;
}

/** The numbers of the workers that have queues of their own: of all, and of those that this process serves. */
export interface Shares {
  shares(): readonly number[];
  served(): readonly number[];
}

const noShares: Shares = { shares: () => [], served: () => [] };

/** Of a share's queue nobody reads the events. */
const fewEvents = { events: { maxLen: 100 } };

export function createQueues(
  connection: Redis | Cluster,
  prefix: string,
  onError: (error: Error) => void,
  shares: Shares = noShares,
): Queues {
  const options = { connection, prefix, defaultJobOptions: jobOptions };
  const sweeps = new Queue('sweep', options);
  const batches = new Queue<BatchJob>(laneQueues.ready, options);
  const slow = new Queue<BatchJob>(laneQueues.slow, options);
  // A new file may bring thousands of domains, many of them dead: requested probes do not wait for them.
  const firsts = new Queue<ProbeJob>('first', options);
  const probes = new Queue<ProbeJob>('probe', options);
  const notices = new Queue<NoticesJob>('notices', options);
  const all = { sweep: sweeps, batch: batches, slow, first: firsts, probe: probes, notices };
  const ofShares = new Map<number, Queue<BatchJob>>();
  // Without a listener, an 'error' event would end the process. The connection itself reports outages.
  for (const queue of Object.values(all)) queue.on('error', onError);

  function ofShare(number: number): Queue<BatchJob> {
    const known = ofShares.get(number);
    if (known !== undefined) return known;
    const queue = new Queue<BatchJob>(shareQueue(number), { ...options, streams: fewEvents });
    queue.on('error', onError);
    ofShares.set(number, queue);
    return queue;
  }

  const queuesOf = (name: QueueName): readonly Queue[] =>
    name === 'batch' ? [batches, ...shares.shares().map(ofShare)] : [all[name]];

  function queueFor({ lane, worker }: Batch): Queue<BatchJob> {
    if (worker !== null) return ofShare(worker);
    return lane === 'ready' ? batches : slow;
  }

  async function addFirst(refs: readonly DomainRef[], sweep: string | null): Promise<void> {
    await firsts.addBulk(
      refs.map((ref) => ({
        name: 'probe',
        data: { ...ref, sweep },
        // A start and its first round, which comes at the same moment, add one job together.
        opts: { deduplication: deduplication(ref, 'first') },
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
      const jobs = new Map<Queue<BatchJob>, ReturnType<typeof batchJob>[]>();
      for (const batch of planned) {
        const queue = queueFor(batch);
        jobs.set(queue, [...(jobs.get(queue) ?? []), batchJob(batch, now)]);
      }
      for (const [queue, some] of jobs) await queue.addBulk(some);
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
      // The last call counts: each round checks everything that the account is owed.
      const deduplication = { id: `${account} again`, replace: true, keepLastIfActive: true };
      await notices.add('deliver', { account }, { delay: Math.max(0, delayMs), deduplication });
    },

    async nudgeOwed(account) {
      await notices.add('deliver', { account }, { deduplication: { id: `${account} owed` } });
    },

    async counts() {
      const counted = await Promise.all(
        queueNames.map(async (queue) => {
          const counts = await Promise.all(
            queuesOf(queue).map((one) =>
              one.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed'),
            ),
          );
          return Object.keys(counts[0] ?? {}).map((state) => {
            const jobs = counts.reduce((sum, count) => sum + (count[state] ?? 0), 0);
            return { queue, state, jobs };
          });
        }),
      );
      return counted.flat();
    },

    async workers() {
      const clients = await batches.getWorkers();
      // BullMQ's answer if CLIENT LIST is not permitted.
      return clients.length === 1 && clients[0]?.name === 'GCP does not support client list'
        ? null
        : clients.length;
    },

    async isEmpty(share) {
      return (await ofShare(share).getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active')) === 0;
    },

    async paused() {
      const own = shares.served().map(ofShare);
      const asked: readonly Queue[] = [...Object.values(all), ...own];
      const isPaused = await Promise.all(asked.map((queue) => queue.isPaused()));
      return asked.filter((_, index) => isPaused[index]).map(({ name }) => name);
    },

    shown: () => queueNames.flatMap(queuesOf),

    async close() {
      await Promise.all([...Object.values(all), ...ofShares.values()].map((queue) => queue.close()));
    },
  };
}
