import type { X509Certificate } from 'node:crypto';

/** Longer than any in use. */
const mostCharacters = 500;

/**
 * Where a certificate says that its issuer's can be fetched over HTTP or HTTPS (caIssuers of authorityInfoAccess).
 * Nothing if it does not, or if OpenSSL can't read it.
 */
export function issuerUrlOf(certificate: { x509(): X509Certificate }): { issuerUrl?: string } {
  // Node writes one entry per line, and quotes an entry that could be mistaken for several: that one is not used.
  const [, url] = /^CA Issuers - URI:(https?:\/\/[\x21-\x7e]+)$/m.exec(infoAccess(certificate) ?? '') ?? [];
  return url === undefined || url.length > mostCharacters ? {} : { issuerUrl: url };
}

function infoAccess(certificate: { x509(): X509Certificate }): string | undefined {
  try {
    return certificate.x509().infoAccess;
  } catch {
    return undefined;
  }
}
