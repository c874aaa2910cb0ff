/**
 * What the record remembers so that a notice can say when a domain was last well and why an incident closed: because
 * the server is well again, or because a person changed what is expected of it.
 */
import { changeSince, type FormerLeaf, formerLeaves } from './chain-change.ts';
import { type Check, type CheckedEndpoint, isJudged } from './check.ts';
import { rfc3339 } from './clock.ts';
import { setOf } from './condition.ts';
import type { Domain } from './domain.ts';
import type { AddedPin, ChangedSet, Explanation, MissingIssuer, Recovery } from './explanation.ts';
import { findingCodes } from './finding.ts';
import { fnv1a } from './hash.ts';
import {
  type Incident,
  type IncidentKind,
  incidentKinds,
  type JudgedProbe,
  type Transition,
} from './incident.ts';
import type { Pin } from './pin.ts';
import { ownSetName } from './pin-set.ts';
import { endpointParts, placeName } from './place.ts';
import { refusalOf } from './refusal.ts';
import { setFingerprint } from './set-fingerprint.ts';

export interface Remembered {
  /** When a probe last found nothing of a kind, while none of it was open; milliseconds since the epoch. */
  readonly wellAt?: { readonly [kind in IncidentKind]?: number };
  /** The situation when each open incident opened. */
  readonly opened?: { readonly [kind in IncidentKind]?: Opening };
  /** While something is wrong: the leaves presented when all was well. */
  readonly former?: readonly FormerLeaf[] | undefined;
}

interface Opening {
  readonly pins: readonly Pin[];
  /** By name: what the pin sets demanded, as a hash; left out if there were none. */
  readonly sets?: { readonly [name: string]: number };
  /** A hash of the settings for probing the domain; null if they are unknown. */
  readonly probing: number | null;
  /** Once known, an issuer stays known, even if no chain has it now. */
  readonly missingIssuer?: MissingIssuer;
}

/** The parts of the record before the probe that are used here. */
interface Before extends Remembered {
  readonly incidents: { readonly [kind in IncidentKind]?: Incident };
  readonly lastCheck: Check | null;
  readonly lastProbeAt: number;
}

/** What is remembered after a probe that left these incidents open. */
export function remember(before: Before, open: Before['incidents'], probe: JudgedProbe): Remembered {
  const wellAt = { ...before.wellAt };
  const opened: { [kind in IncidentKind]?: Opening } = {};
  for (const kind of incidentKinds) {
    if (open[kind] !== undefined) opened[kind] = before.opened?.[kind] ?? openingOf(kind, before, probe);
    else if (isWell(kind, probe.judgement.check)) wellAt[kind] = probe.at;
  }
  const former = formerLeaves(before.former, before.lastCheck, probe.judgement.check);
  return { wellAt, opened, former };
}

/** The transition with what a person wants to know besides its check. */
export function explained(transition: Transition, before: Before, probe: JudgedProbe): Transition {
  const { kind, check } = transition;
  const open = before.incidents[kind];
  const wellAt = before.wellAt?.[kind] ?? wellByLastCheck(kind, before);
  const always = {
    ...(wellAt === null ? {} : { lastWell: rfc3339(wellAt) }),
    ...sourceOf(probe.domain),
  };
  const opening = before.opened?.[kind] ?? openingOf(kind, before, probe);
  if (transition.transition === 'closed' && open !== undefined) {
    const was = findingCodes.filter((code) => open.told.includes(code));
    return { ...transition, ...always, was, recovery: recoveryOf(open, opening, probe) };
  }
  const former = formerLeaves(before.former, before.lastCheck, check);
  return { ...transition, ...always, ...missing(kind, opening, probe), ...changeSince(former, kind, check) };
}

/** The explanation for a new contact, who has not seen the earlier notices. */
export function explainedStanding(
  kind: IncidentKind,
  { wellAt, opened, former }: Remembered,
  check: Check,
  domain: Domain,
): Explanation {
  const at = wellAt?.[kind];
  const issuer = opened?.[kind]?.missingIssuer;
  return {
    ...(at === undefined ? {} : { lastWell: rfc3339(at) }),
    ...(issuer === undefined ? {} : { missingIssuer: issuer }),
    ...changeSince(former, kind, check),
    ...sourceOf(domain),
  };
}

function sourceOf(domain: Domain | undefined): Pick<Explanation, 'provisionedBy'> {
  return domain === undefined ? {} : { provisionedBy: domain.provisionedBy ?? null };
}

/** Only for kinds whose notices say when they were last well. */
function isWell(kind: IncidentKind, check: Check): boolean {
  if (kind === 'pin_mismatch') return check.verdict === 'match';
  if (kind === 'untrusted') return judged(check).length > 0 && refusalOf(check) === undefined;
  return kind === 'unreachable' && judged(check).length > 0;
}

/** An older version stored no such times; its last check may show one. */
function wellByLastCheck(kind: IncidentKind, { lastCheck, lastProbeAt, wellAt }: Before): number | null {
  return wellAt === undefined && lastCheck !== null && isWell(kind, lastCheck) ? lastProbeAt : null;
}

