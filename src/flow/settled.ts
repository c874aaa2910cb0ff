import { createAged } from '../core/aged.ts';
import type { DomainStatus } from '../core/domain-status.ts';
import { createLru } from '../core/lru.ts';
import type { Observation } from '../core/observation.ts';
import type { Happening } from './journal.ts';
import type { ObservedDomain } from './observe.ts';
import type { DomainRef, StoreToken } from './probe-store.ts';

/** A domain that another probe which sees the same would leave as it is. */
export interface Settled {
  readonly token: StoreToken;
  /** As it is probed: with the platforms that count for it, and without its pins. */
  readonly domain: ObservedDomain;
  readonly observations: readonly Observation[];
  /** As of the probe that judged it. */
  readonly status: DomainStatus;
  readonly report: Report;
  /** Milliseconds since the epoch: later it is judged anew. */
  readonly until: number;
}

/** What its probe was reported as, of whichever domain. */
export type Report = Omit<Extract<Happening, { kind: 'probed' }>, 'ref' | 'seconds'>;

/** Most domains have the same. */
const sharedReports = 1_000;

/**
 * The settled domains that this process has probed. What is remembered of one is how it is probed, its status and references
 * to its chain, some 1.1 KB. A domain that was not probed here for `keptMs` is forgotten within as long again.
 */
export interface SettledDomains {
  get(ref: DomainRef): Settled | undefined;
  /** null: it is not settled any more. */
  set(ref: DomainRef, settled: Settled | null): void;
}

export function createSettledDomains(keptMs: number, now: () => number): SettledDomains {
  const remembered = createAged<Settled>(keptMs);
  const reports = createLru<Report>(sharedReports);

  /** One object for all that are equal: what is remembered of a million domains is a burden on the garbage collector. */
  function shared(report: Report): Report {
    const text = JSON.stringify(report);
    const known = reports.get(text) ?? report;
    reports.set(text, known);
    return known;
  }

  return {
    get: (ref) => remembered.get(nameOf(ref), now()),
    set(ref, settled) {
      if (settled === null) remembered.delete(nameOf(ref));
      else remembered.set(nameOf(ref), { ...settled, report: shared(settled.report) }, now());
    },
  };
}

function nameOf({ account, domain }: DomainRef): string {
  return `${account} ${domain}`;
}
