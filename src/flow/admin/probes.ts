import type { Check, Verdict } from '../../core/check.ts';
import type { DomainRef } from '../probe-store.ts';
import type { AdminStore } from './admin-store.ts';
import { done, type Outcome, unknownAccount, unknownDomain } from './outcome.ts';

/** A probe requested by a user. */
export interface Ticket {
  readonly id: string;
  readonly domain: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
}

/**
 * A probe, and the check recorded for its domain once it is done: its own, or that of a later probe. Both are null until
 * then, and if the domain has been removed.
 */
export interface ProbeAnswer extends Ticket {
  readonly verdict: Verdict | null;
  readonly check: Check | null;
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
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const known = new Set(await adminStore.domainNames(account, domains));
  const unknown = domains?.find((domain) => !known.has(domain));
  if (unknown !== undefined) return unknownDomain(unknown);
  const refs = [...known].map((domain) => ({ account, domain }));
  const reached = await mayAsk(refs.length);
  if (reached !== null) return { reached };
  const requested = await desk.request(refs);
  return done(requested.map(({ ref, id }) => ({ id, domain: ref.domain, state: 'waiting' })));
}

/** The verdict comes from the check: the job's verdict would disagree with it after a later probe. */
export async function answerProbe(
  account: string,
  ticket: Ticket,
  { adminStore }: { readonly adminStore: Pick<AdminStore, 'record'> },
): Promise<ProbeAnswer> {
  const record = ticket.state === 'done' ? await adminStore.record({ account, domain: ticket.domain }) : null;
  const check = record?.lastCheck ?? null;
  return { ...ticket, verdict: check?.verdict ?? null, check };
}

/** As `answerProbe`, without the checks, for thousands of tickets: a check may have a megabyte. */
export async function answerProbesBriefly(
  account: string,
  tickets: readonly Ticket[],
  { adminStore }: { readonly adminStore: Pick<AdminStore, 'verdicts'> },
): Promise<ProbeAnswer[]> {
  const ended = tickets.filter(({ state }) => state === 'done').map(({ domain }) => domain);
  const verdicts = await adminStore.verdicts(account, ended);
  return tickets.map((ticket) => {
    const verdict = ticket.state === 'done' ? (verdicts.get(ticket.domain) ?? null) : null;
    return { ...ticket, verdict, check: null };
  });
}
