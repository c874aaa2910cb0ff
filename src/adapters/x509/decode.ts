import { createHash, X509Certificate } from 'node:crypto';
import type { Certificate } from '../../core/certificate.ts';
import type { CertificateFacts, ExtensionFacts } from '../../core/certificate-facts.ts';
import type { Pin } from '../../core/pin.ts';
import { type CertificateFields, certificateFields } from './certificate-fields.ts';
import { DecodeProblem } from './der.ts';
import { readExtensions } from './extensions.ts';
import { issuerUrlOf } from './issuer-url.ts';
import { keyLabel } from './key-label.ts';
import { commonNameOf, nameKey, nameText } from './name.ts';
import { readPublicKey } from './public-key.ts';
import { signatureCode, signatureLabel } from './signature-algorithm.ts';
import { readTime } from './validity.ts';

/** A certificate whose issuer can be checked. It holds the DER and OpenSSL's object, so it should not be kept. */
export interface OpenCertificate {
  readonly der: Buffer;
  /** SHA-256 over the DER, 64 lower-case hex digits. */
  readonly sha256: string;
  readonly fields: CertificateFields;
  /** As `nameKey`. */
  readonly issuerKey: string;
  readonly subjectKey: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Read on first use. */
  extensions(): ExtensionFacts;
  /** The same bytes as read by OpenSSL, on first use. Throws DecodeProblem. */
  x509(): X509Certificate;
}

/** Slices a certificate and reads what its place in a chain depends on. Throws DecodeProblem. */
export function openCertificate(bytes: Uint8Array): OpenCertificate {
  const der = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = certificateFields(der);
  let x509: X509Certificate | undefined;
  let extensions: ExtensionFacts | undefined;
  return {
    der,
    sha256: createHash('sha256').update(der).digest('hex'),
    fields,
    issuerKey: nameKey(fields.issuer),
    subjectKey: nameKey(fields.subject),
    notBefore: readTime(der, fields.notBefore, 'notBefore'),
    notAfter: readTime(der, fields.notAfter, 'notAfter'),
    extensions() {
      extensions ??= readExtensions(fields);
      return extensions;
    },
    x509() {
      x509 ??= parse(der);
      return x509;
    },
  };
}

/** What is kept of a certificate. Throws DecodeProblem. */
export function describeCertificate(open: OpenCertificate): Certificate {
  const { fields, sha256, notBefore, notAfter } = open;
  const commonName = commonNameOf(fields.subject);
  return {
    pin: pinOf(fields.spki),
    subject: nameText(fields.subject),
    issuer: nameText(fields.issuer),
    ...(commonName === null ? {} : { commonName }),
    notBefore,
    notAfter,
    certificateSha256: sha256,
    key: keyLabel(fields.spki),
    signature: signatureLabel(signatureCode(fields.signature)),
    extendedKeyUsage: open.extensions().extendedKeyUsage,
    selfIssued: isSelfIssued(open),
    ...issuerUrlOf(open),
  };
}

/** The facts that a path is judged by; `certificate` describes the same certificate. Throws DecodeProblem. */
export function factsOf(open: OpenCertificate, certificate: Certificate): CertificateFacts {
  const { fields, subjectKey, issuerKey } = open;
  return {
    certificate,
    subjectKey,
    issuerKey,
    version: fields.version,
    signatureAlgorithm: signatureCode(fields.signature),
    publicKey: readPublicKey(fields.spki),
    // The extensions of an anchor are not used, so they need not be read.
    get extensions() {
      return open.extensions();
    },
  };
}

/** The pin of a SubjectPublicKeyInfo's bytes as they stand (RFC 7469, section 2.4). */
export function pinOf(spki: Uint8Array): Pin {
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`;
}

export function isSelfIssued({ issuerKey, subjectKey }: OpenCertificate): boolean {
  return issuerKey === subjectKey;
}

/** The issuer's key made the child's signature. A key or signature that OpenSSL cannot read has signed nothing. */
export function isSignedBy(child: OpenCertificate, issuer: OpenCertificate): boolean {
  try {
    return child.x509().verify(issuer.x509().publicKey);
  } catch {
    return false;
  }
}

function parse(der: Buffer): X509Certificate {
  let x509: X509Certificate;
  try {
    x509 = new X509Certificate(der);
  } catch (error) {
    throw new DecodeProblem('OpenSSL cannot read it', { cause: error });
  }
  // Node looks for PEM anywhere in the bytes before it tries DER: a certificate that contains another one as PEM text
  // (in an extension, for example) would be taken for that other one, in a chain that it is not part of.
  if (!x509.raw.equals(der)) throw new DecodeProblem('OpenSSL reads a different certificate from it');
  return x509;
}
