import { fnv1a } from '../core/hash.ts';
import { mostSkewMs, toleratedAheadMs } from '../core/stored-time.ts';
import type { Journal } from './journal.ts';
import type { DomainRef } from './probe-store.ts';

export interface SweptDomain extends DomainRef {
  /** Milliseconds since the epoch, 0 for never. */
  readonly lastProbeAt: number;
}

export interface PlannedProbe {
  readonly ref: DomainRef;
  readonly sweep: string;
  readonly delayMs: number;
  /**
   * `first`: never probed yet, so nothing is known about it. `late`: it should have been probed before, or the last
   * time is unknown, so it does not wait for the job of an earlier round, which may be lost.
   */
  readonly sort: 'scheduled' | 'first' | 'late';
}

export interface SweepPorts {
  /** Every registered domain, in batches. */
  readonly domains: () => AsyncIterable<readonly SweptDomain[]>;
  /** Adds one job for each; a domain whose last job still waits or runs gets none. */
  readonly enqueue: (probes: readonly PlannedProbe[]) => Promise<void>;
  readonly startedAt: (now: number) => Promise<void>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/**
 * One round over all domains: plans a probe of each at its own fixed time within the interval.
 * `slot` is when the round was scheduled for, in milliseconds since the epoch; it names the sweep.
 */
export async function sweep(
  slot: number,
  intervalMs: number,
  ports: SweepPorts,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = ports.clock();
  await ports.startedAt(startedAt);
  let domains = 0;
  let late = 0;
  for await (const batch of ports.domains()) {
    signal.throwIfAborted();
    const planned = batch.map((domain) => plan(domain, slot, intervalMs, startedAt));
    await ports.enqueue(planned);
    domains += planned.length;
    late += planned.filter(({ sort }) => sort === 'late').length;
  }
  const seconds = Math.max(0, ports.clock() - startedAt) / 1000;
  ports.journal({ kind: 'swept', sweep: String(slot), domains, late, seconds });
}

/** A domain has the same time in every sweep, so that it is probed exactly once per interval and load is even. */
function plan(domain: SweptDomain, slot: number, intervalMs: number, now: number): PlannedProbe {
  const { account, lastProbeAt } = domain;
  const ref = { account, domain: domain.domain };
  const offset = fnv1a(`${account}/${domain.domain}`) % Math.ceil(intervalMs * spread);
  if (lastProbeAt === 0) return { ref, sweep: String(slot), delayMs: 0, sort: 'first' };
  const late = now - lastProbeAt > 2 * intervalMs + graceMs;
  if (late) return { ref, sweep: String(slot), delayMs: 0, sort: 'late' };
  // From a clock that has been set back since. It affects all domains of that round, and not all need probing at once.
  const unknown = lastProbeAt > now + mostSkewMs;
  // A round that is due by such a clock starts now.
  const begin = slot > now + toleratedAheadMs(intervalMs) ? now : slot;
  const delayMs = Math.max(0, begin + offset - now);
  return { ref, sweep: String(slot), delayMs, sort: unknown ? 'late' : 'scheduled' };
}

/**
 * The part of the interval that probes are spread over. The rest lets the last of them finish: a domain whose job still
 * waits when the next round is planned gets no second job, and would be probed only every other round.
 */
const spread = 0.9;

/** Added to two rounds without a result: the time for a probe, its confirmation and its wait in the queue. */
const graceMs = 60_000;
