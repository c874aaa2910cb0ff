/** Roots that replace the default trust store, as PEM: what is accepted, and how they are stored. */
import { isCertificateLabel, type PemBlock, readPem } from './pem.ts';
import { plural } from './plural.ts';
import { quote } from './quote.ts';

/** Limits on a `ca` in an API request: certificates, and characters as sent. */
export const mostRoots = 20;
export const mostRootCharacters = 65_536;

/** Limit on the operator's own file: more than a system's whole trust store. */
export const mostFileRoots = 1_000;

/**
 * Only the certificates of a PEM text, without duplicates, in lines of 64 characters (RFC 7468, section 2): no text
 * between them, and no private key. Whether they can be decoded is checked elsewhere. The same certificates give the
 * same text, however they were written.
 */
export function rootBundle(pem: string): string {
  return certificateBlocks(pem).join('');
}

/** How many certificates a PEM text has, each counted once. */
export function rootCount(pem: string): number {
  return certificateBlocks(pem).length;
}

function certificateBlocks(pem: string): string[] {
  const { blocks } = readPem(pem, isCertificateLabel, 'certificate');
  return [...new Set(blocks.map(rewritten))];
}

function rewritten({ label, body }: PemBlock): string {
  const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
  // OpenSSL's own TRUSTED form has more than the certificate, so it keeps its label.
  const name = label === 'X509 CERTIFICATE' ? 'CERTIFICATE' : label;
  return `-----BEGIN ${name}-----\n${lines.join('\n')}\n-----END ${name}-----\n`;
}

/** The warning about certificates beside the roots. */
export function othersWarning(others: number): string {
  const [are, anchors] = others === 1 ? ['is', 'a trust anchor'] : ['are', 'trust anchors'];
  return `${plural(others, 'certificate')} ${are} not self-signed and not used as ${anchors}`;
}

/** What is wrong with a PEM text that has no root; `others` is how many other certificates it has. */
export function noRootProblem(text: string, others: number): string {
  return `expected PEM with at least one self-signed root certificate, found ${foundInstead(text, others)}`;
}

function foundInstead(text: string, others: number): string {
  if (others > 0) return `none: ${plural(others, 'certificate')}, not self-signed`;
  if (text.trim() === '') return 'nothing';
  if (text.includes('\0-\0-\0')) return 'UTF-16 text; iconv -f UTF-16 -t UTF-8 FILE writes UTF-8';
  // A SEQUENCE with a length of several octets. Bytes that are not UTF-8 were decoded as U+FFFD.
  if (/^0[^\0-\x7f]/.test(text)) return 'DER; openssl x509 -inform der -in FILE writes PEM';
  const labels = new Set(readPem(text, () => true, 'block').blocks.map(({ label }) => label));
  const [label, ...more] = labels;
  if (label !== undefined) return `none: only ${quote(label)}${more.length > 0 ? ' and others' : ''}`;
  return text.includes('-----begin ') ? 'none: BEGIN and END lines are written in capitals' : 'none';
}
