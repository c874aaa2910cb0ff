/** The part of the composition root that does the work: what each job runs, and the watch that sees to it that jobs exist. */
import { join } from 'node:path';
import type { Queues } from './adapters/bullmq/queues.ts';
import { createWorkers, type Workers } from './adapters/bullmq/workers.ts';
import { createMailFolder } from './adapters/mail/folder.ts';
import { createSmtpMailer } from './adapters/mail/smtp.ts';
import { queuePrefix } from './adapters/redis/keys.ts';
import { isMisuse } from './adapters/redis/misuse.ts';
import { steadyNow } from './adapters/time/clock-watch.ts';
import type { Lingering } from './adapters/time/lingering.ts';
import { every, pause } from './adapters/time/timer.ts';
import type { Clocks } from './compose-clock.ts';
import type { Log, Role } from './compose-options.ts';
import type { Store } from './compose-store.ts';
import type { Config } from './config/config.ts';
import { type CheckDomainPorts, checkDomain } from './flow/check-domain.ts';
import { deliverNotices } from './flow/deliver-notices.ts';
import { findOwed } from './flow/find-owed.ts';
import type { Journal } from './flow/journal.ts';
import type { Mailer } from './flow/mailer.ts';
import { mendStore } from './flow/mend-store.ts';
import { createOnlyAccount } from './flow/only-account.ts';
import { provision } from './flow/provision.ts';
import type { DomainRef } from './flow/records.ts';
import { sweep } from './flow/sweep.ts';
import { createPauseWatch, type PauseWatch } from './flow/watch-pauses.ts';
import { watchSchedule } from './flow/watch-schedule.ts';

export interface WorkParts {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly jobs: Queues;
  readonly journal: Journal;
}

const clock = () => Date.now();

/** A delivery further off than this is found again by `findOwed`; a job that waits for days would hold nothing up but itself. */
const longestNudgeMs = 300_000;

/** How long a delivery waits for the mail server before it takes its hand off: others wait for their turn. */
const patienceMs = 10_000;

export function composeWorkers(
  { config, log, store, jobs, journal }: WorkParts,
  mailer: Mailer,
  lingering: Lingering,
  observe: CheckDomainPorts['observe'],
  onMended: () => void,
): Workers {
  const { link, reader, records, registrar, outbox } = store;
  /** A job that met a key of another type than it should be is tried again soon: by then it is out of the way. */
  const mending =
    <Job, Result>(work: (job: Job, signal: AbortSignal) => Promise<Result>) =>
    async (job: Job, signal: AbortSignal): Promise<Result> => {
      try {
        return await work(job, signal);
      } catch (error) {
        if (isMisuse(error) && (await mendStore(store.mender, store.report))) onMended();
        throw error;
      }
    };
  /** Why the last sweep failed here; null for none, and once one has come through. */
  let sweepProblem: string | null = null;
  const handlers = {
    sweep: async (slot: number, signal: AbortSignal) => {
      const ports = {
        domains: reader.domains,
        enqueue: jobs.enqueue,
        startedAt: reader.markSweep,
        clock,
        journal,
      };
      try {
        await sweep(slot, config.intervalMs, ports, signal);
        sweepProblem = null;
      } catch (error) {
        if (!signal.aborted) sweepProblem = `the last sweep failed: ${(error as Error).message}`;
        throw error;
      }
    },
    probe: async (
      { account, domain, sweep: of }: DomainRef & { sweep: string | null },
      signal: AbortSignal,
    ) => {
      const ports = { records, observe, nudge: jobs.nudge, clock, pause, journal };
      const check = await checkDomain({ account, domain }, of, config, ports, signal);
      return check && { verdict: check.verdict };
    },
    notices: async ({ account }: { account: string }, signal: AbortSignal) => {
      const owner = await registrar.account(account);
      const rules = { ...config.notify, ...owner?.value.notify };
      const comeAgain = async (next: number | null) => {
        const wait = next === null ? null : next - clock();
        if (wait !== null && wait <= longestNudgeMs) await jobs.nudgeAgain(account, wait);
      };
      const linger = (work: Promise<number | null>) => lingering.add(work.then(comeAgain));
      const ports = { outbox, registrar, mailer, clock, journal, pause, patienceMs, linger };
      await comeAgain(await deliverNotices(account, rules, ports, signal));
    },
  };
  const { concurrency } = config.probe;
  const mended = {
    sweep: mending(handlers.sweep),
    probe: mending(handlers.probe),
    notices: mending(handlers.notices),
    isOnlyAccount: createOnlyAccount(store.registry.accounts, steadyNow),
  };
  const workers = createWorkers(link.redis, queuePrefix, concurrency, mended, (trouble) => {
    if (trouble.problem === 'error' && link.trouble() !== null) return;
    log.error({ event: `job_${trouble.problem}`, ...trouble }, `${trouble.queue} job: ${trouble.reason}`);
  });
  return { ...workers, trouble: () => workers.trouble() ?? sweepProblem };
}

