import { join } from 'node:path';
import { createProbeDesk } from './adapters/bullmq/desk.ts';
import { createQueues, type Queues } from './adapters/bullmq/queues.ts';
import { createWorkers, type Workers } from './adapters/bullmq/workers.ts';
import { listen } from './adapters/http/server.ts';
import { createLogger, type Logger, logHappening } from './adapters/log/logger.ts';
import { createMailFolder } from './adapters/mail/folder.ts';
import { createSmtpMailer } from './adapters/mail/smtp.ts';
import { renderDomains, renderOverview } from './adapters/metrics/exposition.ts';
import { createProcessMetrics } from './adapters/metrics/process-metrics.ts';
import { connectRedis } from './adapters/redis/connect.ts';
import { startEmbeddedRedis } from './adapters/redis/embedded.ts';
import { queuePrefix } from './adapters/redis/keys.ts';
import { type RedisEvent, UnfitRedis } from './adapters/redis/link-state.ts';
import { createOutbox } from './adapters/redis/outbox.ts';
import { createOverviewReader } from './adapters/redis/overview.ts';
import { createRecords } from './adapters/redis/records.ts';
import { createRegistrar } from './adapters/redis/registrar.ts';
import { createRegistry } from './adapters/redis/registry.ts';
import { createTokens } from './adapters/redis/tokens.ts';
import { every, pause } from './adapters/time/timer.ts';
import { composeObserve, countAnchors } from './compose-probe.ts';
import type { Config } from './config/config.ts';
import { createAdministration } from './flow/admin/administration.ts';
import { createWhois } from './flow/admin/whois.ts';
import { checkDomain } from './flow/check-domain.ts';
import { deliverNotices } from './flow/deliver-notices.ts';
import { findOwed } from './flow/find-owed.ts';
import type { Journal } from './flow/journal.ts';
import type { Mailer } from './flow/mailer.ts';
import { type Overview, readOverview } from './flow/overview.ts';
import { provision } from './flow/provision.ts';
import { sweep } from './flow/sweep.ts';
import { watchSchedule } from './flow/watch-schedule.ts';
import { version } from './version.ts';

/** `run` is all in one; `server` schedules, provisions and shows the shared state; `worker` probes and delivers. */
export type Role = 'run' | 'server' | 'worker';

export interface ServiceOptions {
  readonly config: Config;
  readonly role: Role;
  readonly log: Logger;
  /** PATH, to find a redis-server in. */
  readonly path: string;
  /** Aborts a start that waits: `composeService` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Service {
  /** Where health and metrics are served. */
  readonly url: string;
  /** Resolves when the service does its job, which may take as long as Redis is away; rejects where Redis is unfit, which has been logged. */
  readonly working: Promise<void>;
  /** Lets running jobs finish for `graceMs`, then cancels them. */
  close(graceMs: number): Promise<void>;
}

type Closer = () => Promise<void>;

const clock = () => Date.now();
const watchEveryMs = 60_000;
/** A delivery further off than this is found again by `findOwed`; a job that waits for days would hold nothing up but itself. */
const longestNudgeMs = 300_000;

