/** The steps of a start that write. While Redis refuses to, the start waits, as it waits for a Redis that is away. */
import { isRefusedWrite } from '../adapters/redis/refused-write.ts';
import { pause } from '../adapters/time/timer.ts';
import type { Log } from './options.ts';

export interface Writing {
  /** Tries a step, which may run several times, until Redis takes its writes. Rejects with any other error, and with the signal. */
  whenWritable<Result>(step: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
  /** Why the start waits; null: it doesn't. */
  refusal(): string | null;
}

const tryEveryMs = 1_000;

export function composeWriting(log: Log): Writing {
  let refusal: string | null = null;
  return {
    async whenWritable(step, signal) {
      for (;;) {
        try {
          const result = await step();
          refusal = null;
          return result;
        } catch (error) {
          if (!isRefusedWrite(error)) throw error;
          if (refusal === null)
            log.error({ event: 'trouble', reason: error.message }, 'the start waits until Redis can write');
          refusal = error.message;
        }
        await pause(tryEveryMs, signal);
      }
    },
    refusal: () => (refusal === null ? null : `starting: Redis does not write: ${refusal}`),
  };
}
