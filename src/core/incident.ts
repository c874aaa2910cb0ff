/**
 * Incidents: what becomes of a domain's findings from probe to probe.
 *
 * For each domain and kind there is one state: quiet, suspected, or open.
 *
 * - **quiet → open.** The condition is present and its patience is used up. Patience differs by kind:
 *   `pin_mismatch` and `untrusted` want one confirming probe on fresh connections (two of two see it);
 *   `unreachable` wants `unreachableAfter` sweeps in a row; `no_backup_pin` wants to have lasted `backupPinEvery`;
 *   `certificate_expiring` wants nothing, a date does not flicker.
 * - **quiet → suspected.** The first probe saw the condition and the confirming one could not tell. The next probe that
 *   sees it again opens the incident; the next one that does not, forgets it.
 * - **open → open, changed.** A fact that was never told of this incident is there: another key, part instead of all,
 *   another reason for distrust. Facts already told are not told again, so that an address that flaps does not mail.
 * - **open → open, reminder.** `remindEvery` since it was last told, whatever the probe could see.
 * - **open → quiet, closed.** One probe that could tell, and found the condition gone. A probe that could not tell
 *   (nothing judged, or the very endpoints that were bad have failed) neither opens nor closes.
 *
 * An incident that somebody has acknowledged sends no reminders until its facts change. While a domain is muted, nothing
 * of it is told: what opened meanwhile and still stands is told as opened when the mute ends, what closed meanwhile was
 * never anybody's concern. An incident that had been told before has its recovery told, muted or not.
 *
 * Each arrow but the one to *suspected* is a transition, and owes the account a notice. `advance` is a function of what
 * is stored and what was seen: a probe job that runs twice finds the state it left and makes no second transition.
 */
import type { Check } from './check.ts';
import { rfc3339 } from './clock.ts';
import {
  badEndpoints,
  type Condition,
  conditionOf,
  factsOf,
  type IncidentKind,
  incidentKinds,
  severityOf,
} from './condition.ts';
import { type Domain, domainName } from './domain.ts';
import type { Explanation, MissingIssuer } from './explanation.ts';
import type { Severity } from './finding.ts';
import { fnv1a } from './hash.ts';
import type { NotifySettings } from './settings.ts';
import type { Judgement } from './verdict.ts';

export { type IncidentKind, incidentKinds } from './condition.ts';

export interface Incident {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly severity: Severity;
  /** Milliseconds since the epoch: when the condition was first seen. */
  readonly since: number;
  /** When it was last told; 0: not yet, for the domain was muted. */
  readonly toldAt: number;
  /** The facts told so far; a new one makes a `changed`. */
  readonly told: readonly string[];
  /** `address keyType` of the endpoints that were bad when last judged: it can't close while these fail. */
  readonly endpoints: readonly string[];
  /** Somebody is at it: no reminders until the facts change. */
  readonly acknowledged?: Acknowledgement;
}

export interface Acknowledgement {
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly note: string;
}

/** What became of an incident, with the facts of that moment: what a notice tells. */
export interface Transition extends Explanation {
  /** The incident's id: stable over all its transitions. */
  readonly incident: string;
  readonly kind: IncidentKind;
  readonly transition: 'opened' | 'changed' | 'reminder' | 'closed';
  readonly severity: Severity;
  /** `domainName()` of the domain. */
  readonly domain: string;
  /** RFC 3339, UTC: when it was first seen. */
  readonly since: string;
  /** RFC 3339, UTC: when this transition happened. */
  readonly at: string;
  readonly check: Check;
  /** Left out where the domain is probed as any other. */
  readonly own?: OwnProbing;
}

/** What the domain's own settings change in a probe, and a check by hand has to be told to see the same. */
export interface OwnProbing {
  /** Private roots replace the trust store. */
  readonly roots: boolean;
  /** Addresses that replace name resolution; empty where none do. */
  readonly connect: readonly string[];
}

