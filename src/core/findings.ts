import type { Certificate } from './certificate.ts';
import { type CheckedEndpoint, isAway, isFailed, isJudged } from './check.ts';
import { rfc3339 } from './clock.ts';
import type { Domain } from './domain.ts';
import { endingPins } from './ending-pins.ts';
import { affected, extent, isWhole } from './extent.ts';
import { failureSummary } from './failure-summary.ts';
import type { Finding, FindingCode, Severity } from './finding.ts';
import { heldMismatch } from './held-mismatch.ts';
import type { JudgedSet } from './judged-set.ts';
import type { LookedAt } from './looked-at.ts';
import { mismatches } from './mismatch-finding.ts';
import { missingBackup } from './missing-backup.ts';
import { outsidePath } from './outside-path.ts';
import { ambiguousPaths } from './path-ambiguity.ts';
import type { Pin } from './pin.ts';
import { platformRefused } from './platform-finding.ts';
import { plural } from './plural.ts';
import { regionsText, seenFrom, seenFromText } from './seen-from.ts';
import { trustFindings, trustProblem } from './trust.ts';

/** What the findings are based on. */
export interface Facts {
  readonly domain: Pick<Domain, 'host' | 'port' | 'pins'>;
  /** Those that apply to the domain. */
  readonly sets: readonly JudgedSet[];
  /** Earlier versions of the signed configuration, which decide nothing. */
  readonly held: readonly JudgedSet[];
  readonly looked: readonly LookedAt[];
  /** `shown` of each of them. */
  readonly endpoints: readonly CheckedEndpoint[];
  readonly pins: readonly { readonly pin: Pin; readonly seen: boolean }[];
  /** The certificates on the paths that were sent, the earliest to expire first. */
  readonly served: readonly Certificate[];
  readonly now: number;
  readonly expiringWithinMs: number;
}

/** Each code at most once, the most severe first. A message names the endpoints concerned, unless it is all of them. */
export function findingsOf(facts: Facts): Finding[] {
  return [
    ...mismatches(facts),
    ...outsidePath(facts),
    ...trust(facts),
    ...platformRefused(facts.looked),
    ...ambiguousPaths(facts.looked, facts.sets),
    ...heldMismatch(facts),
    ...expiring(facts),
    ...endingPins(facts.sets, facts.now, facts.expiringWithinMs),
    ...unjudged(facts),
    ...missingBackup(facts),
  ];
}

function trust({ looked, endpoints }: Facts): Finding[] {
  const problems = looked.map(({ shown, connections }) => {
    const seen = connections.flatMap(({ observation }) =>
      observation.failure === null ? [observation] : [],
    );
    return { shown, of: seen.length, found: seen.flatMap((one) => trustProblem(one) ?? []) };
  });
  const judged = problems.filter(({ of }) => of > 0).length;
  return trustFindings.flatMap((code) => {
    const [first] = problems.flatMap(({ found }) => found.filter((problem) => problem.code === code));
    if (first === undefined) return [];
    const bad = problems.flatMap(({ shown, of, found }) => {
      const count = found.filter((problem) => problem.code === code).length;
      return affected(shown, { bad: count, clean: of - count });
    });
    const where = bad.length === judged && bad.every(isWhole) ? '' : `, on ${extent(bad, judged)}`;
    const from = seenFrom(endpoints, (endpoint) => bad.some((one) => one.endpoint === endpoint));
    return [finding(code, 'critical', `${first.reason}${where}${seenFromText(from)}`)];
  });
}

/** An expired certificate has a finding of its own, and must not hide the next one. */
function expiring({ served, now, expiringWithinMs }: Facts): Finding[] {
  const next = served.find(({ notAfter }) => notAfter >= now);
  if (next === undefined || next.notAfter - now > expiringWithinMs) return [];
  const days = Math.floor((next.notAfter - now) / 86_400_000);
  const left = days >= 1 ? `in ${plural(days, 'day')}` : 'in less than a day';
  const message = `"${next.subject}" expires ${left}, at ${rfc3339(next.notAfter)}`;
  return [finding('certificate_expiring', 'warning', message)];
}

/**
 * A key type that is not served is not a fault, unless none is served at all. Where nobody could look from, the server is
 * not at fault either.
 */
function unjudged({ endpoints: all }: Facts): Finding[] {
  const endpoints = all.filter((endpoint) => !isAway(endpoint));
  if (endpoints.length === 0) return [];
  if (!endpoints.some(isJudged)) {
    const message = `no endpoint could be judged: ${failureSummary(endpoints, endpoints)}`;
    return [finding('unreachable', 'warning', message)];
  }
  const failed = endpoints.filter(isFailed);
  if (failed.length === 0) return [];
  const summary = `${plural(failed.length, 'endpoint')} could not be judged: ${failureSummary(failed, endpoints)}`;
  const unseen = seenFrom(all, (endpoint) => isFailed(endpoint) && isUnseenFrom(endpoint.region, endpoints));
  const message = unseen === null ? summary : `unreachable from ${regionsText(unseen)}: ${summary}`;
  return [finding('endpoint_failed', 'warning', message)];
}

function isUnseenFrom(region: string | undefined, endpoints: readonly CheckedEndpoint[]): boolean {
  return endpoints.every((endpoint) => endpoint.region !== region || !isJudged(endpoint));
}

function finding(code: FindingCode, severity: Severity, message: string): Finding {
  return { code, severity, message };
}
