import { type FindOwedPorts, findOwed } from './find-owed.ts';
import { type SchedulePorts, watchSchedule } from './watch-schedule.ts';

/** What a process that schedules has to watch. */
export interface PlanningPorts extends Omit<SchedulePorts, 'restore'> {
  /** Right after the clock was set forward, every sweep is overdue and about to be taken. */
  readonly hasJustStepped: () => boolean;
  /** Sets aside values of the wrong type; true: there were some. */
  readonly mend: () => Promise<boolean>;
  /** How many values have been set aside so far, by any process. */
  readonly setAside: () => Promise<number>;
  /** Restores what must exist: the schedule, and what comes from the file. */
  readonly establish: () => Promise<void>;
  /** Goes on with pin sets that domains don't have yet, because a process has died in between. */
  readonly resolvePending: () => Promise<void>;
  /** Stores the scheduler again. */
  readonly reschedule: () => Promise<void>;
}

export interface WatchdogPorts {
  /** Whether Redis can't be used at the moment. */
  readonly isAway: () => boolean;
  /** Since when Redis has been usable, by `steady`. */
  readonly fitSince: () => number;
  /** Milliseconds by a monotonic clock. */
  readonly steady: () => number;
  /** null: this process only probes. */
  readonly planning: PlanningPorts | null;
  /** null: this process sends no mail. */
  readonly owed: FindOwedPorts | null;
}

export interface Watchdog {
  /** Rejects if the store can't be used. */
  look(): Promise<void>;
  /** Why the watchdog has stopped running; null while it runs. */
  stuck(): string | null;
}

const stuckMs = 180_000;

/** Checks that a next sweep exists, that the store is intact, and that every owed mail has a job to send it. */
export function createWatchdog({ isAway, fitSince, steady, planning, owed }: WatchdogPorts): Watchdog {
  let watchedAt = steady();
  let knownAside = 0;

  async function watchPlans(ports: PlanningPorts): Promise<void> {
    const isMended = await ports.mend();
    const before = knownAside;
    knownAside = await ports.setAside();
    // A value that another process has set aside may have come from the file, too.
    if (isMended || knownAside > before) await ports.establish();
    else await ports.resolvePending();
    // If only the schedule is old, it is recreated; if it is gone, everything else is too: Redis was flushed.
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
      // While Redis is away or hangs, the watchdog waits for it.
      const isLate = steady() - Math.max(watchedAt, fitSince()) > stuckMs;
      return isLate ? 'the watchdog for schedule and mail has not run for 3 minutes' : null;
    },
  };
}
