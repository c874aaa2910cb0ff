/**
 * Whether something is seen from a region that has workers.
 *
 * **Its workers answer nothing.** They may announce themselves and answer nothing: they are overloaded, their version does
 * not understand the others, or their clock is wrong by many minutes. Then nobody looks from there either. But what such a
 * worker probes itself is seen from there, so a region counts as silent before all domains miss it.
 *
 * **They can judge nothing.** Domains on three hosts or more, and all that are seen from elsewhere, fail from there: that is most
 * likely the network or the name resolution of the region, or its proxy.
 */
import type { DomainStatus } from './domain-status.ts';
import { awayPatienceMs, type KnownRegion } from './region.ts';
import { hostOf, latestProbeMs, leastHosts } from './sight.ts';

/** What is known of a region's answers. Times are milliseconds since the epoch. */
interface Answers {
  /** When its workers were first heard from: probes since then count. */
  readonly since: number;
  /** When it was noticed that it misses probes, in which of the two ways, and the newest of those probes then. */
  readonly missed: { readonly how: Missing; readonly at: number; readonly newest: number } | null;
  /** It missed a probe after that as well, and its patience is used up. */
  readonly isSilent: boolean;
  /** It has answered, or came back, while this process looked. */
  readonly isKnown: boolean;
}

type Missing = 'silent' | 'sees_nothing';

export type RegionAnswers = ReadonlyMap<string, Answers>;

export interface WatchedRegion extends KnownRegion {
  /** It has workers. Whether they answer is not known yet, or they have not answered lately: nothing follows from it. */
  readonly isUncertain?: true;
  /** It has workers that answer, and they can judge nothing. */
  readonly seesNothing?: true;
}

interface Row {
  readonly domain: string;
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
  const asked = rows.filter(
    ({ status: { lastProbeAt, regions = {} } }) => lastProbeAt >= was.since && Object.hasOwn(regions, name),
  );
  // Perhaps no domain is seen from there.
  if (asked.length === 0)
    return { ...was, isKnown: was.isKnown || at - was.since > latestProbeMs(intervalMs) };
  const unanswered = asked.filter(({ status }) => status.away?.includes(name));
  const share = was.missed?.how === 'silent' ? answeredShare : missedShare;
  const how: Missing = unanswered.length >= share * asked.length ? 'silent' : 'sees_nothing';
  const rest = how === 'silent' ? unanswered : unseenFrom(name, asked);
  if (rest.length === 0) return { ...was, missed: null, isSilent: false, isKnown: true };
  const newest = rest.reduce<number>((last, { status }) => Math.max(last, status.lastProbeAt), 0);
  const missed = was.missed ?? { how, at, newest };
  const isSilent = newest > missed.newest && at - missed.at >= awayPatienceMs(intervalMs);
  return { ...was, missed: { ...missed, how }, isSilent: was.isSilent || isSilent };
}

/** All that are seen from elsewhere, if none of them is seen from here; empty if some is, or they are too few. */
function unseenFrom(name: string, asked: readonly Row[]): readonly Row[] {
  const seen = asked.filter(({ status: { regions = {}, away = [] } }) =>
    Object.entries(regions).some(
      ([region, verdict]) => region !== name && verdict !== 'inconclusive' && !away.includes(name),
    ),
  );
  const isUnseen = seen.every(({ status }) => status.regions?.[name] === 'inconclusive');
  return isUnseen && new Set(seen.map(({ domain }) => hostOf(domain))).size >= leastHosts ? seen : [];
}

/** The regions, those that have missed everything for long enough as if they had no workers. */
export function watchedRegions(
  regions: readonly KnownRegion[],
  answers: RegionAnswers,
  at: number,
): readonly WatchedRegion[] {
  return regions.map((region) => {
    const known = answers.get(region.name);
    if (known === undefined || region.workers === 0) return region;
    if (known.isSilent && known.missed !== null) {
      const away = { ...region, workers: 0, silentMs: at - known.missed.at };
      return known.missed.how === 'silent' ? away : { ...away, seesNothing: true };
    }
    // Other processes may have noticed earlier.
    return known.isKnown && known.missed === null ? region : { ...region, isUncertain: true };
  });
}
