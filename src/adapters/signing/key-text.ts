import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';

const expected = 'expected a P-256 key as PEM';

/** The 65-byte point, 04 X Y, of a P-256 key. */
export function pointOf(key: KeyObject): Parsed<Uint8Array> {
  const { kty, crv, x, y } = key.asymmetricKeyType === 'ec' ? key.export({ format: 'jwk' }) : {};
  if (kty !== 'EC' || crv !== 'P-256') {
    const curve = key.asymmetricKeyDetails?.namedCurve;
    return refused(`${expected}, found ${curve ?? key.asymmetricKeyType ?? 'another'}`);
  }
  const coordinate = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  return parsed(Buffer.concat([Buffer.of(4), coordinate(x), coordinate(y)]));
}

export interface PrivateKey {
  readonly key: KeyObject;
  readonly point: Uint8Array;
}

/** PKCS#8 or SEC 1 as PEM; `passphrase` if it is encrypted. */
export function readPrivateKey(pem: string, passphrase?: string): Parsed<PrivateKey> {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // OpenSSL's messages tell a wrong passphrase from broken DER only by chance.
    return refused(passphrase === undefined ? expected : 'the passphrase is wrong, or it is no private key');
  }
  const point = pointOf(key);
  return point.ok ? parsed({ key, point: point.value }) : point;
}

/** The public key of a PEM text: a public key, or the public half of a private key that is not encrypted. */
export function readPublicKey(pem: string): Parsed<Uint8Array> {
  try {
    return pointOf(createPublicKey(pem));
  } catch {
    return refused(`${expected}, public or private`);
  }
}

export function isEncrypted(pem: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
}
