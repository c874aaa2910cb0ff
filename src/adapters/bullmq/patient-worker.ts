import { setTimeout as delay } from 'node:timers/promises';
import { type Job, type Processor, Worker, type WorkerOptions } from 'bullmq';
import { longestBlockMs } from '../../core/waiting.ts';

/** How long to wait before asking Redis for a job again after it refused. */
const askAgainMs = 1_000;

/** How often a lock is renewed while it lasts: one renewal may be late. */
const renewals = 3;

/**
 * A worker that waits if Redis answers with an error: it is full, can't write to its disk, or forbids a command.
 * BullMQ waits only if the connection is lost; otherwise it asks again at once, thousands of times a second.
 *
 * It renews the locks of its jobs by a timer only. BullMQ also compares times of day: after a clock was set back, it
 * would renew none until the clock had caught up, and other workers would run the jobs again.
 */
export class PatientWorker<Data, Result> extends Worker<Data, Result> {
  #refusal: string | null = null;
  /** The running jobs, and the tokens of their locks. */
  readonly #locks = new Map<string, string>();
  #isRenewing = false;
  #renewing: NodeJS.Timeout | undefined;

  constructor(name: string, processor: Processor<Data, Result>, options: WorkerOptions) {
    super(name, processor, { ...options, skipLockRenewal: true });
  }

  override async run(): Promise<void> {
    this.#renewing = setInterval(() => void this.#renew(), (this.opts.lockDuration ?? 0) / renewals);
    try {
      await super.run();
    } finally {
      clearInterval(this.#renewing);
    }
  }

  override async close(force = false): Promise<void> {
    // Jobs that hang are left for others to take over.
    if (force) clearInterval(this.#renewing);
    return super.close(force);
  }

  protected override async callProcessJob(
    job: Job<Data, Result>,
    token: string,
    signal?: AbortSignal,
  ): Promise<Result> {
    const id = job.id ?? '';
    this.#locks.set(id, token);
    try {
      return await super.callProcessJob(job, token, signal);
    } finally {
      this.#locks.delete(id);
    }
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing || this.#locks.size === 0) return;
    this.#isRenewing = true;
    try {
      const lost = await this.extendJobLocks(
        [...this.#locks.keys()],
        [...this.#locks.values()],
        this.opts.lockDuration ?? 0,
      );
      // A job that has ended meanwhile needs no lock.
      for (const id of lost.filter((id) => this.#locks.has(id))) {
        this.emit('error', new Error(`could not renew lock for job ${id}`));
      }
    } catch (error) {
      this.emit('error', error as Error);
    } finally {
      this.#isRenewing = false;
    }
  }

  // BullMQ would wait for up to 10 s.
  override get maximumBlockTimeout(): number {
    return longestBlockMs / 1_000;
  }

  /** What Redis answered when last asked for a job; null: it gave one, or had none. */
  get refusal(): string | null {
    return this.#refusal;
  }

  protected override async moveToActive(token: string, name?: string): Promise<Job<Data, Result>> {
    try {
      const job = await super.moveToActive(token, name);
      this.#refusal = null;
      return job;
    } catch (error) {
      // An answer from Redis, not a lost connection, which the connection itself reports.
      if (error instanceof Error && error.name === 'ReplyError') {
        this.#refusal = error.message;
        await delay(askAgainMs);
      }
      throw error;
    }
  }
}
