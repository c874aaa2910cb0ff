import type { BatchJob } from './jobs.ts';
import type { PatientWorker } from './patient-worker.ts';

export type BatchWorker = PatientWorker<BatchJob, void>;

/** The workers for the queues of shares: which ones there are changes while the process runs. */
export interface ShareWorkers {
  /** Takes jobs from the queues of these shares, and of no others. */
  serve(shares: readonly number[]): void;
  /** Those that take jobs. */
  taking(): readonly BatchWorker[];
  /** Those that take none any more, and end what they run. */
  ending(): readonly BatchWorker[];
}

/** `begin`: makes a worker that runs. */
export function createShareWorkers(begin: (share: number) => BatchWorker): ShareWorkers {
  const serving = new Map<number, BatchWorker>();
  const ending = new Set<BatchWorker>();

  function end(share: number, worker: BatchWorker): void {
    serving.delete(share);
    ending.add(worker);
    const done = () => ending.delete(worker);
    worker.close().then(done, done);
  }

  return {
    serve(shares) {
      for (const [share, worker] of serving) if (!shares.includes(share)) end(share, worker);
      for (const share of shares) if (!serving.has(share)) serving.set(share, begin(share));
    },
    taking: () => [...serving.values()],
    ending: () => [...ending],
  };
}
