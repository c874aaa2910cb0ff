import { createWorkers, type Workers } from '../adapters/bullmq/workers.ts';
import { queuePrefix } from '../adapters/redis/keys.ts';
import { isMisuse } from '../adapters/redis/misuse.ts';
import { steadyNow } from '../adapters/time/clock-watch.ts';
import { idleMs } from '../adapters/time/idle.ts';
import type { Lingering } from '../adapters/time/lingering.ts';
import { after, pause } from '../adapters/time/timer.ts';
import { isBlinded } from '../core/blind-incident.ts';
import type { NotifySettings } from '../core/settings.ts';
import type { Batch, Lane } from '../flow/batches.ts';
import { type CheckDomainPorts, checkDomain } from '../flow/check-domain.ts';
import { deliverNotices } from '../flow/deliver-notices.ts';
import { createEndpointGate, usualEndpoints } from '../flow/endpoint-gate.ts';
import { createFirstProbe } from '../flow/first-probe.ts';
import type { Mailer } from '../flow/mailer.ts';
import { makeDigest } from '../flow/make-digest.ts';
import { mendStore } from '../flow/mend-store.ts';
import type { Notifier } from '../flow/notifier.ts';
import { createOnlyAccount } from '../flow/only-account.ts';
import { type BatchRun, type BatchSignals, probeBatch } from '../flow/probe-batch.ts';
import type { DomainRef } from '../flow/probe-store.ts';
import { createSettledDomains } from '../flow/settled.ts';
import { sweep } from '../flow/sweep.ts';
import type { WorkParts } from './establish.ts';

const clock = () => Date.now();

/** `findOwed` finds a delivery that is further off than this, so no job has to wait for days. */
const longestNudgeMs = 300_000;

/** How long a delivery waits for the mail server before it gives up its place, for which others wait. */
const patienceMs = 10_000;

/** A probe that takes longer no longer holds up those that answer. A connection that waits costs a socket and little else. */
const slowAfterMs = 1_000;
const slowFactor = 10;

/** Of new domains nobody knows which are dead: five hundred of them may be begun within a second. */
const firstSlowAfterMs = 100;

/** How long a domain is remembered that other workers probe, some 1.1 KB each: the next batch with it may come here again. */
const settledKeptMs = 24 * 3_600_000;

export interface ComposedWorkers extends Workers {
  /** Whether it takes jobs of every kind. */
  readonly isTaking: () => boolean;
}

type SingleProbe = DomainRef & { readonly sweep: string | null };

export function composeWorkers(
  { settings, log, store, jobs, journal }: WorkParts,
  mailer: Mailer,
  notifier: Notifier,
  lingering: Lingering,
  observe: CheckDomainPorts['observe'],
  onMended: () => void,
  alive: () => readonly number[],
): ComposedWorkers {
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
  const isOnlyAccount = createOnlyAccount(store.provisioning.accounts, steadyNow);
  const settled = createSettledDomains(settings.now().intervalMs + settledKeptMs, steadyNow);
  const isBlindedNow = async (account: string, begunAt: number) =>
    isBlinded((await store.sightStore.load(account)).record, begunAt);
  const probing = {
    probeStore,
    observe,
    nudge: jobs.nudge,
    clock,
    pause,
    steady: steadyNow,
    journal,
    settled,
    isBlinded: isBlindedNow,
  };
  // Each domain has an endpoint for each type of key, or more of them.
  const { concurrency } = settings.now().probe;
  const places = usualEndpoints * concurrency;
  const gate = { slowAfterMs, slowPlaces: slowFactor * places, isOnlyAccount, after };
  const gates = {
    ready: createEndpointGate({ ...gate, places }),
    slow: createEndpointGate({ ...gate, places: slowFactor * places }),
    first: createEndpointGate({ ...gate, places, slowAfterMs: firstSlowAfterMs }),
  };
  const firstProbe = createFirstProbe({
    ...probing,
    ...{ gate: gates.first, enqueue: jobs.enqueue, after, idleMs },
  });
  /** If any worker has no number, as one of an older version, it gets nothing from queues of shares. */
  const workers = async () => {
    const numbers = alive();
    return numbers.length > 1 && Number(await jobs.workers().catch(() => null)) > numbers.length
      ? []
      : numbers;
  };
  /** Why the last sweep failed here; null if none did, or one has succeeded since. */
  let sweepProblem: string | null = null;
  const handlers = {
    sweep: async (slot: number, signal: AbortSignal) => {
      const ports = {
        domains: reader.domains,
        count: reader.count,
        enqueue: jobs.enqueue,
        enqueueFirst: jobs.enqueueFirst,
        workers,
        startedAt: reader.markSweep,
        clock,
        journal,
      };
      try {
        await sweep(slot, settings.now().intervalMs, ports, signal);
        sweepProblem = null;
      } catch (error) {
        if (!signal.aborted) sweepProblem = `the last sweep failed: ${(error as Error).message}`;
        throw error;
      }
    },
    passOn: (batch: Batch) => jobs.enqueue([batch]),
    batch: (run: BatchRun, lane: Lane, signals: BatchSignals) =>
      probeBatch(run, settings.now(), { ...probing, gate: gates[lane] }, signals),
    first: (job: SingleProbe, signal: AbortSignal) => firstProbe(job, job.sweep, settings.now(), signal),
    probe: async ({ account, domain, sweep: of }: SingleProbe, signal: AbortSignal) => {
      await checkDomain({ account, domain }, of, settings.now(), probing, signal);
    },
    notices: async ({ account }: { account: string }, signal: AbortSignal) => {
      const owner = await adminStore.account(account);
      const rules = { ...settings.now().notify, ...owner?.value.notify };
      const comeAgain = async (next: number | null) => {
        const wait = next === null ? null : next - clock();
        if (wait !== null && wait <= longestNudgeMs) await jobs.nudgeAgain(account, wait);
      };
      const linger = (work: Promise<number | null>) => lingering.add(work.then(comeAgain));
      const watchStore = store.configWatchStore;
      const ports = {
        outbox,
        adminStore,
        watchStore,
        sightStore: store.sightStore,
        mailer,
        notifier,
        clock,
        journal,
        pause,
        patienceMs,
        linger,
        makeDigest: (of: string, own: NotifySettings) =>
          makeDigest(of, own, {
            ...{ digestStore: store.digestStore, outbox, clock, journal },
            statusesOf: reader.statusesOf,
          }),
      };
      await comeAgain(await deliverNotices(account, rules, ports, signal));
    },
  };
  const mended = {
    sweep: mending(handlers.sweep),
    batch: (run: BatchRun, lane: Lane, signals: BatchSignals) =>
      mending((one: BatchRun) => handlers.batch(one, lane, signals))(run, signals.signal),
    first: mending(handlers.first),
    probe: mending(handlers.probe),
    notices: mending(handlers.notices),
    passOn: handlers.passOn,
    isOnlyAccount,
  };
  const taking = createWorkers(link.redis, queuePrefix, concurrency, mended, (trouble) => {
    if (trouble.problem === 'error' && link.trouble() !== null) return;
    log.error({ event: `job_${trouble.problem}`, ...trouble }, `${trouble.queue} job: ${trouble.reason}`);
  });
  const isTaking = () => taking.trouble() === null;
  return { ...taking, isTaking, trouble: () => taking.trouble() ?? sweepProblem };
}
