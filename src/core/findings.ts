import type { Certificate } from './certificate.ts';
import { certificateHashPins } from './certificate-hash-pin.ts';
import { type CheckedEndpoint, isFailed, isJudged } from './check.ts';
import { rfc3339 } from './clock.ts';
import type { Domain } from './domain.ts';
import { affected, extent, isWhole, whole } from './extent.ts';
import { failureSummary } from './failure-summary.ts';
import type { Finding, FindingCode, Severity } from './finding.ts';
import type { LookedAt } from './looked-at.ts';
import { ambiguousPaths } from './path-ambiguity.ts';
import type { Pin } from './pin.ts';
import { platformRefused } from './platform-finding.ts';
import { plural } from './plural.ts';
import { trustFindings, trustProblem } from './trust.ts';

/** What the findings are based on. */
export interface Facts {
  readonly domain: Pick<Domain, 'host' | 'port' | 'pins'>;
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
    ...mismatch(facts),
    ...outsidePath(facts),
    ...trust(facts),
    ...platformRefused(facts.looked),
    ...ambiguousPaths(facts.looked, facts.domain.pins),
    ...expiring(facts),
    ...unjudged(facts),
    ...backup(facts),
  ];
}

function mismatch({ looked, endpoints, domain }: Facts): Finding[] {
  const bad = looked.flatMap(({ shown, tally: { counts } }) => affected(shown, counts.pin_mismatch));
  const judged = endpoints.filter(isJudged);
  if (bad.length === 0) return [];
  const told = (message: string) => [message, ...certificateHashPins(looked, domain.pins)].join('; ');
  if (bad.length === judged.length && bad.every(isWhole)) {
    const message = `no pinned key is on the validated path of any endpoint (${plural(bad.length, 'endpoint')} judged)`;
    return [finding('pin_mismatch', 'critical', told(message))];
  }
  const message = `no pinned key is on the validated path of ${extent(bad, judged.length)}`;
  return [finding('pin_mismatch_partial', 'critical', told(message))];
}

/** The classic cause of "but I can see the pinned certificate in the chain": it is sent, but is not on the path. */
function outsidePath({ endpoints, domain }: Facts): Finding[] {
  const stray = endpoints.filter((endpoint) => pinOutsidePath(endpoint, domain.pins) !== undefined);
  const [first] = stray;
  if (!first) return [];
  const cause = stray.some((endpoint) => endpoint.verdict === 'mismatch');
  const pin = pinOutsidePath(first, domain.pins);
  const message = `the pinned key ${pin} is sent by ${extent(stray.map(whole), endpoints.length)}, but on a certificate outside the validated path, where it does not count`;
  return [finding('pin_outside_path', cause ? 'critical' : 'info', message)];
}

function pinOutsidePath(
  { presented, path, matched }: CheckedEndpoint,
  pins: readonly Pin[],
): Pin | undefined {
  const onPath = new Set(path.map((entry) => entry.pin));
  return presented.find(({ pin }) => pins.includes(pin) && !onPath.has(pin) && matched?.pin !== pin)?.pin;
}

function trust({ looked }: Facts): Finding[] {
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
    return [finding(code, 'critical', `${first.reason}${where}`)];
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

/** A key type that is not served is not a fault, unless none is served at all. */
function unjudged({ endpoints }: Facts): Finding[] {
  if (!endpoints.some(isJudged)) {
    const message = `no endpoint could be judged: ${failureSummary(endpoints, endpoints)}`;
    return [finding('unreachable', 'warning', message)];
  }
  const failed = endpoints.filter(isFailed);
  if (failed.length === 0) return [];
  const message = `${plural(failed.length, 'endpoint')} could not be judged: ${failureSummary(failed, endpoints)}`;
  return [finding('endpoint_failed', 'warning', message)];
}

/** The hash of a certificate is not a backup pin either: it will never match. */
function backup({ looked, endpoints, domain, pins }: Facts): Finding[] {
  const matches = endpoints.some((endpoint) => endpoint.verdict === 'match');
  const mistaken = certificateHashPins(looked, domain.pins);
  const spare = pins.filter((pin) => !pin.seen).length - mistaken.length;
  if (!matches || spare > 0) return [];
  const every = mistaken.length === 0 ? 'every pin' : 'every pin of a key';
  const message = `${every} is in use now: when this key must change, no app has the next one pinned (RFC 7469, section 4.3)`;
  return [finding('no_backup_pin', 'warning', [message, ...mistaken].join('; '))];
}

function finding(code: FindingCode, severity: Severity, message: string): Finding {
  return { code, severity, message };
}
