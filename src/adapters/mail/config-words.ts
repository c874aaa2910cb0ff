/** What is said in a line about an incident of a signed configuration. */
import {
  type ConfigIncidentKind,
  type ConfigTransition,
  configIncidentKinds,
} from '../../core/config-incident.ts';
import { severities } from '../../core/finding.ts';
import { visible } from '../../core/hostile-text.ts';
import type { Notice } from '../../core/notice.ts';
import { plural } from '../../core/plural.ts';
import { type UrlProblem, urlProblems } from '../../core/url-problem.ts';
import type { Tone } from './document.ts';
import { isOpen, label, lasted } from './headline.ts';
import { readable, span } from './time.ts';

/** In all mails of an incident, for clients that thread by the subject. */
const kindNames: Readonly<Record<ConfigIncidentKind, string>> = {
  config_unreachable: 'unreachable',
  config_invalid: 'invalid',
  config_outdated: 'outdated',
  config_expiring: 'expiring',
  signing_key_old: 'signing key old',
  devices_unpinned: 'devices not pinned',
};

/** The final state of each kind, the most severe first, the resolved last. */
export function configStandings(transitions: readonly ConfigTransition[]): ConfigTransition[] {
  const latest = new Map(transitions.map((one) => [one.kind, one]));
  return [...latest.values()].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) || configIncidentKinds.indexOf(a.kind) - configIncidentKinds.indexOf(b.kind),
  );
}

/** The lower, the graver. */
export function rankOf(notice: Pick<Notice, 'severity' | 'transition'> | undefined): number {
  if (notice === undefined) return severities.length + 1;
  return isOpen(notice) ? severities.indexOf(notice.severity) : severities.length;
}

/** The problem of a URL that a kind is about; null: it is about none. */
export function problemOf(kind: ConfigIncidentKind): UrlProblem | null {
  return urlProblems.find((problem) => kind === `config_${problem}`) ?? null;
}

/** `https://pins.example.com/c/…`, or `2 of 3 URLs`. */
export function whereOf({ kind, config: { urls } }: ConfigTransition): string {
  const bad = urls.filter(({ problem }) => problem === problemOf(kind));
  const [first] = bad;
  if (first === undefined) return 'a URL';
  return bad.length === 1 ? first.url : `${bad.length} of ${plural(urls.length, 'URL')}`;
}

/** In a few words, for the subject: `an old version is served`. */
export function configEffect(notice: ConfigTransition, now: number): string {
  const { kind, config } = notice;
  switch (kind) {
    case 'config_unreachable':
      return 'apps cannot fetch it';
    case 'config_invalid':
      return 'something else is served';
    case 'config_outdated':
      return 'an old version is served';
    case 'config_expiring':
      return expiry(config.published.expiresAt, now);
    case 'signing_key_old':
      return `certified ${span(now - Date.parse(config.certifiedAt))} ago`;
    case 'devices_unpinned':
      return devicesText(config);
    default:
      return kind satisfies never;
  }
}

function devicesText({ devices = [] }: ConfigTransition['config']): string {
  return plural(devices.length, 'device');
}

function expiry(expiresAt: string, now: number): string {
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? `it expires in ${span(left)}` : `it expired ${span(-left)} ago`;
}

/** What is wrong, or was. */
export function configSentence(notice: ConfigTransition, account: string, now: number): string {
  if (!isOpen(notice)) return configRecovered(notice);
  const { kind, config } = notice;
  switch (kind) {
    case 'config_unreachable':
      return `apps of ${account} cannot fetch their signed configuration from ${whereOf(notice)}`;
    case 'config_invalid':
      return `something other than the signed configuration of ${account} is served at ${whereOf(notice)}`;
    case 'config_outdated':
      return `an old signed configuration of ${account} is served at ${whereOf(notice)}`;
    case 'config_expiring':
      return `the signed configuration of ${account} is not renewed: ${expiry(config.published.expiresAt, now)}`;
    case 'signing_key_old':
      return `the signing key of ${account} is older than 13 months`;
    case 'devices_unpinned':
      return `apps of ${account} check no pins on ${devicesText(config)}`;
    default:
      return kind satisfies never;
  }
}

/** For a closed incident. */
function configRecovered({ kind, unwatched }: ConfigTransition): string {
  if (unwatched) return 'the URL is no longer in publish.urls';
  switch (kind) {
    case 'config_unreachable':
      return 'the signed configuration can be fetched again';
    case 'config_invalid':
    case 'config_outdated':
      return 'what was published is served again';
    case 'config_expiring':
      return 'the signed configuration was renewed';
    case 'signing_key_old':
      return 'another signing key is in force';
    case 'devices_unpinned':
      return 'all devices are pinned again';
    default:
      return kind satisfies never;
  }
}

export function configTone({ transition, severity, unwatched }: ConfigTransition): Tone {
  if (transition !== 'closed') return severity;
  return unwatched ? 'info' : 'good';
}

const subjectLimit = 150;

/** `signed configuration: outdated - CRITICAL: an old version is served [acme]`. */
export function configSubject(
  account: string,
  first: ConfigTransition,
  /** What else is in the letter. */
  rest: readonly Notice[],
  now: number,
): string {
  const open = rest.filter(isOpen).length;
  const more = [
    ...(open > 0 ? [`; ${plural(open, 'other incident')}`] : []),
    ...(rest.length > open ? [`; ${rest.length - open} resolved`] : []),
  ].join('');
  const still = first.transition === 'reminder' ? ' still' : '';
  const what = isOpen(first) ? configEffect(first, now) : configRecovered(first);
  const text = `signed configuration: ${kindNames[first.kind]} - ${label(first)}${still}: ${what}${more}`;
  return visible(`${text} [${visible(account, 40)}]`, subjectLimit);
}

/** One line in a letter about several incidents. */
export function configLine(notice: ConfigTransition, account: string, now: number): string {
  const sentence = configSentence(notice, account, now);
  if (!isOpen(notice)) return `${kindNames[notice.kind]}, lasted ${lasted(notice)}: ${sentence}`;
  const again = notice.transition === 'opened' ? '' : ` (${notice.transition})`;
  return `${sentence}, since ${readable(notice.since).replace(/:\d\d UTC$/, ' UTC')}${again}`;
}
