/** Certificates and requests: the key's bytes are taken unchanged, because apps will hash exactly these. */
import { mostCertificateBytes } from '../../core/chain-limits.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { PinSourceItem } from '../../core/pin-source.ts';
import { describeCertificate, openCertificate, pinOf } from './decode.ts';
import { children, DecodeProblem, expect, tags } from './der.ts';
import { keyLabel } from './key-label.ts';
import { nameText } from './name.ts';

/** Throws DecodeProblem. */
export function certificateItem(der: Buffer): PinSourceItem {
  checkSize(der);
  const open = openCertificate(der);
  open.x509();
  const { pin, key, subject, issuer, notAfter, certificateSha256 } = describeCertificate(open);
  return { kind: 'certificate', pin, key, subject, issuer, notAfter: rfc3339(notAfter), certificateSha256 };
}

/**
 * CertificationRequest (RFC 2986, section 4). Its signature is not checked: the CA does that, and it proves nothing
 * here. Throws DecodeProblem.
 */
export function requestItem(der: Buffer): PinSourceItem {
  checkSize(der);
  const request = expect(der, 0, der.length, tags.sequence, 'CertificationRequest');
  if (request.end !== der.length) {
    throw new DecodeProblem(
      `CertificationRequest: ends at byte ${request.end}, ${der.length} bytes were given`,
    );
  }
  const info = expect(der, request.content, request.end, tags.sequence, 'certificationRequestInfo');
  const version = expect(der, info.content, info.end, tags.integer, 'version');
  const subject = expect(der, version.end, info.end, tags.sequence, 'subject');
  const key = expect(der, subject.end, info.end, tags.sequence, 'subjectPKInfo');
  children(der, request, 'CertificationRequest');
  const spki = der.subarray(key.start, key.end);
  return {
    kind: 'request',
    pin: pinOf(spki),
    key: keyLabel(spki),
    subject: nameText(der.subarray(subject.start, subject.end)),
    ...{ issuer: null, notAfter: null, certificateSha256: null },
  };
}

/** A server can't use a certificate that is longer than it may send. */
function checkSize({ length }: Buffer): void {
  if (length > mostCertificateBytes) {
    throw new DecodeProblem(`expected at most ${mostCertificateBytes} bytes, found ${length}`);
  }
}
