import type { Journal } from './journal.ts';

export interface PausePorts {
  /** The queues that are paused now, for every process. */
  readonly paused: () => Promise<readonly string[]>;
  readonly journal: Journal;
}

export interface PauseWatch {
  /** Checks once, and reports what was paused or resumed since the last check. */
  look(): Promise<void>;
  /** The queues that were paused at the last check. */
  paused(): readonly string[];
}

/**
 * A tool for BullMQ can pause a queue for all processes, permanently: no worker takes its jobs, none reports it, and a
 * restart changes nothing. pinwatch itself never pauses a queue.
 */
export function createPauseWatch({ paused, journal }: PausePorts): PauseWatch {
  let known: readonly string[] = [];
  return {
    async look() {
      const before = known;
      known = await paused();
      for (const queue of known) {
        if (!before.includes(queue)) journal({ kind: 'queue_paused', queue });
      }
      for (const queue of before) {
        if (!known.includes(queue)) journal({ kind: 'queue_resumed', queue });
      }
    },
    paused: () => known,
  };
}
