import { statusSeenAgain } from '../core/domain-status.ts';
import type { Observation } from '../core/observation.ts';
import { isSameLook } from '../core/unchanged.ts';
import type { BatchedDomain } from './batches.ts';
import { type CheckDomainPorts, type CheckDomainSettings, checkDomain } from './check-domain.ts';
import { type EndpointGate, usualEndpoints } from './endpoint-gate.ts';
import type { DomainRef, Found, ProbeStore, Touch } from './probe-store.ts';
import type { Settled, SettledDomains } from './settled.ts';

export interface ProbeBatchPorts extends CheckDomainPorts {
  readonly probeStore: ProbeStore;
  readonly settled: SettledDomains;
  readonly gate: EndpointGate;
  /** Milliseconds by a monotonic clock: a clock that is set back must not hold up the rest of a batch. */
  readonly steady: () => number;
}

export interface BatchRun {
  /** null: it belongs to none. */
  readonly sweep: string | null;
  /** The earliest first. */
  readonly domains: readonly BatchedDomain[];
  /**
   * Milliseconds since the epoch: a domain that was probed since then is left out, as one of a batch that another worker
   * had begun. null: none was.
   */
  readonly skipProbedSince: number | null;
}

export interface BatchSignals {
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Aborts with `signal`, or before it when the process is to end in good order. */
  readonly stopping: AbortSignal;
}

/**
 * Probes the domains of a batch, each at its own moment. What they are is read in one step before the first, and that they
 * are as they were is written in few; one that changed is recorded at once.
 *
 * When `stopping` aborts, nothing more is begun; those that were not are returned. Rejects after all have ended if one of
 * them failed: the batch can be run again.
 */
export async function probeBatch(
  { sweep, domains, skipProbedSince }: BatchRun,
  settings: CheckDomainSettings,
  ports: ProbeBatchPorts,
  { signal, stopping }: BatchSignals,
): Promise<readonly BatchedDomain[]> {
  const { probeStore, settled, clock } = ports;
  const startedAt = ports.steady();
  const wanted = domains.map((ref) => ({
    ref,
    known: skipProbedSince === null ? settled.get(ref) : undefined,
  }));
  const found = await probeStore.loadMany(wanted.map(({ ref, known }) => ({ ref, known: known?.token })));
  const touches = createTouches(ports, sweep, settings, signal);
  const notBegun: BatchedDomain[] = [];

  async function probe(one: BatchedDomain, state: Found, known: Settled | undefined): Promise<void> {
    const { account, domain } = one;
    const ref = { account, domain };
    let leave: () => void;
    try {
      leave = await ports.gate.enter(account, endpointsOf(state, known), stopping);
    } catch (error) {
      if (signal.aborted || !stopping.aborted) throw error;
      notBegun.push(one);
      return;
    }
    try {
      await probeNow(ref, state);
    } finally {
      leave();
    }
  }

  async function probeNow(ref: DomainRef, state: Found): Promise<void> {
    if (state.is === 'loaded') {
      await checkDomain(ref, sweep, settings, ports, signal, state);
      return;
    }
    const known = settled.get(ref);
    const begunAt = clock();
    if (known === undefined || begunAt >= known.until) {
      await checkDomain(ref, sweep, settings, ports, signal);
      return;
    }
    const seen = await ports.observe(known.domain, {}, signal);
    const at = clock();
    if (isSameLook(known.observations, seen) && at < known.until && begunAt <= at) {
      await touches.add(ref, known, seen, at, (at - begunAt) / 1000);
    } else {
      const loaded = await probeStore.load(ref);
      // Of a domain that was changed since, what was looked at may be something else.
      const isOld = loaded?.token.settings !== known.token.settings;
      await checkDomain(ref, sweep, settings, ports, signal, { loaded, seen: isOld ? undefined : seen });
    }
  }

  const failures: unknown[] = [];
  const fail = (error: unknown) => void failures.push(error);
  const begun: Promise<void>[] = [];
  // Nothing is made of a domain before its moment: what then waits for seconds is no longer cheap to collect as garbage.
  for (const [index, one] of domains.entries()) {
    const state = found[index] ?? { is: 'gone' };
    if (state.is === 'gone' || wasProbed(state, skipProbedSince)) continue;
    // What another worker had begun is late already.
    const waitMs = skipProbedSince === null ? one.afterMs - (ports.steady() - startedAt) : 0;
    try {
      if (waitMs > 0) await ports.pause(waitMs, stopping);
    } catch (error) {
      if (signal.aborted || !stopping.aborted) fail(error);
      else notBegun.push(...domains.slice(index));
      break;
    }
    begun.push(probe(one, state, wanted[index]?.known).catch(fail));
  }
  await Promise.all(begun);
  await touches.flush();
  if (failures.length > 0) throw failures[0];
  return notBegun.toSorted((a, b) => a.afterMs - b.afterMs);
}

function endpointsOf(state: Found, known: Settled | undefined): number {
  const last = state.is === 'loaded' ? state.loaded.record.lastCheck?.endpoints : known?.observations;
  return Math.max(1, last?.length ?? usualEndpoints);
}

function wasProbed(state: Found, since: number | null): boolean {
  return since !== null && state.is === 'loaded' && state.loaded.record.lastProbeAt >= since;
}

interface Pending extends Touch {
  readonly known: Settled;
  readonly at: number;
  readonly seconds: number;
}

/** How long a probe that saw the same may wait to be written, and how many at most. */
const longestMs = 1_000;
const most = 50;

/** Gathers probes that saw the same, to write them in one step. */
function createTouches(
  ports: ProbeBatchPorts,
  sweep: string | null,
  settings: CheckDomainSettings,
  signal: AbortSignal,
) {
  let pending: Pending[] = [];

  async function flush(): Promise<void> {
    const touches = pending;
    if (touches.length === 0) return;
    pending = [];
    const answers = await ports.probeStore.touch(touches);
    for (const [index, { ref, known, seconds }] of touches.entries()) {
      if (answers[index] === 'stored') ports.journal({ ...known.report, ref, seconds });
      else {
        // Somebody has changed it meanwhile: it is probed as it is now.
        await checkDomain(ref, sweep, settings, ports, signal);
      }
    }
  }

  return {
    async add(
      ref: DomainRef,
      known: Settled,
      seen: readonly Observation[],
      at: number,
      seconds: number,
    ): Promise<void> {
      pending.push({
        ref,
        known,
        at,
        seconds,
        token: known.token,
        status: statusSeenAgain(known.status, seen, at),
      });
      const [first] = pending;
      if (pending.length >= most || (first !== undefined && at - first.at >= longestMs)) await flush();
    },
    flush,
  };
}
