import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { DelayedError, type Job } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Batch, BatchedDomain, Lane } from '../../flow/batches.ts';
import { createFairShare } from '../../flow/fair-share.ts';
import type { BatchRun, BatchSignals } from '../../flow/probe-batch.ts';
import { beginsLate, forAny, runOf } from './batch-run.ts';
import {
  type BatchJob,
  laneQueues,
  type NoticesJob,
  type ProbeJob,
  type QueueName,
  queueOf,
  shareQueue,
} from './jobs.ts';
import { PatientWorker } from './patient-worker.ts';
import { createShareWorkers } from './share-workers.ts';
import { takeover } from './takeover.ts';

export interface Handlers {
  /** `slot`: when the sweep was scheduled for, in milliseconds since the epoch. */
  sweep(slot: number, signal: AbortSignal): Promise<void>;
  /** Returns the domains that were not begun when `stopping` aborted. */
  batch(run: BatchRun, lane: Lane, signals: BatchSignals): Promise<readonly BatchedDomain[]>;
  /** Adds a job for a batch of a share, for any worker. Left out: what is late stays with its worker. */
  readonly passOn?: (batch: Batch) => Promise<void>;
  /** Waits for its turn itself: more of them run at a time than are to be probed. */
  first(job: ProbeJob, signal: AbortSignal): Promise<void>;
  probe(job: ProbeJob, signal: AbortSignal): Promise<void>;
  notices(job: NoticesJob, signal: AbortSignal): Promise<void>;
  /** Whether there is only one account, so that no places need to be kept free. Left out: there may be more. */
  readonly isOnlyAccount?: () => boolean;
}

export interface Workers {
  start(): void;
  /** Takes jobs from the queues of these workers' shares, too, and of no others; what runs there ends. */
  serve(shares: readonly number[]): void;
  /** null while every worker takes jobs; else which one does not, and Redis's reason if it gave one. */
  trouble(): string | null;
  /** Stops taking jobs, lets the running ones finish for `graceMs`, then cancels them; they are retried elsewhere. */
  close(graceMs: number): Promise<void>;
}

/** What happens to jobs apart from their results. */
export interface JobTrouble {
  readonly queue: QueueName;
  readonly problem: 'failed' | 'stalled' | 'error';
  readonly job: string | null;
  readonly reason: string;
}

/** How long the same error of the same queue is not reported again. */
const quietMs = 60_000;

/** How long a cancelled job may take to end. */
const cancelMs = 2_000;

