/**
 * Incidents: how a domain's findings develop from probe to probe.
 *
 * For each domain and kind there is one state: quiet, sighted, or open.
 *
 * - **quiet → sighted.** One look saw `pin_mismatch` or `untrusted`. It is kept for 24 hours, whatever is seen
 *   meanwhile: there may be many servers behind one address, and what one connection met, some app met too.
 * - **quiet or sighted → open.** The condition is present and its patience is used up. Patience differs by kind:
 *   `pin_mismatch` and `untrusted` must be seen twice on fresh connections, in one probe or within 24 hours;
 *   `unreachable` needs `unreachableAfter` sweeps in a row; `no_backup_pin` must have lasted for `backupPinEvery`;
 *   `pin_mismatch_held` must be seen by two probes in a row;
 *   `certificate_expiring` and `pins_expiring` need nothing, because a date does not flicker.
 * - **open → open, changed.** There is a fact that was never told of this incident: another key, some endpoints instead
 *   of all, another reason for distrust. Facts already told are not told again, so a flapping address sends no mail.
 * - **open → open, reminder.** `remindEvery` has passed since it was last told, whatever the probe could see.
 * - **open → quiet, closed.** Every endpoint that showed the condition since the incident opened has been judged and is
 *   well: after one clean probe, or, if its connections disagreed, after as many clean ones as trail.ts requires. What
 *   was not seen closes nothing. If the server refuses a key type by an alert, that endpoint is well: the refusal
 *   counts as one clean connection and no more, because perhaps only one of several servers lacks the key type. An
 *   address that is gone does not keep an incident open.
 *
 * An incident that comes back within 24 hours of its recovery may not have been over: a load balancer may stay with one
 * server for a while. It closes like one whose connections disagreed.
 *
 * An acknowledged incident sends no reminders until its facts change. While a domain is muted, nothing of it is told:
 * an incident that opened meanwhile and is still open is told as opened when the mute ends, and one that also closed
 * meanwhile is never told. The recovery of an incident that was told before is told, muted or not.
 *
 * Each arrow except the one to *sighted* is a transition, and owes the account a notice. `advance` is a function of
 * what is stored and what was seen: a probe job that runs twice finds the state that it left, and makes no second
 * transition.
 */

import { rfc3339 } from './clock.ts';
import {
  type Condition,
  conditionOf,
  factsOf,
  type IncidentKind,
  incidentKinds,
  isSighted,
  severityOf,
} from './condition.ts';
import { domainName, mostAddresses } from './domain.ts';
import { type Followed, followIncident } from './follow-incident.ts';
import { fnv1a } from './hash.ts';
import type { Closed, Incident, IncidentState, JudgedProbe, Transition } from './incident.ts';
import { mostPinSets } from './pin-set.ts';
import type { NotifySettings } from './settings.ts';
import {
  conditionFrom,
  disagreement,
  followTrails,
  relapsed,
  type Sighting,
  sightingKeptMs,
  type Trails,
} from './sighting.ts';
import type { SightedKind } from './tally.ts';
import type { Judgement } from './verdict.ts';

/**
 * Told facts are kept to recognise new ones; limited, because a hostile server may show a new key each time. All that one
 * probe may find have room: two for each pin set, and a key for each endpoint.
 */
const toldLimit = 2 * mostPinSets + 2 * mostAddresses;

/** The state after a probe, and the transitions that led there. */
export function advance(
  before: IncidentState,
  probe: JudgedProbe,
  rules: NotifySettings,
): { state: IncidentState; transitions: Transition[] } {
  const sweeps = countSweeps(before, probe);
  const transitions: Transition[] = [];
  const incidents: { [kind in IncidentKind]?: Incident } = {};
  const sightings: { [kind in SightedKind]?: Sighting } = {};
  const closed: { [kind in SightedKind]?: Closed | undefined } = {};
  const pending: { [kind in IncidentKind]?: number } = {};

  for (const kind of incidentKinds) {
    const open = before.incidents[kind];
    const step = isSighted(kind)
      ? stepSighted(kind, open, before, probe)
      : stepWhole(kind, open, before, probe, sweeps, rules);
    if (step.sighting !== undefined && isSighted(kind)) sightings[kind] = step.sighting;
    if (step.pendingSince !== undefined) pending[kind] = step.pendingSince;
    const { incident, transition } = open
      ? followOpen({ ...open, trails: step.trails }, step.condition, probe, rules)
      : openNew(kind, step, probe);
    if (incident) incidents[kind] = incident;
    if (isSighted(kind)) {
      const isClosed = open !== undefined && incident === null;
      closed[kind] = isClosed
        ? { closedAt: probe.at, endpoints: Object.keys(open.trails) }
        : lastClosed(before.closed[kind], probe.at);
    }
    const told = incident ?? open;
    if (transition && told) transitions.push(tellOf(transition, told, probe));
  }
  return { state: { incidents, sightings, closed, pending, ...sweeps }, transitions };
}

function lastClosed(closed: Closed | undefined, at: number): Closed | undefined {
  return closed !== undefined && at - closed.closedAt < sightingKeptMs ? closed : undefined;
}

/** The effect of a probe on one kind, before anything is told. */
interface Step {
  /** Of an open incident; if none is open, `present` opens one. */
  readonly condition: Condition;
  /** Milliseconds since the epoch: when the condition was first seen. */
  readonly since: number;
  readonly trails: Trails;
  readonly sighting?: Sighting | undefined;
  readonly pendingSince?: number | undefined;
}

