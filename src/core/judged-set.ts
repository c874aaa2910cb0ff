/**
 * The pin sets of one domain at the moment of a probe: the registry's pins, as the set `own`, those that app versions
 * ship, and what is published. The worst word decides; a set that only observes, or whose pins have run out and leave the app open,
 * decides nothing.
 */
import { type AppliedSet, type Demand, demandOf } from './applied-set.ts';
import type { Certificate, ValidatedPath } from './certificate.ts';
import type { Domain } from './domain.ts';
import type { Seen } from './observation.ts';
import { certificatePinOf, isKeyHash, type PinHash } from './pin-hash.ts';
import { ownSetName, type PinPlace } from './pin-set.ts';

export interface JudgedSet {
  readonly name: string;
  readonly appVersion: string | null;
  /** What it demands of a chain whose leaf has this common name; null: it has none. */
  readonly demand: (leafName: string | null) => Demand;
  /** Without repeats. */
  readonly hashes: readonly PinHash[];
  /** Ascending, milliseconds since the epoch: when something of it stops pinning. */
  readonly ends: readonly End[];
  /** Whether it can decide now, whatever the leaf's name. */
  readonly decides: boolean;
}

export interface End {
  readonly at: number;
  readonly then: 'open' | 'closed';
}

/** Those that decide whether apps connect. `own` first, if the domain has pins. */
export function judgedSets(
  { pins, pinSets = [] }: Pick<Domain, 'pins' | 'pinSets'>,
  now: number,
): readonly JudgedSet[] {
  const shipped = pinSets.filter(({ held }) => !held).map((set) => judgedSet(set, now));
  if (pins.length === 0) return shipped;
  const demand: Demand = { is: 'pinned', allOf: [{ at: 'path', anyOf: pins }], enforce: true };
  const own = { name: ownSetName, appVersion: null, hashes: pins, ends: [], decides: true };
  return [{ ...own, demand: () => demand }, ...shipped];
}

/** Earlier versions of the signed configuration: an app that holds one recovers by fetching, so they decide nothing. */
export function heldSets({ pinSets = [] }: Pick<Domain, 'pinSets'>, now: number): readonly JudgedSet[] {
  return pinSets.filter(({ held }) => held).map((set) => judgedSet(set, now));
}

interface Known extends JudgedSet {
  /** It stays as it is within these, in milliseconds since the epoch. */
  readonly from: number;
  readonly before: number;
}

/** A set changes only at its ends: nearly every probe sees the same as the last one. */
const known = new WeakMap<AppliedSet, Known>();

function judgedSet(set: AppliedSet, now: number): JudgedSet {
  const before = known.get(set);
  if (before !== undefined && before.from <= now && now < before.before) return before;
  const { name, appVersion = null, rules } = set;
  const ends = rules
    .flatMap(({ until, then = 'open' }) => (until === undefined ? [] : [{ at: until, then }]))
    .sort((a, b) => a.at - b.at);
  const isNamed = rules.some(({ leafName }) => leafName !== undefined);
  const whole = demandOf(set, null, now);
  const judged = {
    name,
    appVersion,
    demand: isNamed ? (leafName: string | null) => demandOf(set, leafName, now) : () => whole,
    hashes: [...new Set(rules.flatMap(({ allOf }) => allOf.flatMap(({ anyOf }) => anyOf)))],
    ends,
    decides: rules.some(
      ({ enforce, until, then }) => enforce && (until === undefined || now < until || then === 'closed'),
    ),
    from: now,
    before: ends.find(({ at }) => at > now)?.at ?? Number.POSITIVE_INFINITY,
  };
  known.set(set, judged);
  return judged;
}

/** What the sets say of one connection: the names of those that mismatch, and of those that match. */
export interface SetWords {
  readonly failing: readonly string[];
  readonly met: readonly string[];
}

export function setWords(sets: readonly JudgedSet[], { path }: Pick<Seen, 'path'>): SetWords {
  const failing: string[] = [];
  const met: string[] = [];
  const leafName = path.certificates[0]?.certificate.commonName ?? null;
  for (const { name, demand } of sets) {
    const word = isMet(demand(leafName), path);
    if (word !== null) (word ? met : failing).push(name);
  }
  return { failing, met };
}

/** null: the set decides nothing here. */
export function isMet(demand: Demand, path: ReachedPath): boolean | null {
  if (demand.is === 'open') return null;
  if (demand.is === 'closed') return false;
  return demand.enforce ? unmetPlace(demand, path) === null : null;
}

type ReachedPath = Pick<ValidatedPath, 'certificates' | 'alsoReached'>;

/** Where the first list that is not met has to be; null: all are met. */
export function unmetPlace(
  { allOf }: Extract<Demand, { is: 'pinned' }>,
  { certificates, alsoReached }: ReachedPath,
): PinPlace | null {
  for (const { at, anyOf } of allOf) {
    const from = at === 'ca' ? 1 : 0;
    const to = at === 'leaf' ? Math.min(1, certificates.length) : certificates.length;
    let isMet = false;
    for (let index = from; index < to && !isMet; index += 1) {
      const entry = certificates[index];
      isMet = entry !== undefined && hasHash(entry.certificate, anyOf);
    }
    if (!isMet && at !== 'leaf') isMet = alsoReached.some((certificate) => hasHash(certificate, anyOf));
    if (!isMet) return at;
  }
  return null;
}

/** A key's hash is compared with keys only, and a certificate's with certificates. */
export function hasHash(certificate: Certificate, hashes: readonly PinHash[]): boolean {
  const { pin } = certificate;
  // Most lists have keys alone.
  return hashes.some((hash) => hash === pin || (!isKeyHash(hash) && hash === certificatePinOf(certificate)));
}
