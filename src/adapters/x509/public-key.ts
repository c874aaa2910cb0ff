import type { PublicKeyFacts } from '../../core/certificate-facts.ts';
import { DecodeProblem, type Element, elementAt, expect, oidAt, tags } from './der.ts';

const ellipticCurve = '1.2.840.10045.2.1';
const rsa = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10'];

/**
 * What kind of key a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) holds. If the key inside is unreadable, only the
 * detail is missing, and the certificate still counts. Throws DecodeProblem.
 */
export function readPublicKey(spki: Uint8Array): PublicKeyFacts {
  const outer = expect(spki, 0, spki.length, tags.sequence, 'subjectPublicKeyInfo');
  const identifier = expect(spki, outer.content, outer.end, tags.sequence, 'algorithm');
  const oid = elementAt(spki, identifier.content, identifier.end, 'algorithm');
  const algorithm = oidAt(spki, oid, 'algorithm');
  const curve = () => readCurve(spki, elementAt(spki, oid.end, identifier.end, 'curve'));
  const bits = () => modulusBits(spki, identifier.end, outer.end);
  return {
    algorithm,
    curve: algorithm === ellipticCurve ? quietly(curve) : null,
    rsaBits: rsa.includes(algorithm) ? quietly(bits) : null,
  };
}

/** Named by an OID, or with explicit parameters (RFC 3279, section 2.3.5). */
function readCurve(spki: Uint8Array, parameters: Element): string {
  return parameters.tag === tags.oid ? oidAt(spki, parameters, 'curve') : 'explicit';
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

function quietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeProblem) return null;
    throw error;
  }
}
