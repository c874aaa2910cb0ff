/**
 * The endpoints of a check for people. Those that gave the same answer are one entry: eight addresses with one chain
 * are read at a glance, and the one that differs stands first.
 */
import {
  type Check,
  type CheckedEndpoint,
  isFailed,
  isJudged,
  type PathEntry,
  type PresentedCertificate,
} from '../core/check.ts';
import { labelled, type Paint, row, type Style } from './layout.ts';

/** At least one endpoint; all of them alike but for address, key type and duration. */
type Alike = readonly [CheckedEndpoint, ...CheckedEndpoint[]];

export function endpointTable({ endpoints }: Check, now: number, paint: Paint): string[] {
  const groups = alike(endpoints).toSorted(([a], [b]) => rank(a) - rank(b));
  return groups.flatMap((group, index) => [
    ...(index === 0 ? [] : ['']),
    ...headLines(group, paint),
    ...pathLines(group[0], now, paint),
    ...strayLines(group[0], paint),
  ]);
}

function alike(endpoints: readonly CheckedEndpoint[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const endpoint of endpoints) {
    const { failure, protocol, presented, path, trustError } = endpoint;
    const sent = presented.map(({ certificateSha256 }) => certificateSha256);
    const key = JSON.stringify([failure, protocol, sent, path, trustError]);
    const group = groups.get(key);
    groups.set(key, group ? [...group, endpoint] : [endpoint]);
  }
  return [...groups.values()];
}

/** What fails before what could not be judged, before what is well, before what is no fault. */
function rank(endpoint: CheckedEndpoint): number {
  if (endpoint.verdict === 'mismatch') return 0;
  if (endpoint.presented.length > 0 && !endpoint.trusted) return 1;
  if (isJudged(endpoint)) return 3;
  return isFailed(endpoint) ? 2 : 4;
}

function headLines(group: Alike, paint: Paint): string[] {
  const [endpoint] = group;
  const { failure, verdict, protocol, trusted, trustError } = endpoint;
  const names = group.map(({ address, keyType }) => `${address ?? '(no address)'} ${keyType}`).join(', ');
  const label = group.length === 1 ? 'endpoint' : 'endpoints';
  const failed = failure === null ? [] : row('', `${failure.code}: ${failure.message}`);
  if (endpoint.presented.length === 0) {
    const style = isFailed(endpoint) ? 'yellow' : 'dim';
    return [...labelled(paint, style, label, names), ...failed];
  }
  const bad = verdict === 'mismatch' || !trusted;
  const style: Style = bad ? 'red' : isFailed(endpoint) ? 'yellow' : verdict === 'match' ? 'green' : 'bold';
  const trust = trusted ? 'trusted' : `not trusted (${trustError})`;
  return [
    ...labelled(paint, style, label, names),
    ...row('', `${verdict}, ${protocol}, ${durations(group)}, ${trust}`),
    ...failed,
  ];
}

function durations(group: Alike): string {
  const all = group.map(({ durationMs }) => durationMs);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return least === most ? `${least} ms` : `${least} to ${most} ms`;
}

function pathLines(endpoint: CheckedEndpoint, now: number, paint: Paint): string[] {
  return endpoint.path.flatMap((entry, index) => {
    const sent = endpoint.presented.find(
      ({ pin, subject }) => pin === entry.pin && subject === entry.subject,
    );
    const mark = endpoint.matched?.pin === entry.pin ? `  ${paint('green', '← pinned')}` : '';
    return [
      ...row(`  ${positionOf(endpoint, index)}`, shown(entry)),
      `${''.padEnd(10)}${entry.pin}${mark}`,
      ...row('', entry.from === 'trust-store' || !sent ? 'from the trust store' : details(sent, now)),
    ];
  });
}

/** Where OpenSSL found the chain good but for the host name, its last certificate is the anchor. */
function positionOf({ path, trusted, trustError }: CheckedEndpoint, index: number): string {
  if (index === 0) return 'leaf';
  const anchored = trusted || trustError === 'HOSTNAME_MISMATCH' || path.at(-1)?.from === 'trust-store';
  return anchored && index === path.length - 1 ? 'root' : 'issuer';
}

/** The kind of key, and how long its certificate is valid. */
export function details(
  { key, notAfter }: Pick<PresentedCertificate, 'key' | 'notAfter'>,
  now: number,
): string {
  const days = Math.floor((Date.parse(notAfter) - now) / 86_400_000);
  const left = days < 0 ? 'expired' : days === 1 ? '1 day left' : `${days} days left`;
  return `${key}, until ${notAfter} (${left})`;
}

/** Sent, but part of no path: where a pinned key would not count. */
function strayLines({ presented, path }: CheckedEndpoint, paint: Paint): string[] {
  const outside = presented.filter(
    ({ pin, subject }) => !path.some((entry) => entry.pin === pin && entry.subject === subject),
  );
  return outside.flatMap((stray) => [
    ...row('  stray', shown(stray)),
    `${''.padEnd(10)}${stray.pin}`,
    ...row('', paint('dim', 'sent, but outside the path: its key does not count')),
  ]);
}

export function shown({ subject }: Pick<PathEntry, 'subject'>): string {
  return subject === '' ? '(empty subject)' : subject;
}
