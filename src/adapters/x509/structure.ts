import { children, DecodeProblem, type Element, elementAt, tags } from './der.ts';

export type Structure =
  | 'certificate'
  | 'request'
  | 'public-key'
  | 'rsa-public-key'
  | 'private-key'
  | 'rsa-private-key'
  | 'ec-private-key'
  | 'encrypted-private-key'
  | 'pkcs7'
  | 'pkcs12';

export const structureNames: Readonly<Record<Structure, string>> = {
  certificate: 'a certificate',
  request: 'a certificate request',
  'public-key': 'a public key',
  'rsa-public-key': 'an RSA public key',
  'private-key': 'a private key',
  'rsa-private-key': 'an RSA private key',
  'ec-private-key': 'an EC private key',
  'encrypted-private-key': 'an encrypted private key',
  pkcs7: 'PKCS#7',
  pkcs12: 'PKCS#12',
};

/**
 * What kind of DER it is, by its top tags, because a file's name says little: .cer, .crt and .key are used for
 * anything. null if it is none of these; it may still turn out to be unreadable.
 */
export function structureOf(der: Uint8Array): Structure | null {
  try {
    const outer = elementAt(der, 0, der.length, 'file');
    if (outer.tag !== tags.sequence || outer.end !== der.length) return null;
    const inside = children(der, outer, 'file');
    return known(der, inside, inside.map(letter).join(''));
  } catch (error) {
    if (error instanceof DecodeProblem) return null;
    throw error;
  }
}

function known(der: Uint8Array, inside: readonly Element[], shape: string): Structure | null {
  if (shape === 'SSB') return isRequest(der, inside[0]) ? 'request' : 'certificate';
  if (shape === 'SB') return 'public-key';
  if (shape === 'SO') return 'encrypted-private-key';
  if (shape === 'II') return 'rsa-public-key';
  // Two primes or, rarely, more: PKCS#1's version 1.
  if (/^I{9}S?$/.test(shape)) return 'rsa-private-key';
  // [0] and [1] may follow in both: attributes and the public key.
  if (/^ISO[01]*$/.test(shape)) return 'private-key';
  if (/^IO[01]*$/.test(shape)) return 'ec-private-key';
  if (/^ISS?$/.test(shape)) return 'pkcs12';
  if (shape === 'o0') return 'pkcs7';
  return null;
}

/** CertificationRequestInfo has version, subject, key and attributes; a certificate has at least six fields. */
function isRequest(der: Uint8Array, info: Element | undefined): boolean {
  return info !== undefined && /^ISS0?$/.test(children(der, info, 'file').map(letter).join(''));
}

const LETTERS: Readonly<Record<number, string>> = {
  [tags.integer]: 'I',
  [tags.bitString]: 'B',
  [tags.octetString]: 'O',
  [tags.oid]: 'o',
  [tags.sequence]: 'S',
  [tags.explicit0]: '0',
  161: '1',
  // PKCS#8 version 2 has the public key as [1] IMPLICIT BIT STRING.
  129: '1',
};

function letter({ tag }: Element): string {
  return LETTERS[tag] ?? '?';
}
