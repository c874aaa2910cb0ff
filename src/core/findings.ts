import type { Certificate } from './certificate.ts';
import type { CheckedEndpoint } from './check.ts';
import { rfc3339 } from './clock.ts';
import type { Domain } from './domain.ts';
import { failureSummary } from './failure-summary.ts';
import type { Finding, FindingCode, Severity } from './finding.ts';
import type { Observation, Seen } from './observation.ts';
import type { Pin } from './pin.ts';
import { isCritical, type PlatformRefusal, platformRefusals } from './platform-refusals.ts';
import { defaultPlatforms, platformNames } from './platforms.ts';
import { plural } from './plural.ts';
import { trustFindings, trustProblem } from './trust.ts';

/** What the findings are drawn from; `endpoints` and `observations` are the same endpoints in the same order. */
export interface Facts {
  readonly domain: Pick<Domain, 'host' | 'port' | 'pins' | 'platforms'>;
  readonly observations: readonly Observation[];
  readonly endpoints: readonly CheckedEndpoint[];
  readonly pins: readonly { readonly pin: Pin; readonly seen: boolean }[];
  /** The certificate on a path that expires first. */
  readonly earliest: Certificate | null;
  readonly now: number;
  readonly expiringWithinMs: number;
}

/** Each code at most once, the gravest first; a message names the endpoints concerned where they are not all. */
export function findingsOf(facts: Facts): Finding[] {
  return [
    ...mismatch(facts),
    ...outsidePath(facts),
    ...trust(facts),
    ...platform(facts),
    ...expiring(facts),
    ...unjudged(facts),
    ...backup(facts),
  ];
}

function mismatch({ endpoints }: Facts): Finding[] {
  const bad = endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
  const good = endpoints.filter((endpoint) => endpoint.verdict === 'match');
  if (bad.length === 0) return [];
  if (good.length === 0) {
    const message = `no pinned key is on the validated path of any endpoint (${plural(bad.length, 'endpoint')} judged)`;
    return [finding('pin_mismatch', 'critical', message)];
  }
  const message = `no pinned key is on the validated path of ${some(bad, bad.length + good.length)}`;
  return [finding('pin_mismatch_partial', 'critical', message)];
}

/** The classic cause of «but I can see the pinned certificate in the chain»: it is sent, and leads nowhere. */
function outsidePath({ endpoints, domain }: Facts): Finding[] {
  const stray = endpoints.filter((endpoint) => pinOutsidePath(endpoint, domain.pins) !== undefined);
  const [first] = stray;
  if (!first) return [];
  const cause = stray.some((endpoint) => endpoint.verdict === 'mismatch');
  const pin = pinOutsidePath(first, domain.pins);
  const message = `the pinned key ${pin} is sent by ${some(stray, endpoints.length)}, but on a certificate outside the validated path, where it does not count`;
  return [finding('pin_outside_path', cause ? 'critical' : 'info', message)];
}

function pinOutsidePath({ presented, path }: CheckedEndpoint, pins: readonly Pin[]): Pin | undefined {
  const onPath = new Set(path.map((entry) => entry.pin));
  return presented.find(({ pin }) => pins.includes(pin) && !onPath.has(pin))?.pin;
}

function trust({ observations, endpoints }: Facts): Finding[] {
  const problems = observations.map((observation) =>
    observation.failure === null ? trustProblem(observation) : null,
  );
  const judged = observations.filter((observation) => observation.failure === null).length;
  return trustFindings.flatMap((code) => {
    const affected = endpoints.filter((_, index) => problems[index]?.code === code);
    const first = problems.find((problem) => problem?.code === code);
    if (!first) return [];
    const where = affected.length === judged ? '' : `, on ${some(affected, judged)}`;
    return [finding(code, 'critical', `${first.reason}${where}`)];
  });
}

/** Beside trust: the path may hold, and the platform takes it all the same no further. */
function platform({ observations, endpoints, domain }: Facts): Finding[] {
  const refusals = platformRefusals(observations, domain.platforms ?? defaultPlatforms);
  if (refusals.length === 0) return [];
  const judged = observations.filter(({ failure }) => failure === null).length;
  const texts = refusals.map(({ kind, platforms, problem, endpoints: refused }) => {
    const affected = endpoints.filter((_, index) => refused.some((seen) => seen === observations[index]));
    const names = platforms.map((one) => platformNames[one]).join(' and ');
    const where = affected.length === judged ? '' : `, on ${some(affected, judged)}`;
    return `${refusalWords[kind]} ${names}: ${problem}${where}`;
  });
  const severity = refusals.some(isCritical) ? 'critical' : 'warning';
  return [finding('platform_refused', severity, texts.join('; '))];
}

const refusalWords: Readonly<Record<PlatformRefusal['kind'], string>> = {
  handshake: 'not negotiated by',
  certificates: 'refused by',
  some_apps: 'refused by some apps on',
};

function expiring({ earliest, now, expiringWithinMs }: Facts): Finding[] {
  if (earliest === null || now > earliest.notAfter || earliest.notAfter - now > expiringWithinMs) return [];
  const days = Math.floor((earliest.notAfter - now) / 86_400_000);
  const left = days >= 1 ? `in ${plural(days, 'day')}` : 'in less than a day';
  const message = `«${earliest.subject}» expires ${left}, at ${rfc3339(earliest.notAfter)}`;
  return [finding('certificate_expiring', 'warning', message)];
}

/** A key type that is not served is no fault, unless nothing is served at all. */
function unjudged({ observations, endpoints }: Facts): Finding[] {
  const judged = observations.filter((observation): observation is Seen => observation.failure === null);
  if (judged.length === 0) {
    const message = `no endpoint could be judged: ${failureSummary(endpoints, endpoints)}`;
    return [finding('unreachable', 'warning', message)];
  }
  const failed = endpoints.filter(isFailed);
  if (failed.length === 0) return [];
  const message = `${plural(failed.length, 'endpoint')} could not be judged: ${failureSummary(failed, endpoints)}`;
  return [finding('endpoint_failed', 'warning', message)];
}

function backup({ endpoints, pins }: Facts): Finding[] {
  const matches = endpoints.some((endpoint) => endpoint.verdict === 'match');
  if (!matches || pins.some((pin) => !pin.seen)) return [];
  const message = `every pin is in use now: when this key must change, no app has the next one pinned (RFC 7469, section 4.3)`;
  return [finding('no_backup_pin', 'warning', message)];
}

/** Could not be judged, and should have been. */
export function isFailed(endpoint: CheckedEndpoint): boolean {
  return endpoint.failure !== null && endpoint.failure.code !== 'key_type_not_served';
}

function finding(code: FindingCode, severity: Severity, message: string): Finding {
  return { code, severity, message };
}

function some(affected: readonly CheckedEndpoint[], total: number): string {
  return `${affected.length} of ${plural(total, 'endpoint')} (${bounded(affected.map(name))})`;
}

function name(endpoint: CheckedEndpoint): string {
  return `${endpoint.address ?? 'no address'} ${endpoint.keyType}`;
}

/** Forty edges in one line help nobody; the endpoints themselves are all in the check. */
function bounded(items: readonly string[]): string {
  const shown = items.slice(0, 4).join(', ');
  return items.length > 4 ? `${shown}, and ${items.length - 4} more` : shown;
}
