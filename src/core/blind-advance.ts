/**
 * When pinwatch itself is blind: its own network or name resolution fails, or nothing probes. There is one state for each
 * account: seeing, or blind.
 *
 * - **seeing → blind, opened.** Either no domain of the installation was probed for two intervals and a minute, or
 *   everything went out of sight at once (sight.ts): of the installation, or of the account. An account whose domains are
 *   all behind one provider can't be told from an account that pinwatch can't reach; the report says whether domains of
 *   other accounts are seen. One or two hosts that fail are no blindness, unless everything else fails, too.
 * - **blind → blind, reminder.** `remindEvery` has passed.
 * - **blind → seeing, closed.** A domain of the account is seen. If only other accounts see again, this one waits until
 *   each of its domains was probed since, for two intervals and a minute at most.
 *
 * Meanwhile no `unreachable` of a domain is told; see `isBlinded`. Whatever is still unreachable at its first probe after
 * the end is told then. What was seen, such as a mismatch, is always told.
 */
import {
  type BlindIncident,
  type BlindRecord,
  type BlindReport,
  type BlindTransition,
  blindTransition,
  mostExamples,
} from './blind-incident.ts';
import type { Condition } from './condition.ts';
import { followIncident } from './follow-incident.ts';
import { fnv1a } from './hash.ts';
import type { NotifySettings } from './settings.ts';
import { isBlind, latestProbeMs, type Sight } from './sight.ts';

export interface SightLook {
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly intervalMs: number;
  /** Of the account, and of the installation. */
  readonly own: Sight;
  readonly all: Sight;
  /** Probes are due and not made. */
  readonly isIdle: boolean;
}

/** Why the account can't be watched, and since when, in milliseconds since the epoch; null: it can. */
export function blindness(
  { at, intervalMs, own, all, isIdle }: Omit<SightLook, 'account'>,
  { unreachableAfter }: Pick<NotifySettings, 'unreachableAfter'>,
): (Pick<BlindReport, 'scope' | 'cause'> & { readonly since: number }) | null {
  if (own.domains === 0) return null;
  if (isIdle) return { scope: 'installation', cause: 'no_probes', since: all.probedAt };
  if (isBlind(all, at, intervalMs, unreachableAfter)) {
    return { scope: 'installation', cause: 'nothing_seen', since: Math.min(all.lostAt, at) };
  }
  if (isBlind(own, at, intervalMs, unreachableAfter)) {
    return { scope: 'account', cause: 'nothing_seen', since: Math.min(own.lostAt, at) };
  }
  return null;
}

/** The record after a look, and the transition that led there. The report names no failures: the caller adds them. */
export function advanceBlind(
  before: BlindRecord,
  look: SightLook,
  rules: Pick<NotifySettings, 'remindEveryMs' | 'unreachableAfter'>,
): { record: BlindRecord; transition: BlindTransition | null } {
  const { at, own } = look;
  const now = blindness(look, rules);
  const open = before.incident;
  if (open === null) {
    if (now === null) return { record: before, transition: null };
    const report = reportOf(now, own);
    const incident = opened(look.account, now.since, at);
    const record = { ...before, incident, report, returnsAt: 0 };
    return { record, transition: blindTransition(incident, 'opened', report, at) };
  }
  const returnsAt = now === null ? before.returnsAt || at : 0;
  const condition = conditionOf(look, now !== null, returnsAt, before.report?.cause);
  const report = reportOf(now ?? before.report ?? fallback, own);
  const { remindEveryMs } = rules;
  const { incident, transition } = followIncident(open, condition, {
    ...{ fresh: [], mostTold: 0, at, muted: false, remindEveryMs },
  });
  if (transition === null && returnsAt === before.returnsAt) return { record: before, transition: null };
  const closedAt = incident === null ? at : before.closedAt;
  const told = transition && blindTransition(open, transition, report, at);
  return {
    record: { ...before, incident, report, returnsAt: incident === null ? 0 : returnsAt, closedAt },
    transition: told,
  };
}

const fallback = { scope: 'installation', cause: 'nothing_seen' } as const;

function conditionOf(
  { at, intervalMs, own }: SightLook,
  isStill: boolean,
  returnsAt: number,
  cause: BlindReport['cause'] | undefined,
): Condition {
  if (isStill) return 'present';
  if (own.seen > 0 || own.lost.length === 0 || cause === 'no_probes') return 'absent';
  const wereProbed = own.lostProbedAt > returnsAt || at - returnsAt > latestProbeMs(intervalMs);
  return wereProbed ? 'absent' : 'unknown';
}

function reportOf({ scope, cause }: Pick<BlindReport, 'scope' | 'cause'>, own: Sight): BlindReport {
  const { domains, seen, lost } = own;
  return {
    scope,
    cause,
    domains,
    seen,
    lost: lost.length,
    examples: lost.slice(0, mostExamples),
    failures: [],
  };
}

function opened(account: string, since: number, at: number): BlindIncident {
  return {
    id: `${since.toString(36)}-${fnv1a(`${account} blind`).toString(36)}`,
    ...{ kind: 'blind', severity: 'critical', since, toldAt: at, told: [] },
  };
}
