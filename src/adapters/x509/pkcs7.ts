import { withDefiniteLengths } from './ber.ts';
import { children, DecodeProblem, expect, oidText, tags } from './der.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** The certificates in SignedData (RFC 5652, section 5.1), unchanged and in order. Throws DecodeProblem. */
export function pkcs7Certificates(bytes: Buffer): Buffer[] {
  const der = withDefiniteLengths(bytes, 'PKCS#7');
  const outer = expect(der, 0, der.length, tags.sequence, 'PKCS#7');
  const id = expect(der, outer.content, outer.end, tags.oid, 'PKCS#7');
  const [, content] = children(der, outer, 'PKCS#7');
  const oid = oidText(der.subarray(id.content, id.end));
  if (oid !== SIGNED_DATA || content === undefined) {
    throw new DecodeProblem(`PKCS#7: expected SignedData (${SIGNED_DATA}), found ${oid}`);
  }
  const signed = expect(der, content.content, content.end, tags.sequence, 'SignedData');
  // After version, digest algorithms and content; [0] occurs at most once.
  const set = children(der, signed, 'SignedData').find(({ tag }) => tag === tags.explicit0);
  const found = set === undefined ? [] : children(der, set, 'certificates');
  // Other tags are attribute certificates and obsolete formats (RFC 5652, section 10.2.2).
  const certificates = found.filter(({ tag }) => tag === tags.sequence);
  if (certificates.length === 0) throw new DecodeProblem('PKCS#7: expected certificates, found none');
  return certificates.map(({ start, end }) => der.subarray(start, end));
}
