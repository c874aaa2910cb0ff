import type { PublicKeyFacts } from './certificate-facts.ts';

const rsa = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10'];

/** Measured on Node 20, in units of at most 0.2 ms; the usual keys are 1. */
const curves: Readonly<Record<string, number>> = {
  '1.2.840.10045.3.1.7': 1, // P-256
  '1.3.132.0.10': 2, // secp256k1
  '1.3.132.0.34': 3, // P-384
  '1.3.132.0.35': 4, // P-521
};

const others: Readonly<Record<string, number>> = {
  '1.3.101.112': 1, // Ed25519
  '1.3.101.113': 2, // Ed448
};

/** Explicit curve parameters, or an RSA key over 8192 bits: up to 7 ms. Not found in practice. */
const unusual = 8;

/**
 * The cost of checking a signature of this key. A server chooses the keys of its chain, and checking a signature blocks
 * the process.
 */
export function signatureCost({ algorithm, curve, rsaBits }: PublicKeyFacts): number {
  if (curve !== null) return curves[curve] ?? unusual;
  if (!rsa.includes(algorithm)) return others[algorithm] ?? unusual;
  if (rsaBits === null || rsaBits > 8_192) return unusual;
  return rsaBits > 4_096 ? 2 : 1;
}
