/** The digest: what is not urgent, in one mail. */
import { rfc3339 } from '../../core/clock.ts';
import type { Digest, DigestedDomain, DigestNotice, Listed } from '../../core/digest.ts';
import { plural } from '../../core/plural.ts';
import type { Block } from './document.ts';
import type { Installation } from './installation.ts';
import { distance, readable, span } from './time.ts';

/** In a few words, for the subject: `2 domains without a backup pin, 3 certificates expire soon`. */
export function digestEffect({ digest }: DigestNotice): string {
  const { noBackupPin, expiring, pinsEnding, muted, unseen } = digest;
  const parts = [
    [noBackupPin.count, `${plural(noBackupPin.count, 'domain')} without a backup pin`],
    [
      expiring.count,
      expiring.count === 1 ? '1 certificate expires soon' : `${expiring.count} certificates expire soon`,
    ],
    [pinsEnding.count, `pins of apps end at ${plural(pinsEnding.count, 'domain')}`],
    [muted.count, `${muted.count} muted`],
    [unseen.count, `${unseen.count} not seen`],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([, text]) => text)
    .join(', ');
}

export function digestSentence(notice: DigestNotice, account: string): string {
  return `digest of ${account}: ${digestEffect(notice)}`;
}

export const digestFirst = 'nothing at night. In working hours, go through the lists.';

export function digestStory(
  notice: DigestNotice,
  account: string,
  now: number,
  { runbookUrl }: Installation,
): Block[] {
  const { digest } = notice;
  const runbook = runbookUrl
    ? { text: 'Background:', code: [`${runbookUrl}#no_backup_pin`] }
    : { text: 'Background: docs/runbook.md.' };
  return [
    { kind: 'title', tone: 'info', label: 'INFO', text: digestSentence(notice, account) },
    { kind: 'paragraph', text: `Do first: ${digestFirst}` },
    ...sections(digest, now),
    {
      kind: 'facts',
      rows: [
        ['made', readable(notice.at)],
        ['reported', readable(rfc3339(now))],
        ['account', account],
      ],
    },
    { kind: 'heading', text: 'How to look further' },
    {
      kind: 'steps',
      items: [
        { text: 'All domains of the account, and what is open:', code: [`pinwatch domain list ${account}`] },
        runbook,
      ],
    },
  ];
}

function sections({ noBackupPin, expiring, pinsEnding, muted, unseen }: Digest, now: number): Block[] {
  return [
    ...section(
      'Without a backup pin',
      'Every pin is in use: if the key must change, every app is locked out until it is updated.',
      noBackupPin,
      (domain) => domain,
    ),
    ...section(
      'Certificates that expire next',
      null,
      expiring,
      ({ domain, at }) => `${domain}: ${end(at, now)}`,
    ),
    ...section(
      'Pins of apps that end',
      'From then on, these app versions connect to any server that is trusted.',
      pinsEnding,
      ({ domain, at }) => `${domain}: ${end(at, now)}`,
    ),
    ...section('Muted', 'Until then, no notice is sent about these domains.', muted, ({ domain, at }) =>
      at === null ? domain : `${domain}: until ${readable(at)}`,
    ),
    ...section('Not seen', 'Their last probe could judge nothing.', unseen, (one) => lastSeen(one, now)),
  ];
}

function section<T>(
  title: string,
  note: string | null,
  { count, shown }: Listed<T>,
  line: (one: T) => string,
): Block[] {
  if (count === 0) return [];
  const more = count > shown.length ? [`and ${count - shown.length} more`] : [];
  return [
    { kind: 'heading', text: `${title} (${count})` },
    ...(note === null ? [] : [{ kind: 'paragraph' as const, text: note }]),
    { kind: 'bullets', items: [...shown.map(line), ...more] },
  ];
}

function end(at: string | null, now: number): string {
  return at === null ? 'unknown' : `${readable(at)} (${distance(at, now)})`;
}

function lastSeen({ domain, at }: DigestedDomain, now: number): string {
  return at === null ? `${domain}: never seen` : `${domain}: last seen ${span(now - Date.parse(at))} ago`;
}
