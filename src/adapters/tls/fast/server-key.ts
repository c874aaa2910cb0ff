import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A leaf's key, small enough to be kept for each endpoint. */
export interface ServerKey {
  /** As node:crypto names them. They stand here because on Node 24 asking a KeyObject takes as long as to verify with it. */
  readonly type: string;
  /** null if keys of its type have none. */
  readonly curve: string | null;
  readonly jwk: JsonWebKey;
  /**
   * OpenSSL's form, 2 to 6 KB, where there is room for it. An ECDSA key is otherwise made anew for each handshake, which takes
   * 46 µs on Node 20 and 26 on Node 24.
   */
  readonly object: KeyObject | null;
}

const curves = ['prime256v1', 'secp384r1'];
const types = ['rsa', 'ed25519', 'ed448'];

/** null for a key that no scheme of an app's hello is for. */
export function serverKeyOf(leaf: Uint8Array, withObject = true): ServerKey | null {
  const key = publicKeyOf(leaf);
  if (key === null) return null;
  const type = key.asymmetricKeyType ?? '';
  const curve = key.asymmetricKeyDetails?.namedCurve ?? null;
  if (type === 'ec' ? curve === null || !curves.includes(curve) : !types.includes(type)) return null;
  return { type, curve, jwk: key.export({ format: 'jwk' }), object: withObject ? key : null };
}

export function keyObjectOf({ object, jwk }: ServerKey): KeyObject {
  return object ?? createPublicKey({ key: jwk, format: 'jwk' });
}

function publicKeyOf(leaf: Uint8Array): KeyObject | null {
  try {
    return new X509Certificate(leaf).publicKey;
  } catch {
    return null; // a key that OpenSSL does not know
  }
}
