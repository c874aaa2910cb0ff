/**
 * What connections to one endpoint have shown of a condition since it was first seen there.
 *
 * There may be many servers behind one address, and a load balancer picks one for each connection: after ten clean
 * connections, the next may still reach the server that was forgotten. So an endpoint whose connections disagreed is
 * well again only after so many clean ones in a row that the old rate would have shown itself among them with 99 %. The
 * rate is known from few connections, so its lower bound is used. A long trail has many clean runs by chance, so each
 * new sighting at least halves the chance that is left for the next run.
 */
import type { Count } from './tally.ts';

export interface Trail {
  /** Connections that showed the condition, of all that showed it or its absence. */
  readonly bad: number;
  readonly of: number;
  /** Clean connections in a row since the last bad one, and the sweeps in which they were made. */
  readonly clean: number;
  readonly cleanSweeps: number;
  /** The last sweep counted in `cleanSweeps`. */
  readonly sweep: string | null;
  /** Milliseconds since the epoch. */
  readonly lastBadAt: number;
  /** Connections disagreed: within one probe, or bad ones came back after clean ones. */
  readonly disagrees: boolean;
}

/** The most clean connections, and the longest time, that a recovery has to wait for. */
const mostClean = 200;
const longestMs = 86_400_000;
/** During one sweep, a load balancer may have stayed with one server. */
const fewestSweeps = 2;
/** Waiting a day is not enough if nothing was seen: the endpoint must have been clean in at least this many sweeps. */
const fewestWaited = 8;
/** The chance, over all the clean runs of a trail together, that the old rate goes unnoticed. */
const missed = 0.01;
/** The 99 % quantile of the normal distribution. */
const z = 2.326;

/** The most fresh connections that one probe makes to examine a sighting. */
export const looksAtSighting = 5;
/** A recovery should be seen within this many sweeps, if each takes at most `mostAtOnce` connections. */
const recoverySweeps = 4;
const mostAtOnce = 20;
/**
 * If the rate is too low to be excluded by `mostClean` connections, few looks per probe make most of a day pass first.
 */
const patientLooks = 3;

/** The trail after one more probe; `before` undefined for an endpoint that had none. */
export function follow(
  before: Trail | undefined,
  { bad, clean }: Count,
  at: number,
  sweep: string | null,
): Trail {
  const made = { bad: (before?.bad ?? 0) + bad, of: (before?.of ?? 0) + bad + clean };
  if (bad > 0) {
    const disagrees = before?.disagrees === true || clean > 0 || (before?.clean ?? 0) > 0;
    return { ...made, clean: 0, cleanSweeps: 0, sweep: null, lastBadAt: at, disagrees };
  }
  const { cleanSweeps = 0, lastBadAt = at, disagrees = false } = before ?? {};
  const isNewSweep = clean > 0 && sweep !== null && sweep !== before?.sweep;
  return {
    ...made,
    clean: (before?.clean ?? 0) + clean,
    cleanSweeps: cleanSweeps + Number(isNewSweep),
    sweep: isNewSweep ? sweep : (before?.sweep ?? null),
    lastBadAt,
    disagrees,
  };
}

/** Whether the endpoint counts as well again. */
export function isWell(trail: Trail, at: number): boolean {
  if (trail.clean === 0) return false;
  if (at - trail.lastBadAt >= longestMs && trail.cleanSweeps >= fewestWaited) return true;
  // One probe makes this many, unless connections break off; then the next probe goes on.
  if (isPlain(trail)) return trail.clean >= looksAtSighting;
  return trail.cleanSweeps >= fewestSweeps && trail.clean >= Math.min(mostClean, cleanNeeded(trail));
}

/** How many connections one probe makes to an endpoint that was bad, while they are clean. */
export function looksAtRecovery(trail: Trail): number {
  if (isPlain(trail)) return looksAtSighting;
  const needed = cleanNeeded(trail);
  if (needed > mostClean) return patientLooks;
  return Math.min(mostAtOnce, Math.max(looksAtSighting, Math.ceil(needed / recoverySweeps)));
}

/** All were bad, and enough to be sure; if all are clean now, the server was changed. */
function isPlain({ disagrees, bad }: Trail): boolean {
  return !disagrees && bad >= looksAtSighting;
}

/** Clean connections in a row among which the old rate, that up to the last bad one, would have shown itself. */
function cleanNeeded({ bad, of, clean }: Trail): number {
  // 1/(1·2) + 1/(2·3) + 1/(3·4) + … is 1: however often a run starts again, all runs together miss at most `missed`.
  const chance = missed / (bad * (bad + 1));
  return Math.ceil(Math.log(chance) / Math.log(1 - lowerBound(bad, of - clean)));
}

/** Wilson's lower bound of a rate that was seen `bad` times `of` times, with 99 % confidence. Above 0 for `bad` above 0. */
function lowerBound(bad: number, of: number): number {
  const rate = bad / of;
  const spread = z * Math.sqrt((rate * (1 - rate)) / of + (z * z) / (4 * of * of));
  return (rate + (z * z) / (2 * of) - spread) / (1 + (z * z) / of);
}
