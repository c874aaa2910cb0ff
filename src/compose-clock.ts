/** The part of the composition root that watches the clocks: this machine's, and the one that Redis goes by. */
import type { Queues } from './adapters/bullmq/queues.ts';
import { replan } from './adapters/bullmq/replan.ts';
import { boundLocks } from './adapters/bullmq/takeover.ts';
import { measureSkew } from './adapters/redis/server-time.ts';
import { steadyNow, watchClock } from './adapters/time/clock-watch.ts';
import { every } from './adapters/time/timer.ts';
import type { Log } from './compose.ts';
import type { Store } from './compose-store.ts';
import { rfc3339, stepText } from './core/clock.ts';
import { mostSkewMs } from './core/stored-time.ts';
import { bringForward } from './flow/bring-forward.ts';
import type { Journal } from './flow/journal.ts';

export interface Clocks {
  /** From now on what was planned by a clock that was ahead is found in these, at the latest some seconds after it was set back. */
  mend(jobs: Queues): void;
  /** Looks at once, and not in some seconds. */
  mendNow(): void;
  /** The clock was set a moment ago: what goes by it may not be in order yet. */
  readonly hasJustStepped: () => boolean;
  /** Why the service may not do its job now; null if nothing is known to be wrong with the clock. */
  readonly trouble: () => string | null;
  /** What whoever looks for the cause of something should know. */
  readonly notes: () => readonly string[];
  /** By how much this machine's clock is ahead of that of Redis. */
  readonly skewSeconds: () => number;
  stop(): Promise<void>;
}

const clock = () => Date.now();
const mendEveryMs = 5_000;
/** Two processes whose clocks differ undo each other's plans: not all the time. */
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

export function composeClocks(
  { link, reader }: Pick<Store, 'link' | 'reader'>,
  intervalMs: number,
  log: Log,
  journal: Journal,
): Clocks {
  let jobs: Queues | undefined;
  // What was planned before this process was there was planned by who knows which clock.
  let isStrict = true;
  let hasLookedBack = false;
  let mendedAt = Number.NEGATIVE_INFINITY;
  let step = { at: Number.NEGATIVE_INFINITY, text: '', isTrouble: false };
  let skewMs = 0;
  let toldMs = 0;

  function stepped(byMs: number, seen: boolean): void {
    const what = { seconds: Math.round(byMs / 1000), seen };
    const text = `clock: ${stepText(what)} (${rfc3339(clock())})`;
    step = { at: steadyNow(), text, isTrouble: seen && Math.abs(byMs) >= troublesomeMs };
    isStrict = true;
    journal({ kind: 'clock_stepped', ...what });
  }

  /** A step that came while this process did not run shows in what is stored: a sweep has begun that is to come. */
  async function lookBack(): Promise<void> {
    const aheadMs = (await reader.sweepStartedAt()) - clock();
    hasLookedBack = true;
    if (aheadMs > mostSkewMs) stepped(-aheadMs, false);
  }

  async function look(): Promise<void> {
    if (jobs === undefined || link.trouble() !== null) return;
    if (!hasLookedBack) await lookBack();
    await mendJobs(jobs);
    await boundLocks(link.redis, jobs.shown());
    await compare();
  }

  async function mendJobs(queues: Queues): Promise<void> {
    const strictly = isStrict;
    if (!strictly && steadyNow() - mendedAt < Math.max(intervalMs, leastPauseMs)) return;
    const found = await bringForward(intervalMs, strictly, {
      nextSweepAt: queues.nextSweepAt,
      restart: () => queues.schedule(intervalMs, true),
      replan: (aheadMs, now) => {
        const horizon = {
          sweep: aheadMs,
          probe: aheadMs,
          notices: longestNoticeMs + (strictly ? 0 : mostSkewMs),
        };
        return replan(link.redis, queues, horizon, intervalMs, now);
      },
      clock,
      journal,
    });
    if (found) mendedAt = steadyNow();
    // A step that came meanwhile wants another look.
    if (strictly && steadyNow() - step.at > mendEveryMs) isStrict = false;
  }

  async function compare(): Promise<void> {
    skewMs = (await measureSkew(link.redis)) ?? skewMs;
    if (Math.abs(skewMs - toldMs) < toldSkewMs) return;
    toldMs = Math.abs(skewMs) < toldSkewMs ? 0 : skewMs;
    if (toldMs !== 0) journal({ kind: 'clock_differs', seconds: toldMs / 1000 });
  }

  const onError = ({ message }: Error) =>
    log.error({ event: 'trouble', reason: message }, 'the watch over the clocks failed');
  let looking: Promise<void> = Promise.resolve();
  const lookNext = () => {
    looking = looking.catch(() => {}).then(look);
    return looking;
  };
  const lookNow = () => lookNext().catch(onError);
  const loop = every(mendEveryMs, lookNext, onError);
  const watch = watchClock((byMs) => {
    stepped(byMs, true);
    void lookNow();
  });
  const sinceStepMs = () => steadyNow() - step.at;
  return {
    mend(queues) {
      jobs = queues;
      void lookNow();
    },
    mendNow: () => void lookNow(),
    hasJustStepped: () => sinceStepMs() < troubleMs,
    trouble: () => (step.isTrouble && sinceStepMs() < troubleMs ? step.text : null),
    notes: () => (sinceStepMs() < noteMs ? [step.text] : []),
    skewSeconds: () => skewMs / 1000,
    stop() {
      watch.stop();
      return loop.stop();
    },
  };
}
