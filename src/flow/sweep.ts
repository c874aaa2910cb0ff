import { fnv1a } from '../core/hash.ts';
import { shareOf } from '../core/share.ts';
import { mostSkewMs, toleratedAheadMs } from '../core/stored-time.ts';
import { type Batch, createBatcher, type Placed } from './batches.ts';
import type { Journal } from './journal.ts';
import type { DomainRef } from './probe-store.ts';

export interface SweptDomain extends DomainRef {
  /** Milliseconds since the epoch, 0 for never. */
  readonly lastProbeAt: number;
  /** Its last probe waited for deadlines. */
  readonly slow: boolean;
}

export interface SweepPorts {
  /** About how many domains are registered. */
  readonly count: () => Promise<number>;
  /** Every registered domain, some at a time. */
  readonly domains: () => AsyncIterable<readonly SweptDomain[]>;
  /** Adds one job for each domain that was never probed; one whose first job still waits or runs gets no second one. */
  readonly enqueueFirst: (refs: readonly DomainRef[], sweep: string) => Promise<void>;
  /** Adds one job for each batch; one whose job of the last round still waits gets no second one. */
  readonly enqueue: (batches: readonly Batch[]) => Promise<void>;
  /** The numbers of the workers that domains are shared out to; fewer than two: any worker gets any domain. */
  readonly workers: () => Promise<readonly number[]>;
  readonly startedAt: (now: number) => Promise<void>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/**
 * One round over all domains: plans a probe of each at its own fixed moment of the interval, neighbours in one job.
 * `slot` is when the round was scheduled for, in milliseconds since the epoch; it names the sweep.
 */
export async function sweep(
  slot: number,
  intervalMs: number,
  ports: SweepPorts,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = ports.clock();
  const name = String(slot);
  await ports.startedAt(startedAt);
  const workers = await ports.workers();
  const batcher = createBatcher(name, intervalMs, await ports.count(), Math.max(1, workers.length));
  let domains = 0;
  let late = 0;
  for await (const some of ports.domains()) {
    signal.throwIfAborted();
    const first: DomainRef[] = [];
    const full: Batch[] = [];
    for (const { account, domain, lastProbeAt, slow } of some) {
      if (lastProbeAt === 0) {
        first.push({ account, domain });
        continue;
      }
      const planned = place({ account, domain, lastProbeAt, slow }, slot, intervalMs, startedAt, workers);
      if (planned.late) late += 1;
      const batch = batcher.add(planned);
      if (batch !== null) full.push(batch);
    }
    domains += some.length;
    if (first.length > 0) await ports.enqueueFirst(first, name);
    if (full.length > 0) await ports.enqueue(full);
  }
  const rest = batcher.rest();
  for (let start = 0; start < rest.length; start += jobsAtATime) {
    signal.throwIfAborted();
    await ports.enqueue(rest.slice(start, start + jobsAtATime));
  }
  const seconds = Math.max(0, ports.clock() - startedAt) / 1000;
  ports.journal({ kind: 'swept', sweep: name, domains, late, seconds });
}

/** Few enough to block neither Redis nor this process. */
const jobsAtATime = 100;

/** A domain has the same time in every sweep, so that it is probed exactly once per interval and load is even. */
function place(
  { lastProbeAt, slow, ...ref }: SweptDomain,
  slot: number,
  intervalMs: number,
  now: number,
  workers: readonly number[],
): Placed {
  const hash = fnv1a(`${ref.account}/${ref.domain}`);
  const offsetMs = hash % Math.ceil(intervalMs * spread);
  const lane = slow ? 'slow' : 'ready';
  // One that is late is for any worker, because its own did not get to it.
  if (now - lastProbeAt > 2 * intervalMs + graceMs) {
    return { ...ref, lane, worker: null, late: true, offsetMs, delayMs: 0 };
  }
  // From a clock that has been set back since. It affects all domains of that round, and not all need probing at once.
  const unknown = lastProbeAt > now + mostSkewMs;
  // A round that is due by such a clock starts now.
  const begin = slot > now + toleratedAheadMs(intervalMs) ? now : slot;
  // Of those that wait for deadlines little is remembered.
  const worker = slow ? null : shareOf(hash, workers);
  return { ...ref, lane, worker, late: unknown, offsetMs, delayMs: Math.max(0, begin + offsetMs - now) };
}

/**
 * The part of the interval that probes are spread over. The rest lets the last of them finish: a domain whose job still
 * waits when the next round is planned gets no second job, and would be probed only every other round.
 */
const spread = 0.9;

/** Added to two rounds without a result: the time for a probe, its confirmation and its wait in the queue. */
const graceMs = 60_000;
