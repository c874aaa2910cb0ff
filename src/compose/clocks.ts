/** The part of the composition root that watches the clocks. */
import type { Queues } from '../adapters/bullmq/queues.ts';
import { replan } from '../adapters/bullmq/replan.ts';
import { boundLocks } from '../adapters/bullmq/takeover.ts';
import { measureSkew } from '../adapters/redis/server-time.ts';
import { steadyNow, watchClock } from '../adapters/time/clock-watch.ts';
import { every } from '../adapters/time/timer.ts';
import type { Journal } from '../flow/journal.ts';
import { type ClockWatch, createClockWatch } from '../flow/watch-clocks.ts';
import type { Log } from './options.ts';
import type { Store } from './store.ts';

export interface Clocks extends Omit<ClockWatch, 'stepped' | 'look'> {
  /** Checks these every few seconds from now on. */
  begin(jobs: Queues): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

const clock = () => Date.now();
const lookEveryMs = 5_000;

export function composeClocks(
  { link, reader, onReady }: Pick<Store, 'link' | 'reader' | 'onReady'>,
  intervalMs: () => number,
  log: Log,
  journal: Journal,
): Clocks {
  let jobs: Queues | undefined;
  let isStopped = false;
  // Nothing is checked before they exist.
  const queues = (): Queues => jobs as Queues;
  const watch = createClockWatch(intervalMs, {
    sweepStartedAt: reader.sweepStartedAt,
    nextSweepAt: () => queues().nextSweepAt(),
    restart: () => queues().schedule(intervalMs(), true),
    replan: (probesMs, notices) => {
      const horizon = {
        sweep: probesMs,
        batch: probesMs,
        slow: probesMs,
        first: probesMs,
        probe: probesMs,
        notices,
      };
      return replan(link.redis, queues(), horizon, intervalMs(), clock);
    },
    boundLocks: () => boundLocks(link.redis, queues().shown()),
    measureSkew: () => measureSkew(link.redis),
    ...{ clock, steady: steadyNow, journal },
  });

  let looking: Promise<void> = Promise.resolve();
  const lookNext = () => {
    const look = async () => {
      if (!isStopped && jobs !== undefined && link.trouble() === null) await watch.look();
    };
    // One at a time, whether or not the last one failed.
    looking = looking.then(look, look);
    return looking;
  };
  const onError = ({ message }: Error) => {
    if (isStopped) return;
    log.error({ event: 'trouble', reason: message }, 'the clock check failed');
  };
  const lookNow = () => void lookNext().catch(onError);
  onReady(lookNow);
  const loop = every(lookEveryMs, lookNext, onError);
  const steps = watchClock((byMs) => {
    watch.stepped(byMs);
    lookNow();
  });
  return {
    ...watch,
    begin(queues) {
      jobs = queues;
      lookNow();
    },
    stop() {
      isStopped = true;
      steps.stop();
      return loop.stop();
    },
  };
}
