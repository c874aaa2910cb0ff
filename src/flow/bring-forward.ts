import { formatDuration } from '../core/duration.ts';
import { toleratedAheadMs } from '../core/stored-time.ts';
import type { Journal } from './journal.ts';

export interface BringForwardPorts {
  /** When the next sweep is due, in milliseconds since the epoch; null where no scheduler is stored. */
  readonly nextSweepAt: () => Promise<number | null>;
  /** Stores the scheduler anew: its first sweep is due now. */
  readonly restart: () => Promise<void>;
  /** Plans anew what else waits for a moment more than `aheadMs` ahead; how many jobs that was. */
  readonly replan: (aheadMs: number, now: number) => Promise<number>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/** Between two clocks that are kept right. */
const jitterMs = 1_000;

/**
 * Finds the sweep and the jobs that wait for a moment which is further ahead than any can be, because a clock that was ahead
 * planned them, and brings them forward. `strictly`: the clock has just been set, or who knows how long ago; else what
 * two clocks that differ explain is left alone. Whether anything was found.
 */
export async function bringForward(
  intervalMs: number,
  strictly: boolean,
  { nextSweepAt, restart, replan, clock, journal }: BringForwardPorts,
): Promise<boolean> {
  const longestMs = intervalMs + (strictly ? jitterMs : toleratedAheadMs(intervalMs));
  const now = clock();
  const next = await nextSweepAt();
  const isFar = next !== null && next - now > longestMs;
  if (isFar) {
    await restart();
    const ahead = formatDuration(Math.round((next - now) / 1000) * 1000);
    const reason = `the next sweep was due in ${ahead}: the clock that planned it was ahead of this one`;
    journal({ kind: 'scheduler_repaired', reason });
  }
  const jobs = await replan(longestMs, now);
  if (jobs > 0) journal({ kind: 'jobs_replanned', jobs });
  return isFar || jobs > 0;
}
