import { createAged } from '../core/aged.ts';
import type { Domain } from '../core/domain.ts';
import type { DomainStatus } from '../core/domain-status.ts';
import type { Observation } from '../core/observation.ts';
import type { Happening } from './journal.ts';
import type { DomainRef, StoreToken } from './probe-store.ts';

/** A domain that another probe which sees the same would leave as it is. */
export interface Settled {
  readonly token: StoreToken;
  /** As it is probed: with the platforms that count for it. */
  readonly domain: Domain;
  readonly observations: readonly Observation[];
  /** As of the probe that judged it. */
  readonly status: DomainStatus;
  /** What its probe was reported as. */
  readonly probed: Extract<Happening, { kind: 'probed' }>;
  /** Milliseconds since the epoch: later it is judged anew. */
  readonly until: number;
}

/**
 * The settled domains that this process has probed. What is remembered of one is its settings, its status and references
 * to its chain, some 1.7 KB. A domain that was not probed here for `keptMs` is forgotten.
 */
export interface SettledDomains {
  get(ref: DomainRef): Settled | undefined;
  /** null: it is not settled any more. */
  set(ref: DomainRef, settled: Settled | null): void;
}

export function createSettledDomains(keptMs: number, now: () => number): SettledDomains {
  const remembered = createAged<Settled>(keptMs);
  return {
    get: (ref) => remembered.get(nameOf(ref), now()),
    set(ref, settled) {
      if (settled === null) remembered.delete(nameOf(ref));
      else remembered.set(nameOf(ref), settled, now());
    },
  };
}

function nameOf({ account, domain }: DomainRef): string {
  return `${account} ${domain}`;
}
