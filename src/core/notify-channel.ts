/**
 * Notification channels: what an account is told through besides mail. Not to be confused with the channel of a signed
 * configuration, see channel.ts.
 */
import { type Severity, severities } from './finding.ts';
import { type Parsed, parsed, refused } from './parsed.ts';
import { type QuietHours, quietForMs } from './quiet-hours.ts';
import { quote } from './quote.ts';

export const notifyChannelTypes = ['webhook', 'slack', 'teams', 'pagerduty', 'alertmanager', 'ntfy'] as const;
export type NotifyChannelType = (typeof notifyChannelTypes)[number];

interface ChannelKind {
  readonly key: 'required' | 'optional' | 'none';
  /** Where notices go unless the channel has another URL. */
  readonly url?: string;
  /**
   * It shows an alert for each incident until that is closed. `lapsing`: and only for `alertLastsMs` after it was last
   * told, so it is told again every `alertAgainMs`.
   */
  readonly alerts?: 'lasting' | 'lapsing';
  /** A program reads it, and follows each incident by its id. */
  readonly follows?: true;
}

/**
 * Longer than a restart, an upgrade or an outage of the store usually takes, so that it does not look like a recovery;
 * and longer than it takes Prometheus to report that pinwatch is down. If pinwatch is gone for good, the alert ends.
 */
export const alertLastsMs = 1_800_000;
/** How long a service that has forgotten its alerts is without them. */
export const alertAgainMs = 120_000;

export const channelKinds: { readonly [type in NotifyChannelType]: ChannelKind } = {
  webhook: { key: 'required', follows: true },
  slack: { key: 'none' },
  teams: { key: 'none' },
  pagerduty: {
    ...{ key: 'required', url: 'https://events.pagerduty.com/v2/enqueue' },
    ...{ alerts: 'lasting', follows: true },
  },
  alertmanager: { key: 'optional', alerts: 'lapsing' },
  ntfy: { key: 'optional' },
};

export interface NotifyChannel {
  /** Distinct within an account. */
  readonly name: string;
  readonly type: NotifyChannelType;
  /** A secret: many services put a token into it. */
  readonly url: string;
  /** A secret: it signs a webhook's requests, is PagerDuty's routing key, or a bearer token. Left out: none. */
  readonly key?: string;
  /** Notices that are less severe are not sent. */
  readonly minSeverity: Severity;
  readonly quietHours?: QuietHours;
}

/** Of one account. Each notice is stored once for each of them. */
export const mostNotifyChannels = 10;

/** Why a channel of this type can't have quiet hours; null if it can. */
export function quietHoursProblem(type: NotifyChannelType, hours: QuietHours | undefined): string | null {
  if (hours === undefined || channelKinds[type].alerts !== 'lapsing') return null;
  return `one of type ${type} has no quiet hours, in which its alerts would end: the service has its own`;
}

export const channelNameExpected =
  'a name of 1 to 32 lower-case letters, digits and hyphens, other than mail';

export function parseChannelName(text: string): Parsed<string> {
  return /^(?!mail$)[a-z0-9][a-z0-9-]{0,31}$/.test(text)
    ? parsed(text)
    : refused(`expected ${channelNameExpected}, found ${quote(text)}`);
}

export const channelUrlExpected =
  'an http:// or https:// URL of at most 2000 characters, without a user name and a fragment';

/** The problem never shows the value, which may hold a token. */
export function parseChannelUrl(text: string): Parsed<string> {
  const problem = refused(`expected ${channelUrlExpected} (not shown, it may hold a password)`);
  // URL would silently drop tabs and newlines.
  if (text.length > 2_000 || /[^\x21-\x7e]/.test(text) || !URL.canParse(text)) return problem;
  const { protocol, username, password, hash } = new URL(text);
  const isPlain = username === '' && password === '' && hash === '';
  return isPlain && (protocol === 'https:' || protocol === 'http:') ? parsed(text) : problem;
}

export const signingKeyExpected = 'a key of 16 to 256 visible ASCII characters';

/** The problem never shows the value. */
export function parseSigningKey(text: string): Parsed<string> {
  return /^[\x21-\x7e]{16,256}$/.test(text)
    ? parsed(text)
    : refused(`expected ${signingKeyExpected} (not shown)`);
}

/** What counts of a notice here. */
interface Severe {
  readonly severity: Severity;
}

/** Those of the notices that the channel is told. */
export function wantedBy<T extends Severe>({ minSeverity }: NotifyChannel, notices: readonly T[]): T[] {
  const least = severities.indexOf(minSeverity);
  return notices.filter(({ severity }) => severities.indexOf(severity) <= least);
}

/** How long these notices wait for the end of the quiet hours, in milliseconds. A critical one takes the others along. */
export function heldForMs({ quietHours }: NotifyChannel, notices: readonly Severe[], now: number): number {
  if (quietHours === undefined || notices.some(({ severity }) => severity === 'critical')) return 0;
  return quietForMs(quietHours, now);
}
