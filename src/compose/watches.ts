/** The part of the composition root that watches what might go unnoticed: schedule, mail, paused queues. */
import { steadyNow } from '../adapters/time/clock-watch.ts';
import { every } from '../adapters/time/timer.ts';
import { mendStore } from '../flow/mend-store.ts';
import { createPauseWatch, type PauseWatch } from '../flow/watch-pauses.ts';
import { createWatchdog, type Watchdog } from '../flow/watchdog.ts';
import type { Clocks } from './clocks.ts';
import { establish, resolvePending, type WorkParts } from './establish.ts';
import type { ProcessRole } from './options.ts';

export interface Watch extends Pick<Watchdog, 'stuck'> {
  stop(): Promise<void>;
}

const lookEveryMs = 30_000;

export function composeWatchdog(parts: WorkParts, role: ProcessRole, clocks: Clocks): Watch {
  const { settings, log, store, jobs, journal } = parts;
  const { link, provisioning, outbox, reader } = store;
  const planning = {
    nextSweepAt: jobs.nextSweepAt,
    sweepWaits: jobs.sweepWaits,
    clock: clocks.patientNow,
    hasJustStepped: clocks.hasJustStepped,
    mend: () => mendStore(store.mender, store.report),
    setAside: reader.setAside,
    establish: () => establish(parts),
    resolvePending: () => resolvePending(store, jobs),
    reschedule: () => jobs.schedule(settings.now().intervalMs, true),
    journal,
  };
  const watchdog = createWatchdog({
    isAway: () => link.trouble() !== null,
    fitSince: link.fitSince,
    steady: steadyNow,
    planning: role === 'worker' ? null : planning,
    owed:
      role === 'server'
        ? null
        : { accounts: provisioning.accounts, owes: outbox.owes, nudge: jobs.nudgeOwed },
  });
  const loop = every(lookEveryMs, watchdog.look, ({ message }) =>
    log.error({ event: 'trouble', reason: message }, 'the watchdog for schedule and mail failed'),
  );
  return { stuck: watchdog.stuck, stop: loop.stop };
}

const lookForPausesEveryMs = 2_000;

/** Watches for paused queues; while Redis is away, the last known state counts. */
export function composePauseWatch({ log, store, jobs, journal }: WorkParts): {
  paused: PauseWatch['paused'];
  stop(): Promise<void>;
} {
  const { look, paused } = createPauseWatch({ paused: jobs.paused, journal });
  const isAway = () => store.link.trouble() !== null;
  const loop = every(
    lookForPausesEveryMs,
    async () => {
      if (!isAway()) await look();
    },
    ({ message }) => {
      if (isAway()) return;
      log.error({ event: 'trouble', reason: message }, 'paused queues could not be checked');
    },
  );
  return { paused, stop: loop.stop };
}
