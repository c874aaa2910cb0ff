import type { DomainRef } from './probe-store.ts';

/** A domain in a batch, and when its probe begins: so many milliseconds after the batch's first. */
export interface BatchedDomain extends DomainRef {
  readonly afterMs: number;
}

/**
 * `ready`: the usual. `slow`: its last probe waited for deadlines, so it is probed apart from those that answer, which it
 * would hold up.
 */
export const lanes = ['ready', 'slow'] as const;
export type Lane = (typeof lanes)[number];

/** Domains with neighbouring moments, of whichever accounts: one job. */
export interface Batch {
  /** The same in every round while the domains are the same: a batch that still waits gets no second one. */
  readonly name: string;
  /** null: it belongs to none. */
  readonly sweep: string | null;
  readonly lane: Lane;
  /** The number of the worker whose share its domains are; null: it is for any. */
  readonly worker: number | null;
  /** From now until the first of its domains is due. */
  readonly delayMs: number;
  /** The earliest first; 1 to `mostInBatch`. */
  readonly domains: readonly BatchedDomain[];
}

export const mostInBatch = 50;

/** A batch spans so much of the interval at least and at most: the fewer domains there are, the longer it is. */
const [least, most] = [1 / 900, 1 / 15];

/**
 * About so many batches of each worker run at a time, if there are enough domains. The more there are, the fewer are not
 * full, but the more of what they have loaded is in memory.
 */
const atATime = 50;

/** A domain to be put into a batch. */
export interface Placed extends DomainRef {
  readonly lane: Lane;
  /** The number of the worker whose share it is in; null: it is for any. */
  readonly worker: number | null;
  /** It does not wait for the batch of an earlier round. */
  readonly late: boolean;
  /** Its fixed moment within the interval, in milliseconds. */
  readonly offsetMs: number;
  /** From now until it is due; 0 if that is over. */
  readonly delayMs: number;
}

/**
 * Gathers domains into batches, with as many in memory as the slices of one interval have places. About `expected` of them
 * are shared out to so many workers.
 */
export function createBatcher(sweep: string, intervalMs: number, expected: number, workers: number) {
  const share = Math.min(most, Math.max(least, (atATime * mostInBatch * workers) / Math.max(1, expected)));
  const sliceMs = Math.max(1, intervalMs * share);
  const open = new Map<string, { readonly placed: Placed[]; count: number }>();

  function cut(slice: string, placed: readonly Placed[], count: number): Batch {
    const sorted = placed.toSorted((a, b) => a.delayMs - b.delayMs);
    const first = sorted[0];
    if (first === undefined) throw new TypeError('expected a domain in a batch, found none');
    const domains = sorted.map(({ account, domain, delayMs }) => ({
      ...{ account, domain },
      afterMs: delayMs - first.delayMs,
    }));
    return {
      name: `${slice} ${count}`,
      sweep,
      lane: first.lane,
      worker: first.worker,
      delayMs: first.delayMs,
      domains,
    };
  }

  return {
    /** The batch that is full with it; null: it waits for others. */
    add(one: Placed): Batch | null {
      const kind = `${one.late ? 'late ' : ''}${one.lane}${one.worker === null ? '' : ` of ${one.worker}`}`;
      const slice = `${kind} ${Math.floor(one.offsetMs / sliceMs)}`;
      const batch = open.get(slice) ?? { placed: [], count: 0 };
      open.set(slice, batch);
      batch.placed.push(one);
      if (batch.placed.length < mostInBatch) return null;
      const full = cut(slice, batch.placed, batch.count);
      batch.placed.length = 0;
      batch.count += 1;
      return full;
    },

    /** Those that did not become full. */
    rest(): Batch[] {
      return [...open].flatMap(([slice, { placed, count }]) =>
        placed.length === 0 ? [] : [cut(slice, placed, count)],
      );
    },
  };
}