export function createWorkers(
  connection: Redis | Cluster,
  prefix: string,
  probeConcurrency: number,
  handlers: Handlers,
  onTrouble: (trouble: JobTrouble) => void,
): Workers {
  const options = { connection, prefix, autorun: false, ...takeover };
  const aborted = (signal: AbortSignal | undefined) => signal ?? new AbortController().signal;
  const shares = {
    first: createFairShare(firstsPerPlace * probeConcurrency, Math.random, handlers.isOnlyAccount),
    probe: createFairShare(probeConcurrency, Math.random, handlers.isOnlyAccount),
  };
  /** Delays a probe whose account already holds its share of places. */
  async function inTurn(job: Job<ProbeJob>, token: string | undefined, probe: () => Promise<unknown>) {
    const share = shares[job.queueName as keyof typeof shares];
    const { account } = job.data;
    const id = job.id ?? '';
    const waitMs = share.enter(account, id, performance.now());
    if (waitMs !== null) {
      await job.moveToDelayed(Date.now() + waitMs, token);
      // BullMQ's signal that a job is neither done nor failed.
      throw new DelayedError();
    }
    try {
      return await probe();
    } finally {
      share.leave(account, id, performance.now());
    }
  }
  const closing = new AbortController();
  /** What was not begun is left to another worker, or to this one when it is back. */
  const batch =
    (lane: Lane, share: number | null) =>
    async (job: Job<BatchJob>, token: string | undefined, signal: AbortSignal | undefined) => {
      if (share !== null && handlers.passOn !== undefined && beginsLate(job)) {
        await handlers.passOn(forAny(job, share));
        return;
      }
      const left = await handlers.batch(runOf(job), lane, signalsOf(aborted(signal), closing.signal));
      const [first] = left;
      if (first === undefined) return;
      const dueAt = job.data.at + first.afterMs;
      await job.updateData({
        ...job.data,
        at: dueAt,
        domains: left.map(({ account, domain, afterMs }) => [account, domain, afterMs - first.afterMs]),
      });
      await job.moveToDelayed(Math.max(Date.now(), dueAt), token);
      throw new DelayedError();
    };
  const batchWorker = (lane: Lane, share: number | null = null) =>
    new PatientWorker<BatchJob, void>(
      share === null ? laneQueues[lane] : shareQueue(share),
      batch(lane, share),
      {
        ...options,
        concurrency: batchesAtATime,
      },
    );
  const workers = [
    new PatientWorker(
      'sweep',
      (job, _token, signal) => handlers.sweep(slotOf(job), aborted(signal)),
      options,
    ),
    batchWorker('ready'),
    batchWorker('slow'),
    new PatientWorker<ProbeJob, unknown>(
      'first',
      (job, token, signal) => inTurn(job, token, () => handlers.first(job.data, aborted(signal))),
      {
        ...options,
        concurrency: firstsPerPlace * probeConcurrency,
      },
    ),
    new PatientWorker<ProbeJob, unknown>(
      'probe',
      (job, token, signal) => inTurn(job, token, () => handlers.probe(job.data, aborted(signal))),
      {
        ...options,
        concurrency: probeConcurrency,
      },
    ),
    new PatientWorker<NoticesJob, void>(
      'notices',
      (job, _token, signal) => handlers.notices(job.data, aborted(signal)),
      {
        ...options,
        concurrency: 10,
      },
    ),
  ];
  type Worker = (typeof workers)[number];

  function watch(worker: Worker): void {
    const queue = queueOf(worker.name);
    let told = { reason: '', at: 0 };
    worker.on('error', ({ message }) => {
      // It recurs with each attempt, and the log must not fill the disk while Redis is full.
      if (message === told.reason && performance.now() - told.at < quietMs) return;
      told = { reason: message, at: performance.now() };
      onTrouble({ queue, problem: 'error', job: null, reason: message });
    });
    worker.on('failed', (job, { message }) =>
      onTrouble({ queue, problem: 'failed', job: job?.id ?? null, reason: message }),
    );
    worker.on('stalled', (job) =>
      onTrouble({
        queue,
        problem: 'stalled',
        job,
        reason: 'its worker died or was blocked; another takes over',
      }),
    );
  }
  for (const worker of workers) watch(worker);
  function run(worker: Worker): void {
    worker
      .run()
      .catch(({ message }: Error) =>
        onTrouble({ queue: queueOf(worker.name), problem: 'error', job: null, reason: message }),
      );
  }
  const ofShares = createShareWorkers((share) => {
    const worker = batchWorker('ready', share);
    watch(worker);
    run(worker);
    return worker;
  });
  const taking = () => [...workers, ...ofShares.taking()];
  const all = () => [...taking(), ...ofShares.ending()];
  return {
    start() {
      for (const worker of workers) run(worker);
    },
    serve(shares) {
      if (!closing.signal.aborted) ofShares.serve(shares);
    },
    trouble() {
      const idle = taking().find((worker) => !worker.isRunning() || worker.isPaused());
      if (idle) return `the ${idle.name} worker takes no jobs`;
      const refused = taking().find(({ refusal }) => refusal !== null);
      return refused ? `the ${refused.name} worker gets no jobs: ${refused.refusal}` : null;
    },
    async close(graceMs) {
      closing.abort();
      const timer = setTimeout(() => {
        for (const worker of all()) worker.cancelAllJobs('shutting down');
      }, graceMs);
      // BullMQ waits for Redis to accept a job's result, but Redis may be away for hours.
      const impatience = new AbortController();
      const late = delay(graceMs + cancelMs, 'late' as const, { signal: impatience.signal }).catch(() => {});
      const open = all();
      const closed = Promise.all(open.map((worker) => worker.close()));
      if ((await Promise.race([closed, late])) === 'late') {
        await Promise.race([Promise.all(open.map((worker) => worker.close(true))), delay(cancelMs)]);
      }
      impatience.abort();
      clearTimeout(timer);
    },
  };
}

/** Every connection of a batch listens to them: Node takes more than ten listeners for a leak. */
function signalsOf(signal: AbortSignal, closing: AbortSignal): BatchSignals {
  const stopping = AbortSignal.any([signal, closing]);
  setMaxListeners(0, signal, stopping);
  return { signal, stopping };
}

/** Most of them wait for their domains' moments. What is probed at a time is bounded by endpoints. */
const batchesAtATime = 200;

/** First probes at a time for each that is to be probed: any number of new domains may be dead, and are found so after a second. */
const firstsPerPlace = 10;

/**
 * BullMQ names a scheduler's job `repeat:<scheduler>:<milliseconds>`, and nothing else in the job says when it was
 * scheduled for: its timestamp is its creation, an interval earlier.
 */
function slotOf(job: Job): number {
  return Number(/:(\d+)$/.exec(job.id ?? '')?.[1] ?? job.timestamp);
}
