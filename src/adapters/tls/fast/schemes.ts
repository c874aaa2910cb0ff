/** Signature schemes (RFC 8446, section 4.2.3): their numbers, and how each is verified. */
import { constants, type KeyObject, verify } from 'node:crypto';
import { keyObjectOf, type ServerKey } from './server-key.ts';
import { Surprise } from './surprise.ts';
import { type version12, version13 } from './versions.ts';

interface Scheme {
  readonly code: number;
  /** null: the scheme has its own. */
  readonly hash: string | null;
  /** As node:crypto names it. */
  readonly keyType: 'ec' | 'rsa' | 'ed25519' | 'ed448';
  /** TLS 1.3 ties it to the scheme. */
  readonly curve?: string;
  /** RSASSA-PSS; the salt is as long as the hash. */
  readonly saltBytes?: number;
  /** RSASSA-PKCS1-v1_5, which TLS 1.3 has for certificates alone. */
  readonly only12?: true;
}

/** By OpenSSL's names, as offers have them. */
const schemes: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['ecdsa_secp256r1_sha256', { code: 0x0403, hash: 'sha256', keyType: 'ec', curve: 'prime256v1' }],
  ['ecdsa_secp384r1_sha384', { code: 0x0503, hash: 'sha384', keyType: 'ec', curve: 'secp384r1' }],
  ['rsa_pss_rsae_sha256', { code: 0x0804, hash: 'sha256', keyType: 'rsa', saltBytes: 32 }],
  ['rsa_pss_rsae_sha384', { code: 0x0805, hash: 'sha384', keyType: 'rsa', saltBytes: 48 }],
  ['rsa_pss_rsae_sha512', { code: 0x0806, hash: 'sha512', keyType: 'rsa', saltBytes: 64 }],
  ['RSA+SHA256', { code: 0x0401, hash: 'sha256', keyType: 'rsa', only12: true }],
  ['RSA+SHA384', { code: 0x0501, hash: 'sha384', keyType: 'rsa', only12: true }],
  ['RSA+SHA512', { code: 0x0601, hash: 'sha512', keyType: 'rsa', only12: true }],
  ['ed25519', { code: 0x0807, hash: null, keyType: 'ed25519' }],
  ['ed448', { code: 0x0808, hash: null, keyType: 'ed448' }],
]);

export function schemeCode(name: string): number {
  const scheme = schemes.get(name);
  if (scheme === undefined) throw new RangeError(`a scheme without a number: ${name}`);
  return scheme.code;
}

/** Throws a Surprise unless `signature` is the key's over `content`, by a scheme that was offered and fits key and version. */
export function checkSignature(
  {
    code,
    signature,
    content,
  }: { readonly code: number; readonly signature: Buffer; readonly content: Buffer },
  serverKey: ServerKey,
  offered: readonly string[],
  version: typeof version12 | typeof version13,
): void {
  const name = offered.find((one) => schemes.get(one)?.code === code);
  const scheme = name === undefined ? undefined : schemes.get(name);
  if (scheme === undefined) throw new Surprise('a signature of a scheme that was not offered');
  const { hash, keyType, curve, saltBytes, only12 } = scheme;
  if (serverKey.type !== keyType) throw new Surprise("a signature scheme that does not fit the server's key");
  if (version === version13) {
    const isTied = curve === undefined || serverKey.curve === curve;
    if (only12 || !isTied) throw new Surprise("a signature scheme that does not fit the server's key");
  }
  const key = keyObjectOf(serverKey);
  if (!verify(hash, content, keyType === 'rsa' ? withPadding(key, saltBytes) : key, signature))
    throw new Surprise("a signature that is not the server key's");
}

/**
 * An RSA key with its options on it. Around it they would cost as much as the verification: Node 24 learns that an object is
 * no key itself from two errors with their stacks. If a later Node ignored options on a key, no signature with PSS would fit.
 */
function withPadding(key: KeyObject & { padding?: number }, saltBytes: number | undefined): KeyObject {
  const padding = saltBytes === undefined ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_PSS_PADDING;
  return Object.assign(key, { padding, saltLength: saltBytes });
}
