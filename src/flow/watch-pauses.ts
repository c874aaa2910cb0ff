import type { Journal } from './journal.ts';

export interface PausePorts {
  /** The queues that are paused now, for every process. */
  readonly paused: () => Promise<readonly string[]>;
  readonly journal: Journal;
}

export interface PauseWatch {
  /** Looks once, and tells what was paused or resumed since the last look. */
  look(): Promise<void>;
  /** The queues that were paused at the last look. */
  paused(): readonly string[];
}

/**
 * A tool for BullMQ can pause a queue for all processes, for good: no worker takes a job from it, none says so, and a
 * restart changes nothing. pinwatch itself pauses none.
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
