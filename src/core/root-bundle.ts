/** Roots of an account, as PEM: what is taken of them, and how they are stored. */

/** Of a `ca` that comes by the API: certificates, and characters as they come. */
export const mostRoots = 20;
export const mostRootCharacters = 65_536;

/** Of a file, which is the operator's own: a system's whole trust store, and some. */
export const mostFileRoots = 1_000;

const labels = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];
const begin = '-----BEGIN ';

/**
 * The certificates of a PEM text and nothing else, each once, in lines of 64 characters (RFC 7468, section 2): neither what
 * stands between them nor a private key beside them. Whether they can be read is not looked at. The same certificates give
 * the same text, however they were written.
 */
export function rootBundle(pem: string): string {
  return certificateBlocks(pem).join('');
}

/** How many certificates a PEM text has, each counted once. */
export function rootCount(pem: string): number {
  return certificateBlocks(pem).length;
}

function certificateBlocks(pem: string): string[] {
  const blocks = new Set<string>();
  for (let at = pem.indexOf(begin); at !== -1; ) {
    const labelEnd = pem.indexOf('-----', at + begin.length);
    if (labelEnd === -1) break;
    const label = pem.slice(at + begin.length, labelEnd);
    let next = labelEnd;
    if (labels.includes(label)) {
      const end = pem.indexOf(`-----END ${label}-----`, labelEnd);
      if (end === -1) break;
      blocks.add(block(label, pem.slice(labelEnd + 5, end)));
      next = end + 5;
    }
    at = pem.indexOf(begin, next);
  }
  return [...blocks];
}

function block(label: string, body: string): string {
  const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
  // OpenSSL's own TRUSTED form has more than the certificate in it, so that it keeps its name.
  const name = label === 'X509 CERTIFICATE' ? 'CERTIFICATE' : label;
  return `-----BEGIN ${name}-----\n${lines.join('\n')}\n-----END ${name}-----\n`;
}
