import type { OpenCertificate } from './decode.ts';
import { keyLabel } from './key-label.ts';

const mostRsaBits = 8_192;
const mostRsaExponent = 2n ** 32n;

/** Keys that verify in at most 4 ms (measured on Node 20; P-521 is the slowest). */
const known =
  /^(EC (P-256|P-384|P-521|secp256k1|brainpoolP(256|384|512)r1)|Ed25519|Ed448|ML-DSA-\d+|RSA(-PSS)? \d+)$/;

/**
 * Why an untrusted root is refused; null if it is accepted. With some keys one verification blocks the process for tens
 * of milliseconds, and each probe would repeat it. No app trusts such a root.
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
    // A key that OpenSSL can't read has signed nothing, so this is not a root.
    return 0n;
  }
}