/** The part of a domain's record that the state machine reads and writes. */
export interface IncidentState {
  readonly incidents: { readonly [kind in IncidentKind]?: Incident };
  /** Kinds in the state *suspected*. */
  readonly suspected: readonly IncidentKind[];
  /** Since when the condition of a kind that needs patience has been there without a break. */
  readonly pending: { readonly [kind in IncidentKind]?: number };
  readonly unreachableSweeps: number;
  /** The last sweep that was counted: a job that runs twice counts once. */
  readonly countedSweep: string | null;
}

export const quiet: IncidentState = {
  incidents: {},
  suspected: [],
  pending: {},
  unreachableSweeps: 0,
  countedSweep: null,
};

/** A judged probe as it enters the state machine. */
export interface Probe {
  readonly account: string;
  readonly judgement: Judgement;
  /** Where the probe was confirmed, the judgement of the first look; `judgement` is then that of the second. */
  readonly firstLook: Judgement | null;
  /** The sweep it belongs to; null for a probe that somebody asked for. */
  readonly sweep: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Nothing of the domain is told now: maintenance. */
  readonly muted?: boolean;
  readonly own?: OwnProbing;
  /** As it is registered: who added which pin, and how it is probed. */
  readonly domain?: Domain;
  readonly missingIssuer?: MissingIssuer | null;
}

/** Opening or changing one of these is worth a second look on fresh connections first. */
const confirmedKinds: readonly IncidentKind[] = ['pin_mismatch', 'untrusted'];

/** Told facts are kept to recognise what is new; a hostile server that shows a new key each time must not grow them. */
const toldLimit = 100;

/** A probe that would open or change something grave must be seen twice before it is told. */
export function needsConfirming(state: IncidentState, judgement: Judgement): boolean {
  return confirmedKinds.some((kind) => {
    if (
      conditionOf(kind, judgement.check, state.incidents[kind]?.endpoints) !== 'present' ||
      state.suspected.includes(kind)
    )
      return false;
    const open = state.incidents[kind];
    return open === undefined || newFacts(open, judgement).length > 0;
  });
}

/** The state after a probe, and the transitions that led there. */
export function advance(
  before: IncidentState,
  probe: Probe,
  rules: NotifySettings,
): { state: IncidentState; transitions: Transition[] } {
  const { check } = probe.judgement;
  const transitions: Transition[] = [];
  const incidents: { [kind in IncidentKind]?: Incident } = {};
  const suspected: IncidentKind[] = [];
  const pending: { [kind in IncidentKind]?: number } = {};
  const sweeps = countSweeps(before, probe);

  for (const kind of incidentKinds) {
    const open = before.incidents[kind];
    const condition = conditionOf(kind, check, open?.endpoints);
    const since = before.pending[kind] ?? probe.at;
    const tell = (transition: Transition['transition'], incident: Incident) =>
      transitions.push(tellOf(transition, incident, probe));

    if (open) {
      const { incident, transition } = follow(open, condition, probe, rules);
      if (transition) tell(transition, incident ?? open);
      if (incident) incidents[kind] = incident;
      continue;
    }
    if (condition === 'absent') continue;
    if (condition === 'present' || before.pending[kind] !== undefined) pending[kind] = since;
    if (condition === 'present' && isPatienceUsedUp(kind, since, sweeps, before, probe, rules)) {
      const incident = openIncident(kind, since, probe);
      incidents[kind] = incident;
      delete pending[kind];
      if (!probe.muted) tell('opened', incident);
    } else if (confirmedKinds.includes(kind) && isSuspect(kind, condition, before, probe)) {
      suspected.push(kind);
    }
  }
  return { state: { incidents, suspected, pending, ...sweeps }, transitions };
}

