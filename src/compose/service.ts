/**
 * The composition root: builds the adapters, wires the flow, and closes in reverse order.
 *
 * The listener comes first, so that health can be checked while the service waits for Redis; then what must exist in
 * Redis; then the workers and the watchdog. The parts are in the other files of this folder.
 */
import { createProbeDesk } from '../adapters/bullmq/desk.ts';
import { createQueues } from '../adapters/bullmq/queues.ts';
import { createLogger, logHappening } from '../adapters/log/logger.ts';
import { createProcessMetrics } from '../adapters/metrics/process-metrics.ts';
import { queuePrefix } from '../adapters/redis/keys.ts';
import { UnfitRedis } from '../adapters/redis/link-state.ts';
import { createLingering } from '../adapters/time/lingering.ts';
import type { Journal } from '../flow/journal.ts';
import type { ReloadOutcome } from '../flow/reload.ts';
import { createUnreadableReport } from '../flow/unreadable.ts';
import { version } from '../version.ts';
import { composeAccess, composeStoreGuard, warnOfPlainHttp } from './access.ts';
import type { Engine } from './api-ports.ts';
import { composeClocks } from './clocks.ts';
import { establish, reestablish, type WorkParts } from './establish.ts';
import { composeListener, type Work } from './listener.ts';
import { composeMailer } from './mailer.ts';
import { composeNotifierInForce } from './notifier.ts';
import type { Closer, Log, ServiceOptions } from './options.ts';
import { composeObserve } from './probe.ts';
import { composePublishing, type PublishingJobs } from './publishing.ts';
import { composeRegions } from './regions.ts';
import { composeReload } from './reload.ts';
import { composeRoster } from './roster.ts';
import { createSettings } from './settings.ts';
import { composeStore } from './store.ts';
import { composePauseWatch, composeSightWatch, composeWatchdog } from './watches.ts';
import { composeWriting } from './when-writable.ts';
import { composeWorkers } from './workers.ts';
import { makeAllYoung } from './young.ts';

const clock = () => Date.now();
/** The longest that a stop takes. */
const haltMs = 10_000;

export interface Service {
  /** Where health and metrics are served. */
  readonly url: string;
  /** Resolves when the service does its job, which may take as long as Redis is away; rejects if Redis is unfit. */
  readonly working: Promise<void>;
  /** Reads the file again, once the service works. Rejects if what is valid could not be put into force completely. */
  reload(): Promise<ReloadOutcome>;
  /** Lets running jobs finish for `graceMs`, then cancels them. */
  close(graceMs: number): Promise<void>;
}

