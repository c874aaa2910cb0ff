import { type KeyObject, X509Certificate } from 'node:crypto';

/** A leaf's key. Its type stands beside it, because on Node 24 asking the key for it takes as long as to verify with it. */
export interface ServerKey {
  readonly key: KeyObject;
  /** As node:crypto names it. */
  readonly type: string;
  /** null if it has none, or one that is written out. */
  readonly curve: string | null;
}

/** Throws if `leaf` is no certificate with a key that OpenSSL knows. */
export function serverKeyOf(leaf: Uint8Array): ServerKey {
  const key = new X509Certificate(leaf).publicKey;
  return {
    key,
    type: key.asymmetricKeyType ?? 'unknown',
    curve: key.asymmetricKeyDetails?.namedCurve ?? null,
  };
}
