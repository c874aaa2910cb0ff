import type { Journal } from './journal.ts';

export interface SchedulePorts {
  /** When the next sweep is due, in milliseconds since the epoch; null if no scheduler is stored. */
  readonly nextSweepAt: () => Promise<number | null>;
  /** Whether the job of a sweep exists and only needs a worker. */
  readonly sweepWaits: () => Promise<boolean>;
  /** Stores the scheduler again; `afresh` first removes the old one. */
  readonly restore: (afresh: boolean) => Promise<void>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/** A sweep this late is lost: its delayed job is gone, its scheduler stopped, or no worker takes it. */
const graceMs = 60_000;

/**
 * Makes sure that a next sweep exists. A Redis that lost its data silently has no schedulers, and BullMQ has open
 * reports of schedulers that stop.
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
    // A new schedule would not provide a worker, and would make the next sweep look healthy in the metrics.
    if (await sweepWaits()) return journal({ kind: 'sweep_unclaimed', since });
    await restore(true);
    journal({ kind: 'scheduler_repaired', reason: `the next sweep has been overdue since ${since}` });
  }
}