/** What must exist in Redis for the service to do its job: the schedule, and what comes from the file. */
export async function establish({ config, store, jobs, journal }: WorkParts): Promise<void> {
  await mendStore(store.mender, store.report);
  await jobs.schedule(config.intervalMs, false);
  const { probeSoon, nudge } = jobs;
  await provision(config.accounts, { registry: store.registry, probeSoon, nudge, journal });
}

export interface Watch {
  /** Why the watch does not run any more; null while it does. */
  stuck(): string | null;
  stop(): Promise<void>;
}

const watchEveryMs = 30_000;
const stuckMs = 180_000;

/** Twice a minute: is there a next sweep, and does anybody wait for mail that nobody is about to send? */
export function composeWatch(parts: WorkParts, role: Role, clocks: Clocks): Watch {
  const { config, log, store, jobs, journal } = parts;
  const { link, registry, outbox } = store;
  let watchedAt = steadyNow();
  let aside = 0;
  const onError = ({ message }: Error) =>
    log.error({ event: 'trouble', reason: message }, 'the watch over schedule and mail failed');
  const loop = every(
    watchEveryMs,
    async () => {
      watchedAt = steadyNow();
      if (link.trouble() !== null) return;
      // Right after the clock was set forward every sweep is overdue, and about to be taken.
      if (role !== 'worker' && !clocks.hasJustStepped()) {
        // A schedule that is gone went with everything else: a flushed Redis never was away.
        const restore = (afresh: boolean) =>
          afresh ? jobs.schedule(config.intervalMs, true) : establish(parts);
        const { nextSweepAt, sweepWaits } = jobs;
        // What a worker has set aside was perhaps the file's.
        const before = aside;
        const isMended = await mendStore(store.mender, store.report);
        aside = await store.reader.setAside();
        if (isMended || aside > before) await establish(parts);
        await watchSchedule({ nextSweepAt, sweepWaits, restore, clock: clocks.patientNow, journal });
      }
      if (role !== 'server') {
        await findOwed({ accounts: registry.accounts, owes: outbox.owes, nudge: jobs.nudgeOwed });
      }
    },
    onError,
  );
  return {
    stuck() {
      // While Redis is away, or hangs, the watch waits for it.
      const late = steadyNow() - Math.max(watchedAt, link.fitSince()) > stuckMs;
      return late ? 'the watch over schedule and mail has not run for 3 minutes' : null;
    },
    stop: loop.stop,
  };
}

const lookForPausesEveryMs = 2_000;

/** Whether somebody has paused a queue; while Redis is away, whether that was so. */
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
      log.error({ event: 'trouble', reason: message }, 'whether a queue is paused could not be told');
    },
  );
  return { paused, stop: loop.stop };
}

export function composeMailer({ mail, stateDir, publicUrl, runbookUrl }: Config): Mailer {
  const { smtp, from, ca, name, tls } = mail;
  const installation = { from, publicUrl, runbookUrl };
  return smtp === null
    ? createMailFolder({ directory: join(stateDir, 'mail'), ...installation })
    : createSmtpMailer({ url: smtp, ca, name, tls, ...installation });
}
