import { toBase64Url } from './base64url.ts';
import { isPoint } from './p256.ts';
import { asciiBytes } from './utf8.ts';
import { type Subtle, sha256 } from './web-crypto.ts';

/** A P-256 public key with its name. */
export interface PublicKey {
  /** RFC 7638 thumbprint, SHA-256, base64url. */
  readonly kid: string;
  /** 65 bytes: 04 X Y. */
  readonly point: Uint8Array;
}

/** Names a key. Throws TypeError unless the point is one of the curve: an app with such a root is built wrongly. */
export async function namedKey(subtle: Subtle, point: Uint8Array): Promise<PublicKey> {
  if (!isPoint(point)) {
    throw new TypeError(`expected a point of P-256 in 65 bytes, 04 X Y, found ${point.length} bytes`);
  }
  return { kid: toBase64Url(await sha256(subtle, asciiBytes(thumbprintInput(point)))), point };
}

/** RFC 7638, section 3: the required members in lexicographic order, without white space. */
function thumbprintInput(point: Uint8Array): string {
  const { kty, crv, x, y } = jwkOf(point);
  return `{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`;
}

export interface Jwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** A 65-byte point as a JWK (RFC 7518, section 6.2.1). */
export function jwkOf(point: Uint8Array): Jwk {
  return {
    kty: 'EC',
    crv: 'P-256',
    x: toBase64Url(point.subarray(1, 33)),
    y: toBase64Url(point.subarray(33)),
  };
}
