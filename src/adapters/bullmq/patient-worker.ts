import { setTimeout as delay } from 'node:timers/promises';
import { type Job, type Processor, Worker, type WorkerOptions } from 'bullmq';
import { longestBlockMs } from '../../core/waiting.ts';

/** How long to wait before Redis is asked for a job again, after it refused. */
const askAgainMs = 1_000;

/** A lock is renewed so many times while it lasts: one may come late. */
const renewals = 3;

/**
 * A worker that waits where Redis answers with an error: it is full, may not write to its disk, or forbids a command.
 * BullMQ waits only where the connection is lost; otherwise it asks again at once, thousands of times a second.
 *
 * It renews the locks of its jobs by a timer alone. BullMQ compares times of day as well, and after the clock was set back
 * would renew none for as long as it was ahead: the jobs would be run once more by others.
 */
export class PatientWorker<Data, Result> extends Worker<Data, Result> {
  #refusal: string | null = null;
  /** The jobs that run, and the tokens of their locks. */
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
    // Jobs that hang are left behind, for others to take over.
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
      // One that has ended meanwhile needs no lock.
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

  /** What Redis said when it was last asked for a job; null: it gave one, or had none. */
  get refusal(): string | null {
    return this.#refusal;
  }

  protected override async moveToActive(token: string, name?: string): Promise<Job<Data, Result>> {
    try {
      const job = await super.moveToActive(token, name);
      this.#refusal = null;
      return job;
    } catch (error) {
      // An answer of Redis, and not a lost connection, which the connection itself tells of.
      if (error instanceof Error && error.name === 'ReplyError') {
        this.#refusal = error.message;
        await delay(askAgainMs);
      }
      throw error;
    }
  }
}
