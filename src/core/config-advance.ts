/**
 * How the incidents of a signed configuration develop from look to look, by default a minute apart.
 *
 * - **quiet → open.** `config_unreachable` and `config_invalid` need three looks in a row at one URL, so that a flicker is
 *   not told. `config_outdated` needs two, and what was published must be older than five looks take: until then an edge
 *   may have the last one. `config_expiring` and `signing_key_old` need one, because a date does not flicker.
 * - `devices_unpinned` opens with the first device, changes with each further one, and closes with the last.
 * - **open → open, changed.** Another URL has it, other bytes are wrong with it, or less than a fourteenth of its life is
 *   left.
 * - **open → quiet, closed.** Two looks in a row at each URL that had it were clean. A URL that is unreachable says nothing
 *   about what it serves. One that is no longer in the settings holds nothing open.
 *
 * Reminders, acknowledgements and the pace of mail are those of a domain's incidents.
 */
import { rfc3339 } from './clock.ts';
import type { Condition } from './condition.ts';
import type {
  ConfigIncident,
  ConfigIncidentKind,
  ConfigRecord,
  ConfigReport,
  ConfigTransition,
  ReportedUrl,
  UrlTrails,
} from './config-incident.ts';
import { configIncidentKinds } from './config-incident.ts';
import type { ServedTuple } from './config-state.ts';
import type { Severity } from './finding.ts';
import { followIncident } from './follow-incident.ts';
import { fnv1a } from './hash.ts';
import type { NotifySettings } from './settings.ts';
import { type ListedDevice, shortHash } from './unpinned-device.ts';
import { type UrlProblem, urlProblems } from './url-problem.ts';
import { followUrl, isConfirmed } from './url-trail.ts';

/** Looks within which what was published has to be everywhere: 5 minutes, if there is one a minute. */
const looksToSpread = 5;

const mostTold = 100;

/** How old a key statement may be: 13 months. */
export const keyAgeMs = 396 * 86_400_000;

export interface LookedUrl extends Omit<ReportedUrl, 'found'> {
  readonly found: ServedTuple | null;
  /** A closed set: what makes another mail if it changes. */
  readonly code: string;
}

export interface ConfigLook {
  readonly account: string;
  readonly watcher: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The time from one look to the next. */
  readonly everyMs: number;
  readonly channel: string;
  readonly roots: readonly string[];
  /** What should be served. */
  readonly expected: ServedTuple;
  readonly signedElsewhere: boolean;
  /** Seconds since 1970: when the key statement was signed. */
  readonly certifiedAt: number;
  readonly renewalFailure: string | null;
  readonly urls: readonly LookedUrl[];
  /** Those that are not pinned now. */
  readonly devices: readonly ListedDevice[];
}

/** The record after a look, and the transitions that led there. */
export function advanceConfig(
  before: ConfigRecord,
  look: ConfigLook,
  rules: Pick<NotifySettings, 'remindEveryMs' | 'backupPinEveryMs'>,
): { record: ConfigRecord; transitions: ConfigTransition[] } {
  const { at } = look;
  const trails = look.urls.map((url) => ({
    url,
    of: followUrl(before.urls[url.url] ?? {}, url.problem, at),
  }));
  const report = reportOf(look);
  const transitions: ConfigTransition[] = [];
  const incidents: { [kind in ConfigIncidentKind]?: ConfigIncident } = {};
  for (const kind of configIncidentKinds) {
    const seen = seenOf(kind, trails, look);
    const open = before.incidents[kind];
    const { incident, transition } =
      open === undefined ? openNew(kind, seen, look) : followOpen(open, seen, look, rules);
    if (incident !== null) incidents[kind] = incident;
    const told = incident ?? open;
    if (transition === null || told === undefined) continue;
    const isUnwatched = transition === 'closed' && !told.told.some((fact) => isAbout(fact, look.urls));
    transitions.push({
      ...{ incident: told.id, kind, transition, severity: told.severity },
      ...{ since: rfc3339(told.since), at: rfc3339(at), config: report },
      ...(isUnwatched && isOfUrls(kind) ? { unwatched: true } : {}),
    });
  }
  const bad = trails.filter(({ of }) => Object.keys(of).length > 0).map(({ url, of }) => [url.url, of]);
  const { watcher } = look;
  return {
    record: { watcher, lookedAt: at, urls: Object.fromEntries(bad), incidents, report },
    transitions,
  };
}

/** What a look says of one kind. */
interface Seen {
  readonly condition: Condition;
  readonly since: number;
  readonly facts: readonly string[];
  readonly severity: Severity;
}

type Trailed = { readonly url: LookedUrl; readonly of: UrlTrails };

