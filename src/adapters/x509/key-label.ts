import { DecodeProblem, type Element, elementAt, expect, oidText, tags } from './der.ts';

const ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10045.2.1': 'EC',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.2.840.10040.4.1': 'DSA',
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
};

const CURVES: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.1': 'P-192',
  '1.3.132.0.33': 'P-224',
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
  '1.3.132.0.10': 'secp256k1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
  '1.2.156.10197.1.301': 'SM2',
};

/**
 * The kind of a public key for people, read from SubjectPublicKeyInfo: `EC P-256`, `RSA 2048`, an OID where it has no
 * name here. A label only: a key inside that nobody can read costs the size, not the certificate.
 */
export function keyLabel(spki: Uint8Array): string {
  const outer = expect(spki, 0, spki.length, tags.sequence, 'subjectPublicKeyInfo');
  const algorithm = expect(spki, outer.content, outer.end, tags.sequence, 'algorithm');
  const oid = expect(spki, algorithm.content, algorithm.end, tags.oid, 'algorithm');
  const id = oidText(spki.subarray(oid.content, oid.end));
  const name = ALGORITHMS[id];
  if (name === undefined) return id;
  const detail = quietly(() => {
    if (name === 'EC') return curve(spki, elementAt(spki, oid.end, algorithm.end, 'curve'));
    if (name.startsWith('RSA')) return String(modulusBits(spki, algorithm.end, outer.end));
    return null;
  });
  return detail === null ? name : `${name} ${detail}`;
}

function curve(spki: Uint8Array, parameters: Element): string {
  if (parameters.tag !== tags.oid) return 'with explicit parameters';
  const id = oidText(spki.subarray(parameters.content, parameters.end));
  return CURVES[id] ?? id;
}

/** RSAPublicKey (RFC 8017, appendix A.1.1) inside the BIT STRING: the length of its modulus. */
function modulusBits(spki: Uint8Array, at: number, limit: number): number {
  const bits = expect(spki, at, limit, tags.bitString, 'subjectPublicKey');
  const key = expect(spki, bits.content + 1, bits.end, tags.sequence, 'RSAPublicKey');
  const modulus = expect(spki, key.content, key.end, tags.integer, 'modulus');
  let first = modulus.content;
  while (first < modulus.end && spki[first] === 0) first += 1;
  return (modulus.end - first) * 8 - Math.clz32(spki[first] ?? 0) + 24;
}

function quietly(read: () => string | null): string | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeProblem) return null;
    throw error;
  }
}
