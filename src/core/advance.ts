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
 * meanwhile is never told. The recovery of an incident that was told before is told, muted or not. While pinwatch is
 * blind (blind-advance.ts), `unreachable` is treated as if its domain were muted.
 *
 * The fourth opening of a kind within an hour is told as flapping; flapping.ts says what follows.
 *
 * Each arrow except the one to *sighted* is a transition, and owes the account a notice. `advance` is a function of
 * what is stored and what was seen: a probe job that runs twice finds the state that it left, and makes no second
 * transition.
 */

import { rfc3339 } from './clock.ts';
import {
  type Condition,
  factsOf,
  type IncidentKind,
  incidentKinds,
  isSighted,
  severityOf,
} from './condition.ts';
import { domainName, mostAddresses } from './domain.ts';
import {
  canFlap,
  type Flapping,
  type FlappingReport,
  flappingAfter,
  flappingFacts,
  flappingReport,
  flappingStep,
  type Openings,
  recentOpenings,
  withOpening,
} from './flapping.ts';
import { type Followed, followIncident } from './follow-incident.ts';
import { fnv1a } from './hash.ts';
import type { Closed, Incident, IncidentState, JudgedProbe, Transition } from './incident.ts';
import { countSweeps, lastClosed, type Step, stepSighted, stepWhole } from './incident-step.ts';
import { mostPinSets } from './pin-set.ts';
import type { NotifySettings } from './settings.ts';
import { disagreement, type Sighting, type Trails } from './sighting.ts';
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
  const openings: { [kind in IncidentKind]?: Openings } = {};

  for (const kind of incidentKinds) {
    const open = before.incidents[kind];
    const step = isSighted(kind)
      ? stepSighted(kind, open, before, probe)
      : stepWhole(kind, open, before, probe, sweeps, rules);
    if (step.sighting !== undefined && isSighted(kind)) sightings[kind] = step.sighting;
    if (step.pendingSince !== undefined) pending[kind] = step.pendingSince;
    const heard = { ...probe, muted: isSilent(kind, probe) };
    const recent = recentOpenings(before.openings?.[kind], probe.at);
    const facts = flappingFacts(kind, probe.judgement);
    const { incident, transition, isCalm } = open
      ? followOpen({ ...open, trails: step.trails }, step.condition, facts, heard, rules)
      : openNew(kind, step, flappingAfter(recent, facts, probe.at), heard);
    const isOpening = open === undefined && transition !== null && canFlap(kind);
    const counted = isOpening ? withOpening(recent, facts, probe.at) : recent;
    if (counted !== undefined) openings[kind] = counted;
    if (incident) incidents[kind] = incident;
    if (isSighted(kind)) {
      const isClosed = open !== undefined && incident === null;
      closed[kind] = isClosed
        ? { closedAt: probe.at, endpoints: Object.keys(open.trails) }
        : lastClosed(before.closed[kind], probe.at);
    }
    const told = incident ?? open;
    const flapping = incident?.flapping ?? open?.flapping;
    const report = flapping && flappingReport(flapping, isCalm);
    if (transition && told) transitions.push(tellOf(transition, told, report, probe));
  }
  return {
    state: {
      incidents,
      sightings,
      closed,
      pending,
      // Explicitly: it replaces what was there before.
      openings: Object.keys(openings).length > 0 ? openings : undefined,
      ...sweeps,
    },
    transitions,
  };
}

/** Nothing of the kind is told now. */
function isSilent(kind: IncidentKind, { muted = false, blinded = false }: JudgedProbe): boolean {
  return muted || (blinded && kind === 'unreachable');
}

interface Stepped extends Followed<Incident> {
  /** What was flapping has been the same for long enough. */
  readonly isCalm: boolean;
}

function openNew(
  kind: IncidentKind,
  { condition, since, trails }: Step,
  flapping: Flapping | undefined,
  probe: JudgedProbe,
): Stepped {
  if (condition !== 'present') return { incident: null, transition: null, isCalm: false };
  const opened = openIncident(kind, since, trails, probe);
  const isFlapping = flapping !== undefined && !probe.muted;
  const incident = isFlapping ? { ...opened, flapping } : opened;
  return { incident, transition: probe.muted ? null : 'opened', isCalm: false };
}

/** The effect of the next probe on an open incident. */
function followOpen(
  open: Incident,
  condition: Condition,
  facts: readonly string[],
  { judgement, at, muted = false }: JudgedProbe,
  rules: NotifySettings,
): Stepped {
  const { flapping: before, ...calm } = open;
  const step = before && flappingStep(before, condition, facts, at);
  const isCalm = step?.isCalm ?? false;
  const next: Incident = step === undefined ? open : { ...calm, flapping: step.flapping };
  // While it flaps, that the condition is gone says little.
  const counts = condition === 'absent' && step !== undefined && !isCalm ? 'unknown' : condition;
  const fresh = condition === 'present' ? newFacts(open, judgement) : [];
  const remindEveryMs = isSlow(open.kind) ? rules.backupPinEveryMs : rules.remindEveryMs;
  const following = { fresh, mostTold: toldLimit, at, muted, remindEveryMs };
  const followed = followIncident(next, counts, following);
  if (!isCalm || followed.incident === null || muted) return { ...followed, isCalm };
  // It stays, and that is news.
  const { flapping: _over, ...stays } = followed.incident;
  return { incident: { ...stays, toldAt: at }, transition: 'changed', isCalm };
}

/** Nothing fails for long: reminded of as seldom as of a missing backup pin. */
function isSlow(kind: IncidentKind): boolean {
  return kind === 'no_backup_pin' || kind === 'pin_mismatch_held';
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
  flapping: FlappingReport | undefined,
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
    ...(flapping === undefined ? {} : { flapping }),
    ...(own === undefined ? {} : { own }),
    ...(channels === undefined ? {} : { channels }),
  };
}

function newFacts(open: Incident, judgement: Judgement): string[] {
  return factsOf(open.kind, judgement).filter((fact) => !open.told.includes(fact));
}
