/** Which endpoints show a condition, from probe to probe: what opens an incident, and what may close it. */
import type { Condition } from './condition.ts';
import { addressOf, type SightedKind, type Tally } from './tally.ts';
import { follow, isWell, type Trail } from './trail.ts';

/** `address keyType` of endpoints that showed a condition, and what was seen of it there since. */
export type Trails = { readonly [endpoint: string]: Trail };

/** What was seen of a condition before it was told: kept for `sightingKeptMs`, whatever else is seen meanwhile. */
export interface Sighting {
  /** Milliseconds since the epoch: the first and the last time that it was seen. */
  readonly since: number;
  readonly lastAt: number;
  readonly trails: Trails;
}

/** Seen twice within this time is seen twice. */
export const sightingKeptMs = 86_400_000;

/** A record must stay small, whatever a name resolves to. */
const mostTrails = 256;

/** What one probe has to say of endpoints. */
export interface Seen {
  readonly tallies: readonly Tally[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The sweep it belongs to; null for a probe that somebody asked for. */
  readonly sweep: string | null;
  /** Addresses that are still somebody's, whether or not they were among those that this probe could look at. */
  readonly remembered: readonly string[];
}

/** The trails after one more probe. Nothing leaves them but an endpoint that is nobody's any more. */
export function followTrails(
  before: Trails,
  kind: SightedKind,
  { tallies, at, sweep, remembered }: Seen,
): Trails {
  const after = new Map(Object.entries(before).filter(([name]) => !isGone(name, tallies, remembered)));
  for (const { endpoint, counts, refusals } of tallies) {
    const { bad } = counts[kind];
    // One server of several may lack a key type: its refusal is one clean connection, and no more.
    const clean = counts[kind].clean + refusals;
    const known = after.get(endpoint);
    if (bad > 0 || (known !== undefined && clean > 0)) {
      after.set(endpoint, follow(known, { bad, clean }, at, sweep));
    }
  }
  return Object.fromEntries([...after].slice(0, mostTrails));
}

/**
 * The endpoint is not looked at any more: DNS dropped its address over an hour ago, or a person did; or the address answers,
 * and its key type is not asked for any more (EdDSA is asked for unbidden where nothing else is served). A name that does
 * not resolve says nothing of its addresses.
 */
function isGone(name: string, tallies: readonly Tally[], remembered: readonly string[]): boolean {
  if (tallies.some(({ endpoint }) => endpoint === name)) return false;
  const here = tallies.filter(({ address }) => address === addressOf(name));
  if (here.length > 0) return here.some(({ answered }) => answered);
  return tallies.some(({ address }) => address !== null) && !remembered.includes(addressOf(name));
}

/** What this probe says of an open incident, given the trails after it. */
export function conditionFrom(
  trails: Trails,
  kind: SightedKind,
  tallies: readonly Tally[],
  at: number,
): Condition {
  if (tallies.some(({ counts }) => counts[kind].bad > 0)) return 'present';
  return Object.values(trails).every((trail) => isOver(trail, kind, at)) ? 'absent' : 'unknown';
}

/** Nobody fails over a date to come: a certificate that was renewed is believed as soon as it is seen. */
function isOver(trail: Trail, kind: SightedKind, at: number): boolean {
  if (kind === 'certificate_expiring' && !trail.disagrees) return trail.clean > 0;
  return isWell(trail, at);
}

/** The connections that an incident rests on, where they disagreed; null where they did not. */
export function disagreement(trails: Trails): { readonly bad: number; readonly of: number } | null {
  const disagreeing = Object.values(trails).filter(({ disagrees }) => disagrees);
  if (disagreeing.length === 0) return null;
  const sum = (part: 'bad' | 'of') => disagreeing.reduce((total, trail) => total + trail[part], 0);
  return { bad: sum('bad'), of: sum('of') };
}
