import type { Journal } from './journal.ts';

export interface SchedulePorts {
  /** When the next sweep is due, in milliseconds since the epoch; null where no scheduler is stored. */
  readonly nextSweepAt: () => Promise<number | null>;
  /** The job of a sweep is there: all it takes is a worker. */
  readonly sweepWaits: () => Promise<boolean>;
  /** Stores the scheduler anew; `afresh` first removes what is there. */
  readonly restore: (afresh: boolean) => Promise<void>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/** A sweep this late is not late but lost: the delayed job is gone, or its scheduler stopped; or nobody takes it. */
const graceMs = 60_000;

/**
 * Sees to it that a next sweep exists. A Redis that lost its data has no schedulers and nothing says so;
 * and BullMQ has open reports of schedulers that stop.
 */
export async function watchSchedule({
  nextSweepAt,
  sweepWaits,
  restore,
  clock,
  journal,
}: SchedulePorts): Promise<void> {
  const next = await nextSweepAt();
  if (next === null) {
    await restore(false);
    journal({ kind: 'scheduler_repaired', reason: 'no scheduler was stored' });
  } else if (clock() - next > graceMs) {
    const since = new Date(next).toISOString();
    // A new schedule would give nobody a worker, and the metrics a next sweep that looks well.
    if (await sweepWaits()) return journal({ kind: 'sweep_unclaimed', since });
    await restore(true);
    journal({ kind: 'scheduler_repaired', reason: `the next sweep was overdue since ${since}` });
  }
}
