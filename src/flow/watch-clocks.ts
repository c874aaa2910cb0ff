/**
 * Watches the clocks of this machine and of Redis, and repairs what was planned by one that was ahead.
 *
 * - **A step that was seen** is reported, is trouble for a minute and a note for an hour. Plans are checked strictly
 *   until a check that began some seconds after the step: others may plan by the old time a moment longer.
 * - **At the start** it is unknown which clock planned the work, so the first check is strict, too. A last sweep in the
 *   future reveals a step that no process saw. What a step explains that this process saw before that check is not another one.
 * - **Otherwise** what slightly different clocks explain is left alone, and what is found is repaired once per interval
 *   at most: two processes that differ more undo each other's plans, and must not do so all the time.
 */
import { rfc3339, stepText } from '../core/clock.ts';
import { mostSkewMs } from '../core/stored-time.ts';
import { type BringForwardPorts, bringForward } from './bring-forward.ts';
import type { Journal } from './journal.ts';

export interface WatchClocksPorts extends Omit<BringForwardPorts, 'journal' | 'replan'> {
  /** When the last sweep started, in milliseconds since the epoch; 0 for never. */
  readonly sweepStartedAt: () => Promise<number>;
  /** Reschedules jobs that are due further ahead than these, in milliseconds; returns how many. */
  readonly replan: (probesMs: number, noticesMs: number) => Promise<number>;
  /** Shortens locks that last longer than intended. */
  readonly boundLocks: () => Promise<void>;
  /** How many milliseconds this clock is ahead of that of Redis; null if unknown. */
  readonly measureSkew: () => Promise<number | null>;
  /** Milliseconds by a monotonic clock. */
  readonly steady: () => number;
  readonly journal: Journal;
}

export interface ClockWatch {
  /** The clock was set by that many milliseconds; negative if it was set back. */
  stepped(byMs: number): void;
  /** Rejects if the store can't be used. */
  look(): Promise<void>;
  /** Whether the clock was set a moment ago: what depends on it may not be in order yet. */
  hasJustStepped(): boolean;
  /** Why the service may not be doing its job; null if no clock problem is known. */
  trouble(): string | null;
  /** What a person who is looking for the cause of a problem should know. */
  notes(): readonly string[];
  /** How many seconds this clock is ahead of that of Redis. */
  skewSeconds(): number;
  /** The time by whichever clock is behind: what is overdue by it is overdue by all, unless they are far apart. */
  patientNow(): number;
}

/** How long other processes may not have noticed a step. */
const strictMs = 5_000;
const leastPauseMs = 15_000;
/** How long a step counts as trouble; it is a note for longer. */
const troubleMs = 60_000;
const noteMs = 3_600_000;
/** Shorter steps are not trouble. */
const troublesomeMs = 10_000;
/** Synchronized clocks differ by less. A difference is reported again if it has grown by this much. */
const toldSkewMs = 60_000;
/** The longest that a round of notices waits; a round that comes too early sends nothing. */
const longestNoticeMs = 300_000;

export function createClockWatch(intervalMs: () => number, ports: WatchClocksPorts): ClockWatch {
  const { clock, steady, journal } = ports;
  let isStrict = true;
  let hasLookedBack = false;
  let mendedAt = Number.NEGATIVE_INFINITY;
  let step = { at: Number.NEGATIVE_INFINITY, text: '', isTrouble: false };
  /** By all the steps that were seen. */
  let setBackMs = 0;
  let skewMs = 0;
  let toldMs = 0;

  function tell(byMs: number, seen: boolean): void {
    const what = { seconds: Math.round(byMs / 1000), seen };
    const text = `clock: ${stepText(what)} (${rfc3339(clock())})`;
    step = { at: steady(), text, isTrouble: seen && Math.abs(byMs) >= troublesomeMs };
    isStrict = true;
    journal({ kind: 'clock_stepped', ...what });
  }

  async function lookBack(): Promise<void> {
    const aheadMs = (await ports.sweepStartedAt()) - clock();
    hasLookedBack = true;
    if (aheadMs - setBackMs > mostSkewMs) tell(-aheadMs, false);
  }

  async function mend(): Promise<void> {
    const strictly = isStrict;
    if (!strictly && steady() - mendedAt < Math.max(intervalMs(), leastPauseMs)) return;
    const noticesMs = longestNoticeMs + (strictly ? 0 : mostSkewMs);
    const replan = (aheadMs: number) => ports.replan(aheadMs, noticesMs);
    if (await bringForward(intervalMs(), strictly, { ...ports, replan })) mendedAt = steady();
    if (strictly && steady() - step.at > strictMs) isStrict = false;
  }

  async function compare(): Promise<void> {
    skewMs = (await ports.measureSkew()) ?? skewMs;
    if (Math.abs(skewMs - toldMs) < toldSkewMs) return;
    toldMs = Math.abs(skewMs) < toldSkewMs ? 0 : skewMs;
    if (toldMs !== 0) journal({ kind: 'clock_differs', seconds: toldMs / 1000 });
  }

  const sinceStepMs = () => steady() - step.at;
  return {
    stepped(byMs) {
      setBackMs += Math.max(0, -byMs);
      tell(byMs, true);
    },
    async look() {
      if (!hasLookedBack) await lookBack();
      await mend();
      await ports.boundLocks();
      await compare();
    },
    hasJustStepped: () => sinceStepMs() < troubleMs,
    trouble: () => (step.isTrouble && sinceStepMs() < troubleMs ? step.text : null),
    notes: () => (sinceStepMs() < noteMs ? [step.text] : []),
    skewSeconds: () => skewMs / 1000,
    patientNow: () => clock() - Math.min(Math.max(0, skewMs), mostSkewMs),
  };
}