/** Builds the service and starts it. Rejects where a start makes no sense: no Redis to be found, an address in use. */
export async function composeService(options: ServiceOptions): Promise<Service> {
  const { config, role, log } = options;
  const closers: Closer[] = [];
  const stopping = new AbortController();
  const closeAll = async () => {
    stopping.abort(new Error('shutting down'));
    for (const close of closers.reverse()) await close();
  };
  const told = (what: string) => (error: Error) =>
    log.error({ event: 'trouble', reason: error.message }, what);

  try {
    const metrics = createProcessMetrics(version, process.version);
    const journal: Journal = (happening) => {
      metrics.count(happening);
      logHappening(log, happening);
    };

    const url = config.redis.url ?? (await embeddedRedis(options, closers));
    let works = false;
    const link = connectRedis(
      url,
      {
        event: (event) => logRedis(log, event),
        // A Redis that comes back may have lost its data: what must be there is put back.
        ready: () => {
          if (works && role !== 'worker') void establish().catch(told('the schedule could not be restored'));
        },
      },
      config.redis.cluster,
    );
    closers.push(link.close);

    const mailer = composeMailer(config);
    closers.push(mailer.close);

    let queues: Queues | undefined;
    let workers: Workers | undefined;
    let desk: ReturnType<typeof createProbeDesk> | undefined;
    // The API lets nobody in before there is one.
    const theDesk = () => desk ?? raise('the queues are not there yet');
    let watchedAt = clock();
    let overview: Overview | null = null;

    const registry = createRegistry(link.redis);
    const outbox = createOutbox(link.redis);
    const records = createRecords(link.redis);
    const reader = createOverviewReader(link.redis);
    const observe = composeObserve(config);

    const registrar = createRegistrar(link.redis);
    const tokens = createTokens(link.redis);
    const { adminToken, probesPerMinute } = config.http;
    const access = { ...createWhois(tokens, () => link.trouble() !== null, clock), adminToken };
    const administration = createAdministration({
      ...{ registrar, records, tokens, clock, hasEnvironmentAdmin: adminToken !== null },
      observe: (domain, signal) => observe(domain, {}, signal),
      readAnchors: countAnchors,
      probeNow: async (refs) => queues?.probeNow(refs),
      desk: {
        request: (refs) => theDesk().request(refs),
        ticket: (account, id) => theDesk().ticket(account, id),
        follow: (account, ids, signal) => theDesk().follow(account, ids, signal),
      },
    });
    const trouble = () => link.trouble() ?? (works ? null : 'starting');

    const http = await listen(
      { ...config.http, onError: told('a request failed') },
      {
        access,
        api:
          role === 'worker'
            ? null
            : {
                administration,
                access,
                version,
                probesPerMinute,
                counter: link.redis,
                trouble,
                queues: () => queues?.shown() ?? [],
              },
        unhealthy: () => {
          const late = works && link.trouble() === null && clock() - watchedAt > 3 * watchEveryMs;
          return late ? 'the watch over schedule and mail has not run for 3 minutes' : null;
        },
        unready: () => {
          if (stopping.signal.aborted) return ['shutting down'];
          const redis = link.trouble();
          const reasons = [
            redis === null ? null : `redis: ${redis}`,
            works ? null : 'starting',
            workers?.trouble(),
          ];
          return reasons.filter((reason) => typeof reason === 'string');
        },
        metrics: async (account) => {
          const { contentType } = metrics;
          // What a process has done, and how many domains there are, is about all accounts.
          const own = account === null ? await metrics.render() : '';
          if (role === 'worker' || !queues) return { contentType, text: own };
          overview = await freshOverview(queues).catch(() => overview);
          // While Redis is away the last known state stays: series that vanish would resolve alerts that still stand.
          if (overview === null) return { contentType, text: own };
          const shown =
            account === null
              ? renderOverview(overview)
              : renderDomains(overview.domains.filter((domain) => domain.account === account));
          return { contentType, text: own + (await shown) };
        },
      },
    );
    closers.push(http.close);

    async function freshOverview(from: Queues): Promise<Overview> {
      if (link.trouble() !== null) throw new Error('redis is away');
      const read = readOverview({ ...reader, nextSweepAt: from.nextSweepAt, queueCounts: from.counts });
      return withDeadline(read, 5_000);
    }

    /** What must exist in Redis for the service to do its job. */
    async function establish(): Promise<void> {
      if (!queues) return;
      await queues.schedule(config.intervalMs, false);
      await provision(config.accounts, { registry, probeNow: queues.probeNow, journal });
    }

    async function start(): Promise<void> {
      await link.whenFit(stopping.signal);
      if (role !== 'worker' && adminToken === null && !(await tokens.any())) {
        const open = 'no token exists: the API answers on loopback only, and anybody there is an admin';
        log.info({ event: 'api_without_token' }, `${open}; «pinwatch token create» makes a token`);
      }
      // While Redis is away every queue and worker says so twice a second; the connection has said it once.
      const onError = (error: Error) => {
        if (link.trouble() === null) told('a queue had trouble')(error);
      };
      const jobs = createQueues(link.redis, queuePrefix, onError);
      queues = jobs;
      closers.push(jobs.close);
      if (role !== 'worker') {
        desk = createProbeDesk(link.redis, queuePrefix, onError);
        closers.push(desk.close);
      }
      if (role !== 'worker') await establish();
      // From here on nothing is awaited: what is started is what close() knows of.
      stopping.signal.throwIfAborted();
      if (role !== 'server') {
        workers = composeWorkers(jobs);
        workers.start();
      }
      const watch = every(
        watchEveryMs,
        async () => {
          watchedAt = clock();
          if (link.trouble() !== null) return;
          if (role !== 'worker') {
            // A schedule that is gone went with everything else: a flushed Redis never was away.
            const restore = (afresh: boolean) =>
              afresh ? jobs.schedule(config.intervalMs, true) : establish();
            await watchSchedule({ nextSweepAt: jobs.nextSweepAt, restore, clock, journal });
          }
          if (role !== 'server') {
            const nudge = (account: string) => jobs.nudge(account, 0);
            await findOwed({ accounts: registry.accounts, owes: outbox.owes, nudge });
          }
          // Again: an outage of Redis that came meanwhile has held this up, and is none of the watch's.
          watchedAt = clock();
        },
        told('the watch over schedule and mail failed'),
      );
      closers.push(watch.stop);
      works = true;
    }

    function composeWorkers(jobs: Queues): Workers {
      const handlers = {
        sweep: (slot: number, signal: AbortSignal) =>
          sweep(
            slot,
            config.intervalMs,
            { domains: reader.domains, enqueue: jobs.enqueue, startedAt: reader.markSweep, clock, journal },
            signal,
          ),
        probe: async (
          job: { account: string; domain: string; sweep: string | null },
          signal: AbortSignal,
        ) => {
          const ref = { account: job.account, domain: job.domain };
          const check = await checkDomain(
            ref,
            job.sweep,
            config,
            { records, observe, nudge: jobs.nudge, clock, pause, journal },
            signal,
          );
          return check && { verdict: check.verdict };
        },
        notices: async ({ account }: { account: string }, signal: AbortSignal) => {
          const owner = await registrar.account(account);
          const next = await deliverNotices(
            account,
            { ...config.notify, ...owner?.value.notify },
            { outbox, mailer, clock, journal },
            signal,
          );
          const wait = next === null ? null : next - clock();
          if (wait !== null && wait <= longestNudgeMs) await jobs.nudgeAgain(account, wait);
        },
      };
      return createWorkers(link.redis, queuePrefix, config.probe.concurrency, handlers, (trouble) => {
        if (trouble.problem === 'error' && link.trouble() !== null) return;
        log.error({ event: `job_${trouble.problem}`, ...trouble }, `${trouble.queue} job: ${trouble.reason}`);
      });
    }

    const working = start().catch((error) => {
      // Its reason has been logged with the event `redis_unfit`; the end needs no second copy.
      throw error instanceof UnfitRedis ? new Error('nothing was started on this Redis') : error;
    });
    return {
      url: http.url,
      working,
      async close(graceMs) {
        // Without Redis no job can finish, and none is lost: it is taken over where it was.
        await workers?.close(link.trouble() === null ? graceMs : 0);
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
export function composeLog(level: string, pretty: boolean): Logger {
  return createLogger(level, pretty, process.stdout);
}

function composeMailer({ mail, stateDir }: Config): Mailer {
  const { smtp, from } = mail;
  return smtp === null
    ? createMailFolder({ directory: join(stateDir, 'mail'), from })
    : createSmtpMailer({ url: smtp, from });
}

async function embeddedRedis(
  { config, log, path, signal = new AbortController().signal }: ServiceOptions,
  closers: Closer[],
): Promise<string> {
  const folder = join(config.stateDir, 'redis');
  const onCrash = (reason: string) =>
    log.error({ event: 'redis_restarted', reason }, `the local redis-server is started again: ${reason}`);
  const onWaiting = (pid: number) =>
    log.warn(
      { event: 'redis_in_use', folder, pid },
      `waiting for the other pinwatch on ${folder} to end (its redis-server has process id ${pid})`,
    );
  const embedded = await startEmbeddedRedis(folder, path, onCrash, { signal, onWaiting });
  closers.push(embedded.close);
  log.info({ event: 'redis_started' }, `a local redis-server keeps its data in ${folder}`);
  return embedded.url;
}

function logRedis(log: Logger, event: RedisEvent): void {
  switch (event.kind) {
    case 'away':
      log.error({ event: 'redis_away', reason: event.reason }, `waiting for Redis: ${event.reason}`);
      return;
    case 'back':
      log.info({ event: 'redis_ready', awayMs: event.awayMs }, 'Redis is there');
      return;
    case 'unfit':
      log.fatal({ event: 'redis_unfit', reason: event.reason }, event.reason);
      return;
    default:
      event satisfies never;
  }
}

/** Prometheus gives up after 10 s by default; better an answer with the last known state than none. */
async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const timer = new AbortController();
  const late = pause(ms, timer.signal).then(() => Promise.reject(new Error(`no answer within ${ms} ms`)));
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

function raise(message: string): never {
  throw new Error(message);
}
