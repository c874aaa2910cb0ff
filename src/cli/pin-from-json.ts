import type { Certificate } from '../core/certificate.ts';
import type { ChainPins } from '../core/chain-pins.ts';
import { rfc3339 } from '../core/clock.ts';
import type { Target } from '../core/domain.ts';
import type { PinSourceItem } from '../core/pin-source.ts';

/** `pins` has what the line to paste has: the first key. */
export function fileJson(source: string, items: readonly PinSourceItem[]) {
  return {
    file: source,
    pins: items.slice(0, 1).map(({ pin }) => pin),
    items: items.map((item, index) => ({ ...item, sameKeyAs: sameKeyAs(items, index) })),
  };
}

/** The number, from 1, of the first item with the same key; null for that item itself. */
export function sameKeyAs(items: readonly PinSourceItem[], index: number): number | null {
  const first = items.findIndex(({ pin }) => pin === items[index]?.pin);
  return first === index ? null : first + 1;
}

/** `pins` has what the line to paste has: the leaves' keys. */
export function chainsJson({ host, port }: Target, { chains, failed, leafPins }: ChainPins) {
  return {
    host,
    port,
    pins: leafPins,
    chains: chains.map(({ endpoints, trustError, path, strays }) => ({
      endpoints,
      trusted: trustError === null,
      trustError,
      path: path.map(({ position, from, certificate }) => ({ position, from, ...described(certificate) })),
      strays: strays.map(described),
    })),
    failures: failed.map(({ address, keyType, failure }) => ({ address, keyType, failure })),
  };
}

function described({ pin, key, subject, issuer, notAfter, certificateSha256 }: Certificate) {
  return { pin, key, subject, issuer, notAfter: rfc3339(notAfter), certificateSha256 };
}