function openingOf(kind: IncidentKind, { incidents, lastCheck }: Before, probe: JudgedProbe): Opening {
  const { check } = probe.judgement;
  // Opened by an older version: assume the pins of its last probe.
  const { pins } = incidents[kind] === undefined || lastCheck === null ? check : lastCheck;
  return {
    pins: pins.map(({ pin }) => pin),
    ...setsOf(probe.domain),
    probing: incidents[kind] === undefined ? probingOf(probe.domain) : null,
    ...(kind === 'untrusted' && probe.missingIssuer ? { missingIssuer: probe.missingIssuer } : {}),
  };
}

function setsOf(domain: Domain | undefined): Pick<Opening, 'sets'> {
  const sets = (domain?.pinSets ?? []).map((set) => [set.name, setFingerprint(set)] as const);
  return sets.length === 0 ? {} : { sets: Object.fromEntries(sets) };
}

/** A hash of all settings for probing a domain, including future ones. */
function probingOf(domain: Domain | undefined): number | null {
  if (domain === undefined) return null;
  const { host: _, port: _p, pins: _s, pinSets: _r, pinNotes: _n, provisionedBy: _b, ...settings } = domain;
  const { mutedUntil: _until, mutedAt: _at, channels: _c, ...probing } = settings;
  return fnv1a(JSON.stringify(Object.entries(probing).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function missing(kind: IncidentKind, opening: Opening, probe: JudgedProbe): Explanation {
  if (kind !== 'untrusted' || !probe.missingIssuer) return {};
  const isKnown = opening.missingIssuer === 'known' && probe.missingIssuer !== 'unnamed';
  return { missingIssuer: isKnown ? 'known' : probe.missingIssuer };
}

function recoveryOf(open: Incident, opening: Opening, { judgement, domain }: JudgedProbe): Recovery {
  const { kind, trails } = open;
  const { check } = judgement;
  const sets = changedSets(open, opening, check, domain);
  if (sets.length > 0) return { cause: 'pin_sets', sets };
  const added = addedPins(opening.pins, check, domain);
  if (kind === 'pin_mismatch') {
    if (check.verdict === 'unpinned') return { cause: 'pins', pins: [] };
    const needed = added.filter(({ pin }) => check.endpoints.some((one) => matchesOnlyBy(pin, one, opening)));
    if (needed.length > 0) return { cause: 'pins', pins: needed };
  }
  if (kind === 'no_backup_pin' && added.length > 0) return { cause: 'pins', pins: added };
  if (opening.probing !== null && opening.probing !== probingOf(domain)) return { cause: 'settings' };
  const wereBad = Object.keys(trails).map(endpointParts);
  const forgotten = wereBad.flatMap(({ region }) =>
    region === undefined || isSeenFrom(region, check) ? [] : region,
  );
  if (forgotten.length > 0) return { cause: 'regions', regions: [...new Set(forgotten)].sort() };
  const places = wereBad.map(placeName);
  const areGone = places.length > 0 && !check.endpoints.some((one) => places.includes(placeName(one)));
  return { cause: areGone ? 'gone' : 'server' };
}

/** Of the only region, nothing says which it is. */
function isSeenFrom(region: string, { endpoints }: Check): boolean {
  return endpoints.some((endpoint) => endpoint.region === region || endpoint.region === undefined);
}

/**
 * The sets of the incident that a person has removed or replaced. In a mismatch they are why it is over only if the
 * server still presents a leaf that was told: else it was the server.
 */
function changedSets(
  { kind, told }: Incident,
  { sets = {} }: Opening,
  { endpoints }: Check,
  domain: Domain | undefined,
): ChangedSet[] {
  if (kind !== 'pin_mismatch' && kind !== 'pins_expiring' && kind !== 'pin_mismatch_held') return [];
  const isSameServer = endpoints.some(
    ({ presented: [leaf] }) => leaf !== undefined && told.includes(leaf.pin),
  );
  if (kind === 'pin_mismatch' && !isSameServer) return [];
  const names = new Set(told.flatMap((fact) => setOf(kind, fact) ?? []));
  return [...names].flatMap((name): ChangedSet[] => {
    const now = domain?.pinSets?.find((set) => set.name === name);
    if (now === undefined) return name === ownSetName ? [] : [{ name, change: 'removed' }];
    // Another version is published: apps that hold this one recover by fetching it.
    if (kind === 'pin_mismatch' && now.held) return [{ name, change: 'replaced' }];
    const before = sets[name];
    return before === undefined || setFingerprint(now) === before ? [] : [{ name, change: 'replaced' }];
  });
}

function matchesOnlyBy(pin: Pin, { verdict, path }: CheckedEndpoint, opening: Opening): boolean {
  if (verdict !== 'match' || !path.some((entry) => entry.pin === pin)) return false;
  return !path.some((entry) => opening.pins.includes(entry.pin));
}

function addedPins(before: readonly Pin[], { pins }: Check, domain: Domain | undefined): AddedPin[] {
  const fresh = pins.map(({ pin }) => pin).filter((pin) => !before.includes(pin));
  return fresh.map((pin) => {
    const noted = domain?.pinNotes?.[pin];
    const by = noted?.by ?? domain?.provisionedBy ?? null;
    return { pin, by, at: noted?.at ?? null, note: noted?.note || null };
  });
}

function judged({ endpoints }: Check): CheckedEndpoint[] {
  return endpoints.filter(isJudged);
}