/** An open incident meets the next probe. */
function follow(
  open: Incident,
  condition: Condition,
  { judgement, at, muted = false }: Probe,
  rules: NotifySettings,
): { incident: Incident | null; transition: Transition['transition'] | null } {
  const wasTold = open.toldAt > 0;
  if (condition === 'absent') return { incident: null, transition: wasTold ? 'closed' : null };
  const present = condition === 'present';
  const incident = present ? { ...open, endpoints: badEndpoints(open.kind, judgement.check) } : open;
  if (muted) return { incident, transition: null };
  const fresh = present ? newFacts(open, judgement) : [];
  const told = [...open.told, ...fresh].slice(-toldLimit);
  if (!wasTold) return { incident: { ...incident, told, toldAt: at }, transition: 'opened' };
  if (fresh.length > 0) {
    const { acknowledged: _answersOtherFacts, ...unanswered } = incident;
    return { incident: { ...unanswered, told, toldAt: at }, transition: 'changed' };
  }
  const every = open.kind === 'no_backup_pin' ? rules.backupPinEveryMs : rules.remindEveryMs;
  if (open.acknowledged === undefined && at - open.toldAt >= every) {
    return { incident: { ...incident, toldAt: at }, transition: 'reminder' };
  }
  return { incident, transition: null };
}

function isPatienceUsedUp(
  kind: IncidentKind,
  since: number,
  { unreachableSweeps }: Pick<IncidentState, 'unreachableSweeps'>,
  before: IncidentState,
  { firstLook, at }: Probe,
  rules: NotifySettings,
): boolean {
  switch (kind) {
    case 'pin_mismatch':
    case 'untrusted': {
      const seenTwice = firstLook !== null && conditionOf(kind, firstLook.check) === 'present';
      return seenTwice || before.suspected.includes(kind);
    }
    case 'unreachable':
      return unreachableSweeps >= rules.unreachableAfter;
    case 'certificate_expiring':
      return true;
    case 'no_backup_pin':
      return at - since >= rules.backupPinEveryMs;
    default:
      return kind satisfies never;
  }
}

function isSuspect(kind: IncidentKind, condition: Condition, before: IncidentState, probe: Probe): boolean {
  if (condition === 'present' || before.suspected.includes(kind)) return true;
  return probe.firstLook !== null && conditionOf(kind, probe.firstLook.check) === 'present';
}

function countSweeps(
  before: IncidentState,
  { judgement, sweep }: Probe,
): Pick<IncidentState, 'unreachableSweeps' | 'countedSweep'> {
  if (conditionOf('unreachable', judgement.check) === 'absent')
    return { unreachableSweeps: 0, countedSweep: sweep };
  if (sweep === null || sweep === before.countedSweep) {
    return { unreachableSweeps: before.unreachableSweeps, countedSweep: before.countedSweep };
  }
  return { unreachableSweeps: before.unreachableSweeps + 1, countedSweep: sweep };
}

function openIncident(kind: IncidentKind, since: number, { account, judgement, at, muted }: Probe): Incident {
  const { check } = judgement;
  const name = `${account} ${domainName(check)} ${kind}`;
  return {
    // From what it is about and since when, so that a job that runs twice makes the same incident.
    id: `${since.toString(36)}-${fnv1a(name).toString(36)}`,
    kind,
    severity: severityOf(kind, check),
    since,
    toldAt: muted ? 0 : at,
    told: factsOf(kind, judgement).slice(0, toldLimit),
    endpoints: badEndpoints(kind, check),
  };
}

function tellOf(
  transition: Transition['transition'],
  incident: Incident,
  { judgement, at, own }: Probe,
): Transition {
  const { id, kind, severity, since } = incident;
  const { check } = judgement;
  return {
    incident: id,
    kind,
    transition,
    severity,
    domain: domainName(check),
    since: rfc3339(since),
    at: rfc3339(at),
    check,
    ...(own === undefined ? {} : { own }),
  };
}

function newFacts(open: Incident, judgement: Judgement): string[] {
  return factsOf(open.kind, judgement).filter((fact) => !open.told.includes(fact));
}
