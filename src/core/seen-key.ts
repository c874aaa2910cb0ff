/** Where the keys of an account were seen by its last probes: for notations that ask where on the path a key is. */
import type { Check } from './check.ts';
import type { Pin } from './pin.ts';
import { type CertificatePin, certificatePinFromHex } from './pin-hash.ts';

export interface SeenKey {
  readonly at: ReadonlySet<'leaf' | 'ca'>;
  /** The leaves that were presented with this key. */
  readonly leaves: ReadonlySet<CertificatePin>;
}

/** By key. */
export type SeenKeys = ReadonlyMap<Pin, SeenKey>;

/** Only paths count: a key on a stray certificate is on no client's path. */
export function seenKeys(checks: readonly Pick<Check, 'endpoints'>[]): SeenKeys {
  const seen = new Map<Pin, { at: Set<'leaf' | 'ca'>; leaves: Set<CertificatePin> }>();
  for (const { path, presented } of checks.flatMap(({ endpoints }) => endpoints)) {
    for (const [index, { pin }] of path.entries()) {
      const known = seen.get(pin) ?? { at: new Set(), leaves: new Set() };
      known.at.add(index === 0 ? 'leaf' : 'ca');
      const leaf = index === 0 ? presented.find((one) => one.pin === pin) : undefined;
      if (leaf !== undefined) known.leaves.add(certificatePinFromHex(leaf.certificateSha256));
      seen.set(pin, known);
    }
  }
  return seen;
}
