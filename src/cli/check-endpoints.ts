/**
 * The endpoints of a check, for people. Endpoints with the same answer are one entry, so eight addresses with one chain
 * are read at a glance, and the one that differs comes first.
 */
import { type AlikeEndpoints, alikeEndpoints } from '../core/alike-endpoints.ts';
import {
  type Check,
  type CheckedEndpoint,
  isFailed,
  type PathEntry,
  type PresentedCertificate,
} from '../core/check.ts';
import { fromRegion } from '../core/place.ts';
import { type Position, positionOf } from '../core/position.ts';
import { trustErrorText } from '../core/trust-error.ts';
import { labelled, type Paint, row, type Style } from './layout.ts';

/** The first column has room for `issuer`. */
export const positionLabels: Readonly<Record<Position, string>> = {
  leaf: 'leaf',
  intermediate: 'issuer',
  root: 'root',
};

export function endpointTable({ endpoints }: Check, now: number, paint: Paint): string[] {
  return alikeEndpoints(endpoints).flatMap((group, index) => [
    ...(index === 0 ? [] : ['']),
    ...headLines(group, paint),
    ...pathLines(group[0], now, paint),
    ...strayLines(group[0], paint),
  ]);
}

function headLines(group: AlikeEndpoints, paint: Paint): string[] {
  const [endpoint] = group;
  const { failure, verdict, trusted, trustError } = endpoint;
  const names = group
    .map((one) => `${one.address ?? '(no address)'} ${one.keyType}${fromRegion(one)}`)
    .join(', ');
  const label = group.length === 1 ? 'endpoint' : 'endpoints';
  const failed = failure === null ? [] : row('', `${failure.code}: ${failure.message}`);
  if (endpoint.presented.length === 0) {
    const style = isFailed(endpoint) ? 'yellow' : 'dim';
    return [...labelled(paint, style, label, names), ...failed];
  }
  const bad = verdict === 'mismatch' || !trusted;
  const style: Style = bad ? 'red' : isFailed(endpoint) ? 'yellow' : verdict === 'match' ? 'green' : 'bold';
  const trust = trustError === null ? 'trusted' : `not trusted: ${trustErrorText(trustError)}`;
  return [
    ...labelled(paint, style, label, names),
    ...row('', `${verdict}, ${protocols(group)}, ${durations(group)}, ${trust}`),
    ...failed,
  ];
}

function protocols(group: AlikeEndpoints): string {
  return [...new Set(group.map(({ protocol }) => protocol))].join(' and ');
}

function durations(group: AlikeEndpoints): string {
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
      ...row(`  ${positionLabels[positionOf(endpoint, index)]}`, shown(entry)),
      `${''.padEnd(10)}${entry.pin}${mark}`,
      ...row('', entry.from === 'trust-store' || !sent ? 'from the trust store' : details(sent, now)),
    ];
  });
}

/** The kind of key, and how long the certificate is valid. */
export function details(
  { key, notAfter }: Pick<PresentedCertificate, 'key' | 'notAfter'>,
  now: number,
): string {
  const days = Math.floor((Date.parse(notAfter) - now) / 86_400_000);
  const left = days < 0 ? 'expired' : days === 1 ? '1 day left' : `${days} days left`;
  return `${key}, until ${notAfter} (${left})`;
}

/** Sent, but not on the path: a pinned key does not count there. */
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
