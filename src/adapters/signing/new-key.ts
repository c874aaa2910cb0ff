import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import forge from 'node-forge';

/**
 * PBKDF2-HMAC-SHA256 as often as OWASP advises (2023): the file may be stolen from a safe, and is attacked offline. scrypt
 * would be better, but OpenSSL refuses to read it above 32 MiB.
 */
const iterations = 600_000;

export interface NewKey {
  /** PKCS#8; encrypted if there was a passphrase. */
  readonly privatePem: string;
  readonly publicPem: string;
}

/** A P-256 key, unencrypted. */
export function newSigningKey(): NewKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicPem: publicPem(publicKey),
  };
}

/** A P-256 key, encrypted by PBES2 (RFC 8018) with AES-256-CBC, as `openssl pkey` reads it. */
export function newRootKey(passphrase: string): NewKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const plain = forge.asn1.fromDer(forge.util.createBuffer(der.toString('binary')));
  const encrypted = forge.pki.encryptPrivateKeyInfo(plain, forge.util.encodeUtf8(passphrase), {
    algorithm: 'aes256',
    count: iterations,
    saltSize: 16,
    prfAlgorithm: 'sha256',
  });
  der.fill(0);
  const privatePem = forge.pki.encryptedPrivateKeyToPem(encrypted).replace(/\r\n/g, '\n');
  return { privatePem, publicPem: publicPem(createPublicKey(privateKey)) };
}

function publicPem(key: KeyObject): string {
  return String(key.export({ type: 'spki', format: 'pem' }));
}