/** Builds the service and starts it. Rejects if a start makes no sense: no Redis found, or an address in use. */
export async function composeService(options: ServiceOptions): Promise<Service> {
  makeAllYoung();
  const { config, role, log } = options;
  const stopping = new AbortController();
  const closers: Closer[] = [];
  const closeAll = async () => {
    stopping.abort(new Error('shutting down'));
    for (const close of closers.reverse()) await close();
  };
  try {
    let engine: Engine | null = null;
    let work: Work | null = null;
    const settings = createSettings(config);
    const metrics = createProcessMetrics(version, process.version, {
      redisUp: () => link.trouble() === null,
      intervalSeconds: () => settings.now().intervalMs / 1_000,
      clockSkewSeconds: () => clocks.skewSeconds(),
    });
    const journal: Journal = (happening) => {
      metrics.count(happening);
      logHappening(log, happening);
    };
    const store = await composeStore(options, closers, createUnreadableReport(journal, clock));
    const { link } = store;
    // A Redis that comes back, or that was emptied, may have lost its data: restore what must exist.
    const restore = () => {
      if (guard.outdated() === null) work?.restore();
    };
    // A newer version has used the store: running jobs may end, and none is started. Health and metrics are still served.
    const halt = () => {
      void roster.stop();
      void work?.workers?.close(haltMs);
      void regions.halt().catch(() => {});
      void work?.watch.stop();
      void clocks.stop();
    };
    const onChange = { onLost: restore, onNewer: halt };
    const guard = composeStoreGuard(config, store, journal, log, closers, onChange);
    const clocks = composeClocks(store, () => settings.now().intervalMs, log, journal);
    closers.push(clocks.stop);
    const roster = composeRoster(store, settings, role, log);
    store.onReady(restore);
    const lingering = createLingering(({ message }) => {
      if (link.trouble() !== null || stopping.signal.aborted) return;
      log.error({ event: 'trouble', reason: message }, 'the outcome of a mail could not be stored');
    });
    closers.push(lingering.ended);
    const mailer = composeMailer(settings);
    closers.push(mailer.close);
    const looking = composeObserve(settings, metrics.countHandshake);
    const { observe } = looking;
    const regions = composeRegions(settings, role, store, looking, log, closers);
    const access = composeAccess(config, store, guard, journal, closers, stopping.signal);
    const writing = composeWriting(log);
    const progress = { engine: () => engine, work: () => work, refusal: writing.refusal };
    const watches = { guard, clocks };
    const isUsable = () =>
      link.trouble() === null && guard.isChecked() && guard.closed() === null && guard.outdated() === null;
    const publishingJobs: PublishingJobs = {
      nudge: async (account, waitMs) => engine?.queues.nudge(account, waitMs),
      probeSoon: async (refs) => engine?.queues.probeSoon(refs),
    };
    const publishing =
      role === 'worker'
        ? null
        : await composePublishing(config, settings, store, isUsable, publishingJobs, journal, log, closers);
    const troubleNow = () => link.trouble() ?? guard.outdated() ?? (work === null ? 'starting' : null);
    const reload = composeReload(options, {
      ...{ settings, journal },
      listener: () => http,
      trouble: () => troubleNow(),
      establish: async () => work?.establish(),
    });
    const http = await composeListener(options, {
      ...{ settings, store, watches, access, observe, mailer, metrics },
      ...{ publishing, progress, journal, reload, stopping: stopping.signal },
    });
    closers.push(http.close);
    warnOfPlainHttp(config, log, http.url);

    const start = async (): Promise<void> => {
      await link.whenFit(stopping.signal);
      const { hasTokens } = await writing.whenWritable(guard.look, stopping.signal);
      const outdated = guard.outdated();
      if (outdated !== null) throw new Error(outdated);
      if (role !== 'worker' && config.http.adminToken === null && !hasTokens && guard.closed() === null) {
        const open = 'no token exists: the API answers on loopback only, and any user there is an admin';
        log.info({ event: 'api_without_token' }, `${open}; "pinwatch token create" makes a token`);
      }
      // While Redis is away, every queue and worker reports it twice a second; the connection has reported it once.
      const onError = ({ message }: Error) => {
        if (link.trouble() === null) log.error({ event: 'trouble', reason: message }, 'a queue had trouble');
      };
      const queues = createQueues(link.redis, queuePrefix, onError, roster);
      closers.push(queues.close);
      const desk = role === 'worker' ? null : createProbeDesk(link.redis, queuePrefix, onError);
      if (desk !== null) closers.push(desk.close);
      engine = { queues, desk };
      const parts: WorkParts = { settings, log, store, jobs: queues, journal };
      await writing.whenWritable(async () => {
        if (role !== 'worker') await establish(parts);
        await regions.begin(() => guard.outdated() !== null);
      }, stopping.signal);
      // Nothing is awaited from here on, so that close() knows everything that was started.
      stopping.signal.throwIfAborted();
      publishing?.begin();
      const workers =
        role === 'server'
          ? null
          : composeWorkers(
              parts,
              mailer,
              composeNotifierInForce(settings),
              lingering,
              regions.observe,
              restore,
              roster.alive,
            );
      workers?.start();
      const watch = composeWatchdog(parts, role, clocks);
      clocks.begin(queues);
      // Before the queues that it checks are closed.
      closers.push(clocks.stop);
      closers.push(watch.stop);
      const pauses = composePauseWatch(parts);
      closers.push(pauses.stop);
      roster.begin(queues, workers, pauses.paused);
      closers.push(roster.stop);
      const sight = role === 'worker' ? null : composeSightWatch(parts, clocks);
      if (sight !== null) closers.push(sight.stop);
      const again = { restore: () => reestablish(parts, role), establish: () => establish(parts) };
      work = { workers, watch, paused: pauses.paused, blind: () => sight?.blind() ?? 0, ...again };
      if (guard.outdated() !== null) halt();
    };

    const working = start().catch((error) => {
      // The reason was logged with the event `redis_unfit`, and need not be repeated.
      throw error instanceof UnfitRedis ? new Error('nothing was started on this Redis') : error;
    });
    return {
      url: http.url,
      working,
      reload: () => working.then(reload),
      async close(graceMs) {
        // Without Redis no job can finish, but none is lost: another worker takes it over.
        await roster.stop();
        await work?.workers?.close(link.trouble() === null ? graceMs : 0);
        await closeAll();
        await working.catch(() => {});
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** `pretty` for a person at a terminal, else JSON lines. */
export function composeLog(level: string, pretty: boolean): Log {
  return createLogger(level, pretty, process.stdout);
}
