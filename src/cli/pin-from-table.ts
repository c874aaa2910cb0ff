import type { Certificate } from '../core/certificate.ts';
import type { ChainPins, PinnableChain } from '../core/chain-pins.ts';
import { isServed } from '../core/check.ts';
import { rfc3339 } from '../core/clock.ts';
import { domainName, type Target } from '../core/domain.ts';
import type { Failed } from '../core/observation.ts';
import type { Pin } from '../core/pin.ts';
import type { PinSourceItem, PinSourceKind } from '../core/pin-source.ts';
import { plural } from '../core/plural.ts';
import { trustErrorText } from '../core/trust-error.ts';
import { details, positionLabels, shown } from './check-endpoints.ts';
import { labelled, type Paint, painter, row } from './layout.ts';
import { sameKeyAs } from './pin-from-json.ts';

const kinds: Record<PinSourceKind, string> = {
  certificate: 'certificate',
  request: 'certificate request',
  'public-key': 'public key',
  'private-key': 'private key',
};

export function fileTable(
  name: string,
  items: readonly PinSourceItem[],
  now: number,
  colour: boolean,
): string {
  const paint = painter(colour);
  const lines = labelled(paint, 'bold', 'file', `${name}: ${plural(items.length, 'key')}`);
  for (const [index, item] of items.entries()) {
    const { kind, subject, pin, key, notAfter, issuer } = item;
    const name = subject === null ? '' : ` ${shown({ subject })}`;
    const same = sameKeyAs(items, index);
    lines.push(
      ...labelled(paint, 'bold', `  ${index + 1}`, `${kinds[kind]}${name}`),
      `${''.padEnd(10)}${pin}${same === null ? '' : `  same key as ${same}`}`,
      ...row('', notAfter === null ? key : details({ key, notAfter }, now)),
      ...(issuer === null ? [] : row('', `issued by ${shown({ subject: issuer })}`)),
    );
  }
  const [first] = items;
  return text([
    ...lines,
    ...toPaste(items.length > 1 ? 'the first key' : 'this key', first ? [first.pin] : []),
  ]);
}

export function chainsTable(
  target: Target,
  { chains, failed, leafPins }: ChainPins,
  now: number,
  colour: boolean,
): string {
  const paint = painter(colour);
  const found = chains.length === 0 ? 'no chain was seen' : plural(chains.length, 'chain');
  return text([
    ...labelled(paint, 'bold', 'host', `${domainName(target)}: ${found}`),
    ...chains.flatMap((chain) => ['', ...chainLines(chain, now, paint)]),
    ...(failed.length > 0 ? [''] : []),
    ...failed.flatMap((endpoint) => failureLines(endpoint, paint)),
    ...toPaste(leafPins.length > 1 ? 'the keys of the leaves' : 'the key of the leaf', leafPins),
  ]);
}

function chainLines(
  { endpoints, trustError, path, strays }: PinnableChain,
  now: number,
  paint: Paint,
): string[] {
  const label = endpoints.length === 1 ? 'endpoint' : 'endpoints';
  const names = endpoints.map(({ address, keyType }) => `${address} ${keyType}`).join(', ');
  return [
    ...labelled(paint, trustError === null ? 'bold' : 'red', label, names),
    ...(trustError === null
      ? []
      : row('', `not trusted, so apps refuse this chain whatever the pins: ${trustErrorText(trustError)}`)),
    ...path.flatMap(({ certificate, position, from }) => [
      ...certificateLines(`  ${positionLabels[position]}`, certificate, now),
      ...(from === 'trust-store' ? row('', 'from the trust store') : []),
    ]),
    ...strays.flatMap((stray) => [
      ...certificateLines('  stray', stray, now),
      ...row('', 'sent, but outside the path: its key does not count'),
    ]),
  ];
}

function certificateLines(
  label: string,
  { subject, pin, key, notAfter }: Certificate,
  now: number,
): string[] {
  return [
    ...row(label, shown({ subject })),
    `${''.padEnd(10)}${pin}`,
    ...row('', details({ key, notAfter: rfc3339(notAfter) }, now)),
  ];
}

function failureLines({ address, keyType, failure }: Failed, paint: Paint): string[] {
  const style = isServed({ failure }) ? 'yellow' : 'dim';
  return [
    ...labelled(paint, style, 'endpoint', `${address ?? '(no address)'} ${keyType}`),
    ...row('', `${failure.code}: ${failure.message}`),
  ];
}

/** One line, however long, so that it can be pasted as it is. */
function toPaste(what: string, pins: readonly Pin[]): string[] {
  return pins.length === 0 ? [] : ['', `to pin ${what}:`, '', `pins: [${pins.join(', ')}]`];
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
