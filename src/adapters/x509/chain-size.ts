import { mostCertificateBytes, mostCertificates, mostChainBytes } from '../../core/chain-limits.ts';
import type { Failure } from '../../core/observation.ts';

/** Why a chain is not even parsed; null if it is small enough. */
export function sizeFailure(chain: readonly Uint8Array[]): Failure | null {
  if (chain.length === 0) return { code: 'no_certificate', message: 'the server sent no certificate' };
  const tooLarge = (message: string): Failure => ({ code: 'chain_too_large', message });
  if (chain.length > mostCertificates) {
    return tooLarge(`the server sent ${chain.length} certificates; the limit is ${mostCertificates}`);
  }
  let total = 0;
  for (const [index, { length }] of chain.entries()) {
    if (length > mostCertificateBytes) {
      return tooLarge(
        `certificate ${index + 1} of ${chain.length} has ${length} bytes; the limit is ${mostCertificateBytes}`,
      );
    }
    total += length;
  }
  return total > mostChainBytes
    ? tooLarge(`the chain has ${total} bytes; the limit is ${mostChainBytes}`)
    : null;
}
