/** An incident as an alert of Alertmanager's API v2. */
import type { BlindTransition } from '../../../core/blind-incident.ts';
import { rfc3339 } from '../../../core/clock.ts';
import type { DigestNotice } from '../../../core/digest.ts';
import { severities } from '../../../core/finding.ts';
import { isOfDomain, isOfWatch, type Notice } from '../../../core/notice.ts';
import { accountPath, domainPath } from '../../../core/page-path.ts';
import { refusalOf } from '../../../core/refusal.ts';
import { cutAt, withoutMarkup } from '../message-text.ts';

export interface AlertLinks {
  readonly publicUrl: string | null;
  readonly runbookUrl: string | null;
}

/** Receivers show it in full, and chat services cut it at some 3,000. */
const mostCharacters = 1_500;

/** A digest is no incident: nothing would end its alert. */
export type AlertedNotice = Exclude<Notice, DigestNotice>;

/**
 * The labels are the alert's identity: they stay the same from its opening to its end, while the severity does. Nothing
 * in them comes from a certificate. `lastsUntil`: when it ends unless it is repeated, in milliseconds since the epoch.
 */
export function alertOf(
  account: string,
  notice: AlertedNotice,
  lastsUntil: number,
  links: AlertLinks,
): object {
  const { incident, kind, transition, severity, since, at } = notice;
  const words = kind.split('_');
  const subject = isOfDomain(notice)
    ? { domain: notice.domain, instance: `${notice.check.host}:${notice.check.port}` }
    : isOfWatch(notice) && notice.blind.region !== undefined
      ? { region: notice.blind.region }
      : {};
  const name = isOfDomain(notice)
    ? notice.domain
    : isOfWatch(notice)
      ? `pinwatch, for ${account}`
      : `the signed configuration of ${account}`;
  // Not the time of sending: if Alertmanager's clock is behind, that is ahead, and an end ahead is taken for firing.
  const endsAt = transition === 'closed' ? Date.parse(at) : lastsUntil;
  return {
    labels: { alertname: `Pinwatch${words.map(capital).join('')}`, account, ...subject, kind, severity },
    annotations: {
      summary: `${capital(words.join(' '))}: ${name}.`,
      description: description(notice),
      incident,
      ...(links.runbookUrl === null ? {} : { runbook_url: `${links.runbookUrl}#${headingOf(notice)}` }),
    },
    // An end before the start is refused.
    startsAt: rfc3339(Math.min(Date.parse(since), endsAt)),
    endsAt: rfc3339(endsAt),
    ...(links.publicUrl === null ? {} : { generatorURL: `${links.publicUrl}${pathOf(account, notice)}` }),
  };
}

function description(notice: AlertedNotice): string {
  const lines = isOfWatch(notice)
    ? blindLines(notice)
    : isOfDomain(notice)
      ? notice.check.findings
          .filter(({ severity }) => severities.indexOf(severity) <= severities.indexOf(notice.severity))
          .map(({ message }) => message)
      : notice.config.urls
          .filter(({ problem }) => problem !== null)
          .map(({ url, detail }) => `${url}: ${detail}`);
  return cutAt(withoutMarkup([...lines, `Since ${notice.since}.`].join('\n')), mostCharacters);
}

function blindLines({ blind: { cause, domains, seen, lost, region } }: BlindTransition): string[] {
  if (cause === 'region_away') return [`No worker of pinwatch in ${region} answers.`];
  if (cause === 'region_sees_nothing') return [`pinwatch can judge no domain from ${region}.`];
  return cause === 'no_probes'
    ? ['pinwatch probes nothing.']
    : [`pinwatch sees ${seen} of ${domains} domains; ${lost} are out of sight.`];
}

/** Of the page. */
function pathOf(account: string, notice: AlertedNotice): string {
  return isOfDomain(notice) ? domainPath(account, notice.domain) : accountPath(account);
}

/** The runbook's headings are finding codes, and the kinds of incidents. */
function headingOf(notice: AlertedNotice): string {
  if (notice.kind !== 'untrusted' || !isOfDomain(notice)) return notice.kind;
  return refusalOf(notice.check) ?? 'chain_untrusted';
}

function capital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