function seenOf(kind: ConfigIncidentKind, trails: readonly Trailed[], look: ConfigLook): Seen {
  const { at, expected, certifiedAt } = look;
  switch (kind) {
    case 'config_unreachable':
      return seenAt('unreachable', trails, look);
    case 'config_invalid':
      return seenAt('invalid', trails, look);
    case 'config_outdated':
      return seenAt('outdated', trails, look);
    case 'config_expiring': {
      const severity = expiryBand(expected, at);
      const condition = severity === null ? 'absent' : 'present';
      return {
        condition,
        since: at,
        facts: severity === null ? [] : [severity],
        severity: severity ?? 'warning',
      };
    }
    case 'signing_key_old': {
      const isOld = at - certifiedAt * 1_000 > keyAgeMs;
      return { condition: isOld ? 'present' : 'absent', since: at, facts: [], severity: 'warning' };
    }
    case 'devices_unpinned': {
      const facts = look.devices.map(({ hash, until }) => `${hash} ${until}`);
      return { condition: facts.length > 0 ? 'present' : 'absent', since: at, facts, severity: 'info' };
    }
    default:
      return kind satisfies never;
  }
}

/** Whether what was published has had the time to reach every edge. */
export function isSpread({
  at,
  everyMs,
  expected,
}: Pick<ConfigLook, 'at' | 'everyMs' | 'expected'>): boolean {
  return at - expected.issuedAt * 1_000 > looksToSpread * everyMs;
}

function seenAt(problem: UrlProblem, trails: readonly Trailed[], look: ConfigLook): Seen {
  const { at } = look;
  const bad = trails.flatMap(({ url, of }) => {
    const trail = of[problem];
    return trail === undefined ? [] : [{ url, trail }];
  });
  const isDue = problem !== 'outdated' || isSpread(look);
  const due = bad.filter(({ url, trail }) => url.problem === problem && isDue && isConfirmed(problem, trail));
  const isHeld = bad.some(({ trail }) => isConfirmed(problem, trail));
  return {
    condition: due.length > 0 ? 'present' : isHeld ? 'unknown' : 'absent',
    since: Math.min(at, ...due.map(({ trail }) => trail.since)),
    facts: due.map(({ url }) => `${url.url} ${url.code}`),
    severity: 'critical',
  };
}

/** A fact of a URL begins with it. */
function isAbout(fact: string, urls: readonly LookedUrl[]): boolean {
  return urls.some(({ url }) => fact.startsWith(`${url} `));
}

function isOfUrls(kind: ConfigIncidentKind): boolean {
  return urlProblems.some((problem) => kind === `config_${problem}`);
}

/** null: more than a quarter of its life is left. At the defaults a quarter is 3.5 days, a fourteenth one. */
export function expiryBand({ issuedAt, expiresAt }: ServedTuple, now: number): 'warning' | 'critical' | null {
  const left = expiresAt - now / 1_000;
  const life = expiresAt - issuedAt;
  if (left >= life / 4) return null;
  return left < life / 14 ? 'critical' : 'warning';
}

function openNew(kind: ConfigIncidentKind, { condition, since, facts, severity }: Seen, look: ConfigLook) {
  if (condition !== 'present') return { incident: null, transition: null };
  const { account, at } = look;
  const incident: ConfigIncident = {
    id: `${since.toString(36)}-${fnv1a(`${account} ${kind}`).toString(36)}`,
    ...{ kind, severity, since, toldAt: at, told: facts.slice(0, mostTold) },
  };
  return { incident, transition: 'opened' as const };
}

function followOpen(
  open: ConfigIncident,
  { condition, facts, severity }: Seen,
  { at }: ConfigLook,
  rules: Pick<NotifySettings, 'remindEveryMs' | 'backupPinEveryMs'>,
) {
  const fresh = condition === 'present' ? facts.filter((fact) => !open.told.includes(fact)) : [];
  const remindEveryMs = open.kind === 'signing_key_old' ? rules.backupPinEveryMs : rules.remindEveryMs;
  const followed = followIncident(open, condition, { fresh, mostTold, at, muted: false, remindEveryMs });
  if (followed.incident === null || condition !== 'present') return followed;
  return { ...followed, incident: { ...followed.incident, severity } };
}

function reportOf({
  channel,
  roots,
  expected,
  signedElsewhere,
  certifiedAt,
  renewalFailure,
  urls,
  devices,
}: ConfigLook): ConfigReport {
  const at = (seconds: number) => rfc3339(seconds * 1_000);
  const { generation, version, issuedAt, expiresAt } = expected;
  return {
    ...{ channel, roots },
    published: { generation, version, issuedAt: at(issuedAt), expiresAt: at(expiresAt), signedElsewhere },
    urls: urls.map(({ url, problem, detail, found }) => ({
      ...{ url, problem, detail },
      found: found && { generation: found.generation, version: found.version, issuedAt: at(found.issuedAt) },
    })),
    certifiedAt: at(certifiedAt),
    renewalFailure,
    ...(devices.length > 0
      ? {
          devices: devices.map(({ hash, until, by, note }) => ({
            ...{ device: shortHash(hash), until: at(until), by, note },
          })),
        }
      : {}),
  };
}
