/** The part of the composition root that watches what might go unnoticed: schedule, mail, paused queues. */
import { steadyNow } from '../adapters/time/clock-watch.ts';
import { every } from '../adapters/time/timer.ts';
import { createDueDigests } from '../flow/make-digest.ts';
import { mendStore } from '../flow/mend-store.ts';
import { createPauseWatch, type PauseWatch } from '../flow/watch-pauses.ts';
import { createSightWatch, type SightWatch } from '../flow/watch-sight.ts';
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
  const digests = createDueDigests({
    ...{ digestStore: store.digestStore, outbox, clock: () => Date.now() },
    rules: async (account) => {
      const owner = await store.adminStore.account(account);
      return { ...settings.now().notify, ...owner?.value.notify };
    },
  });
  const owes = async (account: string) => (await outbox.owes(account)) || (await digests.isDue(account));
  const watchdog = createWatchdog({
    isAway: () => link.trouble() !== null,
    fitSince: link.fitSince,
    steady: steadyNow,
    planning: role === 'worker' ? null : planning,
    owed: role === 'server' ? null : { accounts: provisioning.accounts, owes, nudge: jobs.nudgeOwed },
  });
  const loop = every(lookEveryMs, watchdog.look, ({ message }) =>
    log.error({ event: 'trouble', reason: message }, 'the watchdog for schedule and mail failed'),
  );
  return { stuck: watchdog.stuck, stop: loop.stop };
}

/** Between two checks of whether anything is seen: a sixth of the interval is in time for what `isBlind` waits for. */
const sightChecks = 6;
const leastSightMs = 250;
const mostSightMs = 60_000;

/** Watches whether pinwatch sees anything at all. Only processes that schedule do: a worker may be what is missing. */
export function composeSightWatch(
  { settings, log, store, jobs, journal }: WorkParts,
  clocks: Clocks,
): Pick<SightWatch, 'blind'> & { stop(): Promise<void> } {
  const { link, reader, sightStore, adminStore, regionStore } = store;
  const intervalMs = () => settings.now().intervalMs;
  const watch = createSightWatch({
    ...{ statuses: reader.statuses, sightStore, adminStore, intervalMs, journal },
    regions: regionStore.read,
    notify: () => settings.now().notify,
    clock: () => Date.now(),
    ...{ steady: steadyNow, fitSince: link.fitSince, hasJustStepped: clocks.hasJustStepped },
    nudge: jobs.nudge,
  });
  const isAway = () => link.trouble() !== null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const loop = every(
    leastSightMs,
    async () => {
      // A reload may have changed the interval.
      if (isAway() || steadyNow() - lookedAt < Math.min(mostSightMs, intervalMs() / sightChecks)) return;
      await watch.look();
      lookedAt = steadyNow();
    },
    ({ message }) => {
      if (isAway()) return;
      log.error({ event: 'trouble', reason: message }, 'whether anything is seen could not be checked');
    },
  );
  return { blind: watch.blind, stop: loop.stop };
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
