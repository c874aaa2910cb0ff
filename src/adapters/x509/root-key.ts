import type { OpenCertificate } from './decode.ts';
import { keyLabel } from './key-label.ts';

const mostRsaBits = 8_192;
const mostRsaExponent = 2n ** 32n;

/** Whose verification takes 4 ms at most (measured on Node 20, P-521 being the slowest). */
const known =
  /^(EC (P-256|P-384|P-521|secp256k1|brainpoolP(256|384|512)r1)|Ed25519|Ed448|ML-DSA-\d+|RSA(-PSS)? \d+)$/;

/**
 * Why a root of a stranger is not taken: with some keys one verification takes tens of milliseconds, in which nothing else
 * runs, and each probe would make them. No app trusts such a root. null: it is taken.
 */
export function rootKeyProblem(root: OpenCertificate): string | null {
  const label = keyLabel(root.fields.spki);
  const bits = Number(/^RSA(?:-PSS)? (\d+)$/.exec(label)?.[1] ?? 0);
  if (known.test(label) && bits <= mostRsaBits && (bits === 0 || exponentOf(root) <= mostRsaExponent))
    return null;
  return `expected a root with an RSA key of at most ${mostRsaBits} bits and a small exponent, an EC key on a usual named curve, Ed25519, Ed448 or ML-DSA, found ${label}`;
}

function exponentOf(root: OpenCertificate): bigint {
  try {
    return root.x509().publicKey.asymmetricKeyDetails?.publicExponent ?? mostRsaExponent + 1n;
  } catch {
    // A key that OpenSSL can't read has signed nothing: the root is none.
    return 0n;
  }
}
