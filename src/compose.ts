/**
 * The composition root: builds the adapters, wires the flow, and closes in reverse order.
 *
 * The listener comes first, so that health can be asked for while Redis is waited for; then what must exist in Redis;
 * then the workers, and the watch over both. The parts are in the files beside this one, `compose-*.ts`.
 */
import { createProbeDesk } from './adapters/bullmq/desk.ts';
import { createQueues } from './adapters/bullmq/queues.ts';
import { createLogger, logHappening } from './adapters/log/logger.ts';
import { createProcessMetrics } from './adapters/metrics/process-metrics.ts';
import { queuePrefix } from './adapters/redis/keys.ts';
import { UnfitRedis } from './adapters/redis/link-state.ts';
import { createLingering } from './adapters/time/lingering.ts';
import { composeAccess, composeStoreGuard, warnOfPlainHttp } from './compose-access.ts';
import { composeClocks } from './compose-clock.ts';
import { composeListener, type Running } from './compose-listener.ts';
import type { Closer, Log, ServiceOptions } from './compose-options.ts';
import { composeObserve } from './compose-probe.ts';
import { composeStore } from './compose-store.ts';
import {
  composeMailer,
  composePauseWatch,
  composeWatch,
  composeWorkers,
  establish,
  type WorkParts,
} from './compose-work.ts';
import type { Journal } from './flow/journal.ts';
import type { StoreGuard } from './flow/store-guard.ts';
import { createUnreadableReport } from './flow/unreadable.ts';
import { version } from './version.ts';

export interface Service {
  /** Where health and metrics are served. */
  readonly url: string;
  /** Resolves when the service does its job, which may take as long as Redis is away; rejects where Redis is unfit, which has been logged. */
  readonly working: Promise<void>;
  /** Lets running jobs finish for `graceMs`, then cancels them. */
  close(graceMs: number): Promise<void>;
}

/** Builds the service and starts it. Rejects where a start makes no sense: no Redis to be found, an address in use. */
export async function composeService(options: ServiceOptions): Promise<Service> {
  const { config, role, log } = options;
  const stopping = new AbortController();
  const closers: Closer[] = [];
  const closeAll = async () => {
    stopping.abort(new Error('shutting down'));
    for (const close of closers.reverse()) await close();
  };
  try {
    const running: Running = { works: false };
    const metrics = createProcessMetrics(version, process.version, {
      redisUp: () => link.trouble() === null,
      clockSkewSeconds: () => running.clocks?.skewSeconds() ?? 0,
    });
    const journal: Journal = (happening) => {
      metrics.count(happening);
      logHappening(log, happening);
    };
    let parts: WorkParts | undefined;
    let guard: StoreGuard | undefined;
    // A Redis that comes back, or that was emptied, may have lost its data: what must be there is put back.
    const restore = () => {
      if (!running.works || !parts || role === 'worker') return;
      establish(parts).catch(({ message }: Error) =>
        log.error({ event: 'trouble', reason: message }, 'the schedule could not be restored'),
      );
    };
    const onReady = () => {
      guard?.suspect();
      // Until it has been looked at, nobody is let in. A failure is told by the loop that looks again.
      guard?.look().catch(() => {});
      running.clocks?.lookNow();
      restore();
    };
    const report = createUnreadableReport(journal, () => Date.now());
    const store = await composeStore(options, closers, onReady, report);
    const { link } = store;
    const lingering = createLingering(({ message }) => {
      if (link.trouble() !== null || stopping.signal.aborted) return;
      log.error({ event: 'trouble', reason: message }, 'what became of a mail could not be stored');
    });
    closers.push(lingering.ended);
    const mailer = composeMailer(config);
    closers.push(mailer.close);
    const clocks = composeClocks(store, config.intervalMs, log, journal);
    running.clocks = clocks;
    closers.push(clocks.stop);
    const observe = composeObserve(config);
    const doors = composeStoreGuard(config, store, journal, log, closers, restore);
    guard = doors;
    const access = composeAccess(config, store, doors, journal, closers, stopping.signal);
    const http = await composeListener(
      options,
      store,
      doors,
      access,
      observe,
      metrics,
      running,
      stopping.signal,
    );
    closers.push(http.close);
    warnOfPlainHttp(config, log, http.url);

    const start = async (): Promise<void> => {
      await link.whenFit(stopping.signal);
      const { hasTokens } = await doors.look();
      if (role !== 'worker' && config.http.adminToken === null && !hasTokens && doors.closed() === null) {
        const open = 'no token exists: the API answers on loopback only, and anybody there is an admin';
        log.info({ event: 'api_without_token' }, `${open}; "pinwatch token create" makes a token`);
      }
      // While Redis is away every queue and worker says so twice a second; the connection has said it once.
      const onError = ({ message }: Error) => {
        if (link.trouble() === null) log.error({ event: 'trouble', reason: message }, 'a queue had trouble');
      };
      const jobs = createQueues(link.redis, queuePrefix, onError);
      closers.push(jobs.close);
      parts = { config, log, store, jobs, journal };
      running.queues = jobs;
      if (role !== 'worker') {
        running.desk = createProbeDesk(link.redis, queuePrefix, onError);
        closers.push(running.desk.close);
        await establish(parts);
      }
      // From here on nothing is awaited: what is started is what close() knows of.
      stopping.signal.throwIfAborted();
      if (role !== 'server') {
        running.workers = composeWorkers(parts, mailer, lingering, observe, restore);
        running.workers.start();
      }
      running.watch = composeWatch(parts, role, clocks);
      clocks.begin(jobs);
      // Before the queues that it looks at are closed.
      closers.push(clocks.stop);
      closers.push(running.watch.stop);
      const pauses = composePauseWatch(parts);
      running.paused = pauses.paused;
      closers.push(pauses.stop);
      running.works = true;
    };

    const working = start().catch((error) => {
      // Its reason has been logged with the event `redis_unfit`; the end needs no second copy.
      throw error instanceof UnfitRedis ? new Error('nothing was started on this Redis') : error;
    });
    return {
      url: http.url,
      working,
      async close(graceMs) {
        // Without Redis no job can finish, and none is lost: it is taken over where it was.
        await running.workers?.close(link.trouble() === null ? graceMs : 0);
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
