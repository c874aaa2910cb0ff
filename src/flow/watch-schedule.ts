import type { Journal } from './journal.ts';

export interface SchedulePorts {
  /** When the next sweep is due, in milliseconds since the epoch; null where no scheduler is stored. */
  readonly nextSweepAt: () => Promise<number | null>;
  /** Stores the scheduler anew; `afresh` first removes what is there. */
  readonly restore: (afresh: boolean) => Promise<void>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/** A sweep this late is not late but lost: the delayed job is gone, or its scheduler stopped. */
const graceMs = 60_000;

/**
 * Sees to it that a next sweep exists. A Redis that lost its data has no schedulers and nothing says so;
 * and BullMQ has open reports of schedulers that stop.
 */
export async function watchSchedule({ nextSweepAt, restore, clock, journal }: SchedulePorts): Promise<void> {
  const next = await nextSweepAt();
  if (next === null) {
    await restore(false);
    journal({ kind: 'scheduler_repaired', reason: 'no scheduler was stored' });
  } else if (clock() - next > graceMs) {
    await restore(true);
    journal({
      kind: 'scheduler_repaired',
      reason: `the next sweep was overdue since ${new Date(next).toISOString()}`,
    });
  }
}
