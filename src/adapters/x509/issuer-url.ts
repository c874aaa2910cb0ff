import type { X509Certificate } from 'node:crypto';

/** Longer than any in use. */
const mostCharacters = 500;

/**
 * Where a certificate says that its issuer's can be fetched (caIssuers of authorityInfoAccess), by plain HTTP or HTTPS.
 * Nothing where it does not, or where OpenSSL can't read it.
 */
export function issuerUrlOf(certificate: { x509(): X509Certificate }): { issuerUrl?: string } {
  // Node writes an entry a line, and quotes one whose text could be taken for more than itself: it is none of ours.
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
