/** Which endpoints show a condition from probe to probe. This opens incidents, and allows them to close. */
import type { Condition } from './condition.ts';
import { endpointParts, isSameRegion, placeName } from './place.ts';
import { renamedTrails } from './region-trails.ts';
import type { SightedKind, Tally } from './tally.ts';
import { follow, isWell, type Trail } from './trail.ts';

/** By the names of the endpoints: those endpoints that showed a condition, and what was seen of it there since. */
export type Trails = { readonly [endpoint: string]: Trail };

/** What was seen of a condition before it was told: kept for `sightingKeptMs`, whatever else is seen meanwhile. */
export interface Sighting {
  /** Milliseconds since the epoch: the first and the last time that it was seen. */
  readonly since: number;
  readonly lastAt: number;
  readonly trails: Trails;
}

/** Two sightings within this time confirm each other. */
export const sightingKeptMs = 86_400_000;

/** Keeps a record small, whatever a name resolves to. */
const mostTrails = 256;

/** What one probe says about endpoints. */
export interface Seen {
  readonly tallies: readonly Tally[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The sweep that it belongs to; null for an ad-hoc probe. */
  readonly sweep: string | null;
  /** Places that clients may still use, whether or not this probe could reach them. */
  readonly remembered: readonly string[];
}

/** The trails after one more probe. Only endpoints that are gone are removed. */
export function followTrails(
  before: Trails,
  kind: SightedKind,
  { tallies, at, sweep, remembered }: Seen,
): Trails {
  const after = new Map(
    renamedTrails(before, tallies).filter(([name]) => !isGone(name, tallies, remembered)),
  );
  for (const { endpoint, counts, refusals } of tallies) {
    const { bad } = counts[kind];
    // One server of several may lack a key type: its refusal counts as one clean connection.
    const clean = counts[kind].clean + refusals;
    const known = after.get(endpoint);
    if (bad > 0 || (known !== undefined && clean > 0)) {
      after.set(endpoint, follow(known, { bad, clean }, at, sweep));
    }
  }
  return Object.fromEntries([...after].slice(0, mostTrails));
}

/**
 * The endpoint is no longer probed: its address left DNS over an hour ago, or a person removed it; or the address
 * answers, but its key type is no longer requested (EdDSA is requested on our own initiative if nothing else is
 * served). A name that does not resolve says nothing about its addresses, nor does a region that is away. Each region is
 * on its own; one that the domain is no longer seen from, because it was forgotten or a person decided so, is gone.
 */
function isGone(name: string, tallies: readonly Tally[], remembered: readonly string[]): boolean {
  if (tallies.some(({ endpoint }) => endpoint === name)) return false;
  const place = endpointParts(name);
  const ofRegion = tallies.filter((tally) => isSameRegion(tally, place));
  if (ofRegion.length === 0) return tallies.length > 0;
  const here = ofRegion.filter(({ address }) => address === place.address);
  if (here.length > 0) return here.some(({ answered }) => answered);
  return ofRegion.some(({ address }) => address !== null) && !remembered.includes(placeName(place));
}

/**
 * The trails of an incident that comes back soon after it was closed. Bad, clean and bad again counts as disagreement,
 * because a load balancer may stay with one server for a while.
 */
export function relapsed(trails: Trails, before: readonly string[]): Trails {
  const entries = Object.entries(trails).map(([name, trail]) => [
    name,
    before.includes(name) ? { ...trail, disagrees: true } : trail,
  ]);
  return Object.fromEntries(entries);
}

/** What this probe says about an open incident, given the trails after the probe. */
export function conditionFrom(
  trails: Trails,
  kind: SightedKind,
  tallies: readonly Tally[],
  at: number,
): Condition {
  if (tallies.some(({ counts }) => counts[kind].bad > 0)) return 'present';
  return Object.values(trails).every((trail) => isOver(trail, kind, at)) ? 'absent' : 'unknown';
}

/** No app fails because of a future date, so a renewed certificate is believed as soon as it is seen. */
function isOver(trail: Trail, kind: SightedKind, at: number): boolean {
  if (kind === 'certificate_expiring' && !trail.disagrees) return trail.clean > 0;
  return isWell(trail, at);
}

/** The connections behind an incident, if they disagreed; else null. */
export function disagreement(trails: Trails): { readonly bad: number; readonly of: number } | null {
  const disagreeing = Object.values(trails).filter(({ disagrees, bad, of }) => disagrees && bad < of);
  if (disagreeing.length === 0) return null;
  const sum = (part: 'bad' | 'of') => disagreeing.reduce((total, trail) => total + trail[part], 0);
  return { bad: sum('bad'), of: sum('of') };
}
