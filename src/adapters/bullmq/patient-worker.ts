import { setTimeout as delay } from 'node:timers/promises';
import { type Job, Worker } from 'bullmq';
import { longestBlockMs } from '../../core/waiting.ts';

/** How long to wait before Redis is asked for a job again, after it refused. */
const askAgainMs = 1_000;

/**
 * A worker that waits where Redis answers with an error: it is full, may not write to its disk, or forbids a command.
 * BullMQ waits only where the connection is lost; otherwise it asks again at once, thousands of times a second.
 */
export class PatientWorker<Data, Result> extends Worker<Data, Result> {
  #refusal: string | null = null;

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
