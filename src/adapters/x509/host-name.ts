import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/**
 * Whether a leaf names the host in a subjectAltName (RFC 9525): the common name never counts, and a wildcard stands
 * for one whole label. An IP literal needs an iPAddress entry.
 */
export function namesHost(leaf: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return leaf.checkIP(host) !== undefined;
  // A name may be written as absolute; certificates never do.
  const name = host.toLowerCase().replace(/\.$/, '');
  // OpenSSL takes a name that begins with a dot for "any name below", and Node throws over a NUL.
  if (!/^[^.\0][^\0]*$/.test(name)) return false;
  return leaf.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined;
}
