/** What is seen of a set of domains: those of an account, or of the installation. Times are milliseconds since the epoch. */
import { type DomainStatus, isLastConclusive } from './domain-status.ts';

export interface WatchedDomain {
  readonly domain: string;
  readonly status: Pick<DomainStatus, 'lastProbeAt' | 'lastConclusiveAt'>;
}

export interface Sight {
  readonly domains: number;
  /** Domains whose last probe could judge something. */
  readonly seen: number;
  /** Domains whose last probe could judge nothing, although one before could. */
  readonly lost: readonly string[];
  /** Hosts among the lost domains that went out of sight together with the last one. */
  readonly hosts: number;
  /** When a lost domain was last seen; 0 if none is lost. */
  readonly lostAt: number;
  /** When the lost domain that was probed longest ago was probed; 0 if none is lost. */
  readonly lostProbedAt: number;
  /** When any domain was last probed; 0 for never. */
  readonly probedAt: number;
}

/** How long a probe may be ago and still count: two sweeps, and the time that a probe waits and takes. */
export function latestProbeMs(intervalMs: number): number {
  return 2 * intervalMs + 60_000;
}

export function sightOf(domains: readonly WatchedDomain[], now: number, intervalMs: number): Sight {
  let seen = 0;
  let probedAt = 0;
  let lostAt = 0;
  let lostProbedAt = Number.POSITIVE_INFINITY;
  const lost: WatchedDomain[] = [];
  const oldest = now - latestProbeMs(intervalMs);
  for (const one of domains) {
    const { lastProbeAt, lastConclusiveAt } = one.status;
    probedAt = Math.max(probedAt, lastProbeAt);
    if (lastProbeAt < oldest || lastConclusiveAt === 0) continue;
    if (isLastConclusive(one.status)) {
      seen += 1;
      continue;
    }
    lost.push(one);
    lostAt = Math.max(lostAt, lastConclusiveAt);
    lostProbedAt = Math.min(lostProbedAt, lastProbeAt);
  }
  // What breaks for all at one moment is noticed at each domain's own moment of the interval.
  const together = lost.filter(({ status }) => status.lastConclusiveAt >= lostAt - 2 * intervalMs);
  return {
    ...{ domains: domains.length, seen, probedAt, lostAt },
    lost: lost.map(({ domain }) => domain),
    hosts: new Set(together.map(({ domain }) => hostOf(domain))).size,
    lostProbedAt: lost.length === 0 ? 0 : lostProbedAt,
  };
}

/** Fewer hosts may well fail at the same time by chance, or as one server. */
export const leastHosts = 3;

/**
 * Whether everything went out of sight at once, and has stayed so for long enough. `unreachable` opens after two
 * intervals at the earliest (`unreachableAfter` 3 or more): half an interval before, most domains have been probed twice.
 */
export function isBlind(sight: Sight, now: number, intervalMs: number, unreachableAfter: number): boolean {
  const waitMs = (unreachableAfter < 3 ? 1 : 1.5) * intervalMs;
  return sight.seen === 0 && sight.hosts >= leastHosts && now - sight.lostAt >= waitMs;
}

/** Of a domain's name, which has the port unless it is 443. */
export function hostOf(domain: string): string {
  return domain.replace(/:\d+$/, '');
}
