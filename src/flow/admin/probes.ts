import type { Verdict } from '../../core/check.ts';
import type { DomainRef } from '../probe-store.ts';
import type { AdminStore } from './admin-store.ts';
import { done, type Outcome, refuse } from './outcome.ts';

/** A probe requested by a user. */
export interface Ticket {
  readonly id: string;
  readonly domain: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** As recorded; null until then, and if the domain has been removed. */
  readonly verdict: Verdict | null;
}

/** The queue's side of requested probes. */
export interface ProbeDesk {
  /** Puts them ahead of all scheduled ones. While a requested probe of a domain waits or runs, gives its id again. */
  request(refs: readonly DomainRef[]): Promise<{ readonly ref: DomainRef; readonly id: string }[]>;
  /** null: unknown, of another account, or finished over an hour ago. */
  ticket(account: string, id: string): Promise<Ticket | null>;
  /** Yields each ticket as it ends; ends when all have, or with the signal. */
  follow(account: string, ids: readonly string[], signal: AbortSignal): AsyncIterable<Ticket>;
}

export interface ProbePorts {
  readonly adminStore: AdminStore;
  readonly desk: ProbeDesk;
}

/** Requests probes of some domains of an account, or of all if null. `mayAsk` gets their number, and may refuse. */
export async function requestProbes<Reached>(
  account: string,
  domains: readonly string[] | null,
  mayAsk: (count: number) => Promise<Reached | null>,
  { adminStore, desk }: ProbePorts,
): Promise<Outcome<Ticket[]> | { readonly reached: Reached }> {
  if ((await adminStore.account(account)) === null) return refuse('not_found', `no account "${account}"`);
  const known = new Set(await adminStore.domainNames(account, domains));
  const unknown = domains?.find((domain) => !known.has(domain));
  if (unknown !== undefined) return refuse('not_found', `no domain "${unknown}"`);
  const refs = [...known].map((domain) => ({ account, domain }));
  const reached = await mayAsk(refs.length);
  if (reached !== null) return { reached };
  const requested = await desk.request(refs);
  return done(requested.map(({ ref, id }) => ({ id, domain: ref.domain, state: 'waiting', verdict: null })));
}
