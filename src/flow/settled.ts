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
  readonly status: DomainStatus;
  /** What its probe was reported as. */
  readonly probed: Extract<Happening, { kind: 'probed' }>;
  /** Milliseconds since the epoch: later it is judged anew. */
  readonly until: number;
}

/**
 * The settled domains that this process has probed. What is remembered of one is its token, its status and references to
 * its chain, some 2 KB. A domain that was not probed here for `keptMs` is forgotten.
 */
export interface SettledDomains {
  get(ref: DomainRef): Settled | undefined;
  /** null: it is not settled any more. */
  set(ref: DomainRef, settled: Settled | null): void;
}

export function createSettledDomains(keptMs: number, now: () => number): SettledDomains {
  const remembered = new Map<string, { readonly settled: Settled; readonly at: number }>();

  function forgetOld(at: number): void {
    // In the order in which they were probed last.
    for (const [name, one] of remembered) {
      if (at - one.at < keptMs) return;
      remembered.delete(name);
    }
  }

  return {
    get: (ref) => remembered.get(nameOf(ref))?.settled,
    set(ref, settled) {
      const at = now();
      const name = nameOf(ref);
      remembered.delete(name);
      if (settled !== null) remembered.set(name, { settled, at });
      forgetOld(at);
    },
  };
}

function nameOf({ account, domain }: DomainRef): string {
  return `${account} ${domain}`;
}
