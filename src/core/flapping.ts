/**
 * Incidents that open again and again. The fourth opening of a kind within an hour is told as flapping. From then on the
 * incident stays open while its condition comes and goes, and neither is told, until one of the two has lasted for an
 * hour: then it is told as closed, or as changed if it is still there. Reminders and new facts are told as ever.
 */
import { rfc3339 } from './clock.ts';
import { type Condition, factsOf, type IncidentKind, isSighted } from './condition.ts';
import { isRecent } from './stored-time.ts';
import type { Judgement } from './verdict.ts';

/** How long neither side may have changed for the incident to be calm, and how long openings count. */
const calmMs = 3_600_000;

/** Openings within an hour that are told one by one. */
const mostOpenings = 3;

const mostFacts = 10;

/** The openings of a kind that were told within the last hour, the newest last, and what they were about. */
export interface Openings {
  /** Milliseconds since the epoch. */
  readonly openedAt: readonly number[];
  readonly facts: readonly string[];
}

/** Of an open incident. Times are milliseconds since the epoch. */
export interface Flapping {
  /** The first of the openings. */
  readonly since: number;
  /** All since then. */
  readonly openings: number;
  readonly facts: readonly string[];
  /** Whether the condition was there when it was last seen to be or not to be, and since when that is so. */
  readonly isPresent: boolean;
  readonly changedAt: number;
}

/** What a notice says of it. */
export interface FlappingReport {
  /** RFC 3339, UTC: the first of the openings. */
  readonly since: string;
  readonly openings: number;
  /** What it has been about, at most 10: finding codes, keys, or failure codes. The other side is that nothing was found. */
  readonly between: readonly string[];
  /** It has been the same for an hour: this notice ends the flapping. */
  readonly isCalm: boolean;
}

/** The other kinds depend on dates and on what people decide. */
export function canFlap(kind: IncidentKind): boolean {
  return isSighted(kind) || kind === 'unreachable';
}

/** Those that still count; undefined: none. */
export function recentOpenings(openings: Openings | undefined, at: number): Openings | undefined {
  const openedAt = (openings?.openedAt ?? []).filter((time) => isRecent(time, at, calmMs));
  return openings === undefined || openedAt.length === 0 ? undefined : { openedAt, facts: openings.facts };
}

/** With one more. */
export function withOpening(openings: Openings | undefined, facts: readonly string[], at: number): Openings {
  const all = new Set([...(openings?.facts ?? []), ...facts]);
  return {
    openedAt: [...(openings?.openedAt ?? []), at].slice(-mostOpenings),
    facts: [...all].slice(0, mostFacts),
  };
}

/** Of an incident that opens at `at`, after these openings; undefined: it does not flap. */
export function flappingAfter(
  openings: Openings | undefined,
  facts: readonly string[],
  at: number,
): Flapping | undefined {
  const [since = at] = openings?.openedAt ?? [];
  if (openings === undefined || openings.openedAt.length < mostOpenings) return undefined;
  const { facts: all } = withOpening(openings, facts, at);
  return { since, openings: openings.openedAt.length + 1, facts: all, isPresent: true, changedAt: at };
}

/** After a probe that found the condition, did not find it, or could not tell. */
export function flappingStep(
  flapping: Flapping,
  condition: Condition,
  facts: readonly string[],
  at: number,
): { readonly flapping: Flapping; readonly isCalm: boolean } {
  const isPresent = condition === 'unknown' ? flapping.isPresent : condition === 'present';
  const all = condition === 'present' ? [...new Set([...flapping.facts, ...facts])] : flapping.facts;
  const changed = { ...flapping, facts: all.slice(0, mostFacts), isPresent };
  if (isPresent !== flapping.isPresent) {
    const openings = flapping.openings + (isPresent ? 1 : 0);
    return { flapping: { ...changed, openings, changedAt: at }, isCalm: false };
  }
  const isCalm = condition !== 'unknown' && !isRecent(flapping.changedAt, at, calmMs);
  return { flapping: changed, isCalm };
}

export function flappingReport({ since, openings, facts }: Flapping, isCalm: boolean): FlappingReport {
  return { since: rfc3339(since), openings, between: facts, isCalm };
}

/** What the kind is about in this probe. */
export function flappingFacts(kind: IncidentKind, judgement: Judgement): string[] {
  if (kind !== 'unreachable') return factsOf(kind, judgement);
  const { endpoints } = judgement.check;
  return [...new Set(endpoints.flatMap(({ failure }) => failure?.code ?? []))];
}
