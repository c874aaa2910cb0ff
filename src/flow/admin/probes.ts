import type { Verdict } from '../../core/check.ts';
import type { DomainRef } from '../probe-store.ts';
import type { AdminStore } from './admin-store.ts';
import { done, type Outcome, unknownAccount, unknownDomain } from './outcome.ts';

/** A probe that somebody asked for. */
export interface Ticket {
  readonly id: string;
  readonly domain: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Of what was recorded; null until then, and where the domain was removed meanwhile. */
  readonly verdict: Verdict | null;
}

/** The queue's side of probes that somebody asks for. */
export interface ProbeDesk {
  /** Puts them ahead of all scheduled ones. A domain whose asked-for probe still waits or runs gives the same id again. */
  request(refs: readonly DomainRef[]): Promise<{ readonly ref: DomainRef; readonly id: string }[]>;
  /** null: unknown, or of another account, or done for over an hour. */
  ticket(account: string, id: string): Promise<Ticket | null>;
  /** Resolves with each ticket as it ends, in that order; ends when all have, or with the signal. */
  follow(account: string, ids: readonly string[], signal: AbortSignal): AsyncIterable<Ticket>;
}

export interface ProbePorts {
  readonly adminStore: AdminStore;
  readonly desk: ProbeDesk;
}

/** Asks for probes of some domains of an account, or with null of all; `mayAsk` is told how many that are, and may say no. */
export async function requestProbes<Reached>(
  account: string,
  domains: readonly string[] | null,
  mayAsk: (count: number) => Promise<Reached | null>,
  { adminStore, desk }: ProbePorts,
): Promise<Outcome<Ticket[]> | { readonly reached: Reached }> {
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const known = new Set(await adminStore.domainNames(account, domains));
  const unknown = domains?.find((domain) => !known.has(domain));
  if (unknown !== undefined) return unknownDomain(unknown);
  const refs = [...known].map((domain) => ({ account, domain }));
  const reached = await mayAsk(refs.length);
  if (reached !== null) return { reached };
  const requested = await desk.request(refs);
  return done(requested.map(({ ref, id }) => ({ id, domain: ref.domain, state: 'waiting', verdict: null })));
}
