import { type FindOwedPorts, findOwed } from './find-owed.ts';
import { type SchedulePorts, watchSchedule } from './watch-schedule.ts';

/** What a process that schedules looks after. */
export interface PlanningPorts extends Omit<SchedulePorts, 'restore'> {
  /** Right after the clock was set forward every sweep is overdue, and about to be taken. */
  readonly hasJustStepped: () => boolean;
  /** Sets aside values of another type than they should be; true: there were some. */
  readonly mend: () => Promise<boolean>;
  /** How many values have been set aside by now, by whichever process. */
  readonly setAside: () => Promise<number>;
  /** Puts back what must exist: the schedule, and what comes from the file. */
  readonly establish: () => Promise<void>;
  /** Stores the scheduler anew. */
  readonly reschedule: () => Promise<void>;
}

export interface WatchdogPorts {
  /** Redis can't be used at the moment. */
  readonly isAway: () => boolean;
  /** Since when Redis can be used, by `steady`. */
  readonly fitSince: () => number;
  /** Milliseconds by a clock that nobody sets. */
  readonly steady: () => number;
  /** null: this process only probes. */
  readonly planning: PlanningPorts | null;
  /** null: this process sends no mail. */
  readonly owed: FindOwedPorts | null;
}

export interface Watchdog {
  /** Rejects when the store can't be used. */
  look(): Promise<void>;
  /** Why the watch is not running any more; null while it is. */
  stuck(): string | null;
}

const stuckMs = 180_000;

/** Looks whether there is a next sweep, whether the store is whole, and whether anybody waits for mail that no job will send. */
export function createWatchdog({ isAway, fitSince, steady, planning, owed }: WatchdogPorts): Watchdog {
  let watchedAt = steady();
  let knownAside = 0;

  async function watchPlans(ports: PlanningPorts): Promise<void> {
    const isMended = await ports.mend();
    const before = knownAside;
    knownAside = await ports.setAside();
    // A value that another process has set aside may have come from the file, too.
    if (isMended || knownAside > before) await ports.establish();
    // If the schedule alone is old it is made anew; if it is gone, everything else went with it: Redis was flushed.
    const restore = (afresh: boolean) => (afresh ? ports.reschedule() : ports.establish());
    await watchSchedule({ ...ports, restore });
  }

  return {
    async look() {
      watchedAt = steady();
      if (isAway()) return;
      if (planning !== null && !planning.hasJustStepped()) await watchPlans(planning);
      if (owed !== null) await findOwed(owed);
    },
    stuck() {
      // While Redis is away, or hangs, the watch waits for it.
      const isLate = steady() - Math.max(watchedAt, fitSince()) > stuckMs;
      return isLate ? 'the watch over schedule and mail has not run for 3 minutes' : null;
    },
  };
}
