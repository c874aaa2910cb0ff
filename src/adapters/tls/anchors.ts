import { X509Certificate } from 'node:crypto';

const pemBlock =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/**
 * The roots among PEM certificates: self-issued and signed by their own key. An intermediate that OpenSSL had in its
 * store would complete the chain of a server that forgot to send it, and so hide what breaks the apps.
 */
export function rootsOf(pem: string): readonly string[] {
  return (pem.match(pemBlock) ?? []).filter(isRoot);
}

function isRoot(pem: string): boolean {
  try {
    const certificate = new X509Certificate(pem);
    // checkIssued alone wants keyCertSign as well, which a server's own self-signed certificate seldom has: OpenSSL
    // trusts that one where it is in the store, and so do the apps that bring it.
    const isSelfIssued = certificate.subject === certificate.issuer || certificate.checkIssued(certificate);
    return isSelfIssued && certificate.verify(certificate.publicKey);
  } catch {
    // Bytes or a key that OpenSSL can't read are no anchor. The configuration's reader is who complains of them.
    return false;
  }
}
