import type { Failure } from '../../core/observation.ts';

/** Checked before anything is parsed: what one server can make us read. */
const MAX_CERTIFICATES = 20;
const MAX_CERTIFICATE_BYTES = 65_536;
const MAX_CHAIN_BYTES = 102_400;

/** Why a chain is not read at all; null if it is. */
export function sizeFailure(chain: readonly Uint8Array[]): Failure | null {
  if (chain.length === 0) return { code: 'no_certificate', message: 'the server sent no certificate' };
  const tooLarge = (message: string): Failure => ({ code: 'chain_too_large', message });
  if (chain.length > MAX_CERTIFICATES) {
    return tooLarge(`the server sent ${chain.length} certificates; the limit is ${MAX_CERTIFICATES}`);
  }
  let total = 0;
  for (const [index, { length }] of chain.entries()) {
    if (length > MAX_CERTIFICATE_BYTES) {
      return tooLarge(
        `certificate ${index + 1} of ${chain.length} has ${length} bytes; the limit is ${MAX_CERTIFICATE_BYTES}`,
      );
    }
    total += length;
  }
  return total > MAX_CHAIN_BYTES
    ? tooLarge(`the chain has ${total} bytes; the limit is ${MAX_CHAIN_BYTES}`)
    : null;
}
