import type { Job } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { LookRequest } from '../../flow/looks/look-from-regions.ts';
import type { RawObservation } from '../../flow/looks/raw-look.ts';
import { lookAnswerText } from './look-answer.ts';
import { answerKeptMs, answerKey, lookQueue, staleAfterMs } from './look-jobs.ts';
import { readLookRequest } from './look-request.ts';
import { PatientWorker } from './patient-worker.ts';
import { takeover } from './takeover.ts';

export interface LookWorker {
  /** Stops taking requests. Those under way are cancelled: whoever asked does not wait for long. */
  close(): Promise<void>;
}

/** Makes looks for workers in other regions, `atOnce` at a time. */
export function startLookWorker(
  connection: Redis | Cluster,
  prefix: string,
  region: string,
  atOnce: number,
  look: (request: LookRequest, signal: AbortSignal) => Promise<readonly RawObservation[]>,
  onError: (error: Error) => void,
): LookWorker {
  const work = async (job: Job<unknown, void>, _token: string, signal?: AbortSignal) => {
    if (Date.now() - job.timestamp > staleAfterMs) return;
    const request = readLookRequest(job.data);
    const answer = lookAnswerText(await look(request, signal ?? new AbortController().signal));
    await connection.set(answerKey(worker, job.id ?? ''), answer, 'PX', answerKeptMs);
  };
  const worker: PatientWorker<unknown, void> = new PatientWorker<unknown, void>(
    lookQueue(region),
    (job, token, signal) => work(job, token ?? '', signal),
    // Nobody waits long enough for another worker to take it over.
    { connection, prefix, ...takeover, maxStalledCount: 0, concurrency: atOnce, autorun: false },
  );
  worker.on('error', onError);
  // What can't be answered is seen by whoever asked; here it says why.
  worker.on('failed', (_job, error) => onError(error));
  worker.run().catch(onError);
  return {
    async close() {
      worker.cancelAllJobs('shutting down');
      await worker.close();
    },
  };
}
