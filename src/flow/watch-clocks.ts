/**
 * Watches the clock of this machine and the one that Redis goes by, and mends what was planned by one that was ahead.
 *
 * - **A step that was seen** is told, is trouble for a minute and a note for an hour. What was planned is looked at
 *   strictly from then on, until a look that began some seconds after it: others may plan by the old time a moment longer.
 * - **At the start** nobody knows by which clock things were planned: the first look is strict, too. A last sweep that is to
 *   come tells of a step that nobody saw.
 * - **Otherwise** what clocks explain that differ a little is left alone, and what is found is mended once an interval
 *   at most: two processes that differ more undo each other's plans, and must not do so all the time.
 */
import { rfc3339, stepText } from '../core/clock.ts';
import { mostSkewMs } from '../core/stored-time.ts';
import { type BringForwardPorts, bringForward } from './bring-forward.ts';
import type { Journal } from './journal.ts';

export interface WatchClocksPorts extends Omit<BringForwardPorts, 'journal' | 'replan'> {
  /** When the last sweep started, in milliseconds since the epoch; 0 for never. */
  readonly sweepStartedAt: () => Promise<number>;
  /** Plans anew what waits for a moment further ahead than these, in milliseconds; how many jobs that was. */
  readonly replan: (probesMs: number, noticesMs: number) => Promise<number>;
  /** Shortens locks that last longer than they were made for. */
  readonly boundLocks: () => Promise<void>;
  /** By how many milliseconds this clock is ahead of that of Redis; null if that could not be told. */
  readonly measureSkew: () => Promise<number | null>;
  /** Milliseconds by a clock that nobody sets. */
  readonly steady: () => number;
  readonly journal: Journal;
}

export interface ClockWatch {
  /** The clock was set by so many milliseconds: negative where it was set back. */
  stepped(byMs: number): void;
  /** Rejects when the store can't be used. */
  look(): Promise<void>;
  /** The clock was set a moment ago: what goes by it may not be in order yet. */
  hasJustStepped(): boolean;
  /** Why the service may not do its job now; null if nothing is known to be wrong with the clock. */
  trouble(): string | null;
  /** What whoever looks for the cause of something should know. */
  notes(): readonly string[];
  /** By how much this clock is ahead of that of Redis. */
  skewSeconds(): number;
  /** Now, by the one of the two clocks that is behind: what is overdue by it is overdue by all, unless they are far apart. */
  patientNow(): number;
}

/** Others may not have noticed a step yet for so long. */
const strictMs = 5_000;
const leastPauseMs = 15_000;
/** For so long a step is trouble, and worth a note. */
const troubleMs = 60_000;
const noteMs = 3_600_000;
/** Shorter steps are no trouble. */
const troublesomeMs = 10_000;
/** Clocks that are kept right differ by less; and by how much more it is told again. */
const toldSkewMs = 60_000;
/** As long as a round of notices waits at most; one that comes too early sends nothing. */
const longestNoticeMs = 300_000;

export function createClockWatch(intervalMs: number, ports: WatchClocksPorts): ClockWatch {
  const { clock, steady, journal } = ports;
  let isStrict = true;
  let hasLookedBack = false;
  let mendedAt = Number.NEGATIVE_INFINITY;
  let step = { at: Number.NEGATIVE_INFINITY, text: '', isTrouble: false };
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
    if (aheadMs > mostSkewMs) tell(-aheadMs, false);
  }

  async function mend(): Promise<void> {
    const strictly = isStrict;
    if (!strictly && steady() - mendedAt < Math.max(intervalMs, leastPauseMs)) return;
    const noticesMs = longestNoticeMs + (strictly ? 0 : mostSkewMs);
    const replan = (aheadMs: number) => ports.replan(aheadMs, noticesMs);
    if (await bringForward(intervalMs, strictly, { ...ports, replan })) mendedAt = steady();
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
    stepped: (byMs) => tell(byMs, true),
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
