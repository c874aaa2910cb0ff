/**
 * Whether the workers of a region answer. They may announce themselves and answer nothing, because they are overloaded, of a
 * version that does not understand the others, or their clock is wrong by many minutes. Then nobody looks from there either.
 *
 * It is known from the statuses of the domains. A worker in the region answers itself: what it probes is seen from there even
 * if nobody else gets an answer. So a region counts as silent before all domains miss it.
 */
import type { DomainStatus } from './domain-status.ts';
import { awayPatienceMs, type KnownRegion } from './region.ts';
import { latestProbeMs } from './sight.ts';

/** What is known of a region's answers. Times are milliseconds since the epoch. */
interface Answers {
  /** When its workers were first heard from: probes since then count. */
  readonly since: number;
  /** When it was noticed that it leaves probes unanswered, and the newest of those probes then; null: it answers. */
  readonly missed: { readonly at: number; readonly newest: number } | null;
  /** A probe after that was left unanswered as well, and its patience is used up. */
  readonly isSilent: boolean;
  /** It has answered, or came back, while this process looked. */
  readonly isKnown: boolean;
}

export type RegionAnswers = ReadonlyMap<string, Answers>;

export interface WatchedRegion extends KnownRegion {
  /** It has workers. Whether they answer is not known yet, or they have not answered lately: nothing follows from it. */
  readonly isUncertain?: true;
}

interface Row {
  readonly status: Pick<DomainStatus, 'lastProbeAt' | 'regions' | 'away'>;
}

/** The shares of its domains: a region that misses the first one counts, until it misses less than the second. */
const [missedShare, answeredShare] = [0.25, 0.125];

/** `before`: null at the first look. `rows`: of all domains. */
export function followAnswers(
  before: RegionAnswers | null,
  regions: readonly KnownRegion[],
  rows: readonly Row[],
  at: number,
  intervalMs: number,
): RegionAnswers {
  const after = new Map<string, Answers>();
  for (const { name, workers } of regions) {
    if (workers === 0) continue;
    const isKnown = before !== null;
    const was = before?.get(name) ?? { since: at, missed: null, isSilent: false, isKnown };
    after.set(name, follow(was, name, rows, at, intervalMs));
  }
  return after;
}

function follow(was: Answers, name: string, rows: readonly Row[], at: number, intervalMs: number): Answers {
  let asked = 0;
  let unanswered = 0;
  let newest = 0;
  for (const { status } of rows) {
    const { lastProbeAt, regions = {}, away = [] } = status;
    if (lastProbeAt < was.since || !Object.hasOwn(regions, name)) continue;
    asked += 1;
    if (!away.includes(name)) continue;
    unanswered += 1;
    newest = Math.max(newest, lastProbeAt);
  }
  // Perhaps no domain is seen from there.
  if (asked === 0) return { ...was, isKnown: was.isKnown || at - was.since > latestProbeMs(intervalMs) };
  if (unanswered < (was.missed === null ? missedShare : answeredShare) * asked)
    return { ...was, missed: null, isSilent: false, isKnown: true };
  const missed = was.missed ?? { at, newest };
  const isSilent = newest > missed.newest && at - missed.at >= awayPatienceMs(intervalMs);
  return { ...was, missed, isSilent: was.isSilent || isSilent };
}

/** The regions, those that are silent as if they had no workers. */
export function watchedRegions(
  regions: readonly KnownRegion[],
  answers: RegionAnswers,
  at: number,
): readonly WatchedRegion[] {
  return regions.map((region) => {
    const known = answers.get(region.name);
    if (known === undefined || region.workers === 0) return region;
    if (known.isSilent) return { ...region, workers: 0, silentMs: at - (known.missed?.at ?? at) };
    // Other processes may have noticed earlier.
    return known.isKnown && known.missed === null ? region : { ...region, isUncertain: true };
  });
}