function stepSighted(
  kind: SightedKind,
  open: Incident | undefined,
  { sightings, closed }: IncidentState,
  { judgement, at, sweep, remembered = [] }: JudgedProbe,
): Step {
  const { tallies } = judgement;
  const seen = { tallies, at, sweep, remembered };
  if (open) {
    const trails = followTrails(open.trails, kind, seen);
    return { condition: conditionFrom(trails, kind, tallies, at), since: open.since, trails };
  }
  const stored = sightings[kind];
  const kept = stored !== undefined && at - stored.lastAt < sightingKeptMs ? stored : undefined;
  const trails = followTrails(kept?.trails ?? {}, kind, seen);
  const since = kept?.since ?? at;
  const looks = judgement.sightings[kind];
  if (looks === 0) return { condition: 'unknown', since, trails, sighting: kept && { ...kept, trails } };
  const isSeenTwice = kind === 'certificate_expiring' || looks > 1 || kept !== undefined;
  if (isSeenTwice) {
    const recent = kind === 'certificate_expiring' ? undefined : lastClosed(closed[kind], at);
    return { condition: 'present', since, trails: relapsed(trails, recent?.endpoints ?? []) };
  }
  return { condition: 'unknown', since, trails, sighting: { since, lastAt: at, trails } };
}

function stepWhole(
  kind: Exclude<IncidentKind, SightedKind>,
  open: Incident | undefined,
  { pending }: IncidentState,
  { judgement, at }: JudgedProbe,
  { unreachableSweeps }: Pick<IncidentState, 'unreachableSweeps'>,
  rules: NotifySettings,
): Step {
  const condition = conditionOf(kind, judgement.check);
  if (open) return { condition, since: open.since, trails: {} };
  const since = pending[kind] ?? at;
  if (condition === 'absent') return { condition, since, trails: {} };
  const isPatienceUsedUp = {
    unreachable: unreachableSweeps >= rules.unreachableAfter,
    pins_expiring: true,
    pin_mismatch_held: pending[kind] !== undefined,
    no_backup_pin: at - since >= rules.backupPinEveryMs,
  }[kind];
  if (condition === 'present' && isPatienceUsedUp) return { condition, since, trails: {} };
  const isPending = condition === 'present' || pending[kind] !== undefined;
  return { condition: 'unknown', since, trails: {}, pendingSince: isPending ? since : undefined };
}

function openNew(
  kind: IncidentKind,
  { condition, since, trails }: Step,
  probe: JudgedProbe,
): Followed<Incident> {
  if (condition !== 'present') return { incident: null, transition: null };
  const incident = openIncident(kind, since, trails, probe);
  return { incident, transition: probe.muted ? null : 'opened' };
}

/** The effect of the next probe on an open incident. */
function followOpen(
  open: Incident,
  condition: Condition,
  { judgement, at, muted = false }: JudgedProbe,
  rules: NotifySettings,
): Followed<Incident> {
  const fresh = condition === 'present' ? newFacts(open, judgement) : [];
  const remindEveryMs = isSlow(open.kind) ? rules.backupPinEveryMs : rules.remindEveryMs;
  return followIncident(open, condition, { fresh, mostTold: toldLimit, at, muted, remindEveryMs });
}

/** Nothing fails for long: reminded of as seldom as of a missing backup pin. */
function isSlow(kind: IncidentKind): boolean {
  return kind === 'no_backup_pin' || kind === 'pin_mismatch_held';
}

function countSweeps(
  before: IncidentState,
  { judgement, sweep }: JudgedProbe,
): Pick<IncidentState, 'unreachableSweeps' | 'countedSweep'> {
  if (conditionOf('unreachable', judgement.check) === 'absent')
    return { unreachableSweeps: 0, countedSweep: sweep };
  if (sweep === null || sweep === before.countedSweep) {
    return { unreachableSweeps: before.unreachableSweeps, countedSweep: before.countedSweep };
  }
  return { unreachableSweeps: before.unreachableSweeps + 1, countedSweep: sweep };
}

function openIncident(
  kind: IncidentKind,
  since: number,
  trails: Trails,
  { account, judgement, at, muted }: JudgedProbe,
): Incident {
  const { check } = judgement;
  const name = `${account} ${domainName(check)} ${kind}`;
  return {
    // Derived from its subject and start, so that a job that runs twice makes the same incident.
    id: `${since.toString(36)}-${fnv1a(name).toString(36)}`,
    kind,
    severity: severityOf(kind, check),
    since,
    toldAt: muted ? 0 : at,
    told: factsOf(kind, judgement).slice(0, toldLimit),
    trails,
  };
}

function tellOf(
  transition: Transition['transition'],
  incident: Incident,
  { judgement, at, own, channels }: JudgedProbe,
): Transition {
  const { id, kind, severity, since, trails } = incident;
  const { check } = judgement;
  const connections = disagreement(trails);
  return {
    incident: id,
    kind,
    transition,
    severity,
    domain: domainName(check),
    since: rfc3339(since),
    at: rfc3339(at),
    check,
    ...(connections === null ? {} : { connections }),
    ...(own === undefined ? {} : { own }),
    ...(channels === undefined ? {} : { channels }),
  };
}

function newFacts(open: Incident, judgement: Judgement): string[] {
  return factsOf(open.kind, judgement).filter((fact) => !open.told.includes(fact));
}
