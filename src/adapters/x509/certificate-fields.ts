import { children, DecodeProblem, type Element, elementAt, expect, smallInteger, tags } from './der.ts';

/**
 * The fields of a certificate (RFC 5280, section 4.1), as raw bytes: a pin is the hash of the exact bytes of a key, and
 * any re-encoding may differ.
 */
export interface CertificateFields {
  /** 1, 2 or 3. */
  readonly version: number;
  /** The AlgorithmIdentifier in the signed part, and the one beside the signature. */
  readonly signature: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly notBefore: Element;
  readonly notAfter: Element;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array;
  /** The SEQUENCE of extensions; null if there is none. */
  readonly extensions: Uint8Array | null;
}

const explicit3 = 0xa3;

/** Slices a certificate. Throws DecodeProblem. */
export function certificateFields(der: Uint8Array): CertificateFields {
  const certificate = expect(der, 0, der.length, tags.sequence, 'Certificate');
  if (certificate.end !== der.length) {
    throw new DecodeProblem(`Certificate: ends at byte ${certificate.end}, ${der.length} bytes were sent`);
  }
  const tbs = expect(der, certificate.content, certificate.end, tags.sequence, 'tbsCertificate');
  const signatureAlgorithm = expect(der, tbs.end, certificate.end, tags.sequence, 'signatureAlgorithm');
  const first = elementAt(der, tbs.content, tbs.end, 'version');
  const isVersion1 = first.tag !== tags.explicit0;
  const serial = expect(der, isVersion1 ? tbs.content : first.end, tbs.end, tags.integer, 'serialNumber');
  const signature = expect(der, serial.end, tbs.end, tags.sequence, 'signature');
  const issuer = expect(der, signature.end, tbs.end, tags.sequence, 'issuer');
  const validity = expect(der, issuer.end, tbs.end, tags.sequence, 'validity');
  const notBefore = elementAt(der, validity.content, validity.end, 'notBefore');
  const notAfter = elementAt(der, notBefore.end, validity.end, 'notAfter');
  const subject = expect(der, validity.end, tbs.end, tags.sequence, 'subject');
  const spki = expect(der, subject.end, tbs.end, tags.sequence, 'subjectPublicKeyInfo');
  const rest = children(der, { ...tbs, content: spki.end }, 'tbsCertificate');
  const wrapper = rest.find(({ tag }) => tag === explicit3);
  const raw = ({ start, end }: Element) => der.subarray(start, end);
  const version = isVersion1
    ? 1
    : 1 + smallInteger(der, elementAt(der, first.content, first.end, 'version'), 'version');
  // OpenSSL reads any version; BoringSSL and Java none above 3.
  if (version > 3) throw new DecodeProblem(`version: expected 1, 2 or 3, found ${version}`);
  return {
    version,
    signature: raw(signature),
    signatureAlgorithm: raw(signatureAlgorithm),
    issuer: raw(issuer),
    notBefore,
    notAfter,
    subject: raw(subject),
    spki: raw(spki),
    extensions: wrapper ? der.subarray(wrapper.content, wrapper.end) : null,
  };
}
