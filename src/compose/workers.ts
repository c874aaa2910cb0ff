import { createWorkers, type Workers } from '../adapters/bullmq/workers.ts';
import { queuePrefix } from '../adapters/redis/keys.ts';
import { isMisuse } from '../adapters/redis/misuse.ts';
import { steadyNow } from '../adapters/time/clock-watch.ts';
import type { Lingering } from '../adapters/time/lingering.ts';
import { pause } from '../adapters/time/timer.ts';
import { type CheckDomainPorts, checkDomain } from '../flow/check-domain.ts';
import { deliverNotices } from '../flow/deliver-notices.ts';
import type { Mailer } from '../flow/mailer.ts';
import { mendStore } from '../flow/mend-store.ts';
import { createOnlyAccount } from '../flow/only-account.ts';
import type { DomainRef } from '../flow/probe-store.ts';
import { sweep } from '../flow/sweep.ts';
import type { WorkParts } from './establish.ts';

const clock = () => Date.now();

/** `findOwed` finds a delivery that is further off than this, so no job has to wait for days. */
const longestNudgeMs = 300_000;

/** How long a delivery waits for the mail server before it gives up its place, for which others wait. */
const patienceMs = 10_000;

export function composeWorkers(
  { config, log, store, jobs, journal }: WorkParts,
  mailer: Mailer,
  lingering: Lingering,
  observe: CheckDomainPorts['observe'],
  onMended: () => void,
): Workers {
  const { link, reader, probeStore, adminStore, outbox } = store;
  /** A job that met a key of the wrong type is retried soon; by then the key has been set aside. */
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
  /** Why the last sweep failed here; null if none did, or one has succeeded since. */
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
      const ports = { probeStore, observe, nudge: jobs.nudge, clock, pause, journal };
      await checkDomain({ account, domain }, of, config, ports, signal);
    },
    notices: async ({ account }: { account: string }, signal: AbortSignal) => {
      const owner = await adminStore.account(account);
      const rules = { ...config.notify, ...owner?.value.notify };
      const comeAgain = async (next: number | null) => {
        const wait = next === null ? null : next - clock();
        if (wait !== null && wait <= longestNudgeMs) await jobs.nudgeAgain(account, wait);
      };
      const linger = (work: Promise<number | null>) => lingering.add(work.then(comeAgain));
      const ports = { outbox, adminStore, mailer, clock, journal, pause, patienceMs, linger };
      await comeAgain(await deliverNotices(account, rules, ports, signal));
    },
  };
  const { concurrency } = config.probe;
  const mended = {
    sweep: mending(handlers.sweep),
    probe: mending(handlers.probe),
    notices: mending(handlers.notices),
    isOnlyAccount: createOnlyAccount(store.provisioning.accounts, steadyNow),
  };
  const workers = createWorkers(link.redis, queuePrefix, concurrency, mended, (trouble) => {
    if (trouble.problem === 'error' && link.trouble() !== null) return;
    log.error({ event: `job_${trouble.problem}`, ...trouble }, `${trouble.queue} job: ${trouble.reason}`);
  });
  return { ...workers, trouble: () => workers.trouble() ?? sweepProblem };
}
