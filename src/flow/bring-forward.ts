import { formatDuration } from '../core/duration.ts';
import { toleratedAheadMs } from '../core/stored-time.ts';
import type { Journal } from './journal.ts';

export interface BringForwardPorts {
  /** When the next sweep is due, in milliseconds since the epoch; null if no scheduler is stored. */
  readonly nextSweepAt: () => Promise<number | null>;
  /** Stores the scheduler again: its first sweep is due now. */
  readonly restart: () => Promise<void>;
  /** Reschedules other jobs that are due more than `aheadMs` ahead; returns how many. */
  readonly replan: (aheadMs: number) => Promise<number>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/** The difference between two synchronized clocks. */
const jitterMs = 1_000;

/**
 * Finds the sweep and the jobs that are due further ahead than any can be, because a clock that was ahead planned them,
 * and brings them forward. `strictly`: the clock has been set, just now or at an unknown time; otherwise a delay that
 * two differing clocks explain is left alone. Returns whether anything was found.
 */
export async function bringForward(
  intervalMs: number,
  strictly: boolean,
  { nextSweepAt, restart, replan, clock, journal }: BringForwardPorts,
): Promise<boolean> {
  const longestMs = intervalMs + (strictly ? jitterMs : toleratedAheadMs(intervalMs));
  const next = await nextSweepAt();
  // Read the clock only now: the store may have been slow, and its answer is about now.
  const aheadMs = next === null ? 0 : next - clock();
  const isFar = aheadMs > longestMs;
  if (isFar) {
    await restart();
    const ahead = formatDuration(Math.round(aheadMs / 1000) * 1000);
    const reason = `the next sweep was due in ${ahead}: the clock that planned it was ahead of this one`;
    journal({ kind: 'scheduler_repaired', reason });
  }
  const jobs = await replan(longestMs);
  if (jobs > 0) journal({ kind: 'jobs_replanned', jobs });
  return isFar || jobs > 0;
}
