/** Bare keys: PKCS#8, PKCS#1, SEC 1 and SubjectPublicKeyInfo, read by OpenSSL; the pin is of the SPKI it writes of them. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { PinSourceItem } from '../../core/pin-source.ts';
import { pinOf } from './decode.ts';
import { decrypt } from './decryption.ts';
import { children, DecodeProblem, expect, tags } from './der.ts';
import { WrongPassword } from './key-derivation.ts';
import { keyLabel } from './key-label.ts';
import type { Keyring } from './keyring.ts';
import { pemBytes } from './pem.ts';

/** Throws DecodeProblem. */
export function publicKeyItem(der: Buffer, type: 'spki' | 'pkcs1'): PinSourceItem {
  return keyItem('public-key', () => createPublicKey({ key: der, format: 'der', type }));
}

/** Overwrites `der`, whatever comes of it. Throws DecodeProblem. */
export function privateKeyItem(der: Buffer, type: 'pkcs8' | 'pkcs1' | 'sec1'): PinSourceItem {
  try {
    return keyItem('private-key', () => createPublicKey(createPrivateKey({ key: der, format: 'der', type })));
  } finally {
    der.fill(0);
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958, section 3). Throws DecodeProblem. */
export async function encryptedKeyItem(der: Buffer, keyring: Keyring): Promise<PinSourceItem> {
  return keyring.unlock(async (password) => {
    const outer = expect(der, 0, der.length, tags.sequence, 'EncryptedPrivateKeyInfo');
    const algorithm = expect(der, outer.content, outer.end, tags.sequence, 'encryption');
    const data = expect(der, algorithm.end, outer.end, tags.octetString, 'encrypted key');
    const ciphertext = der.subarray(data.content, data.end);
    const plain = await decrypt(der, algorithm, ciphertext, password, keyring.spend);
    try {
      if (!isPrivateKeyInfo(plain)) throw new WrongPassword();
      return privateKeyItem(plain, 'pkcs8');
    } finally {
      plain.fill(0);
    }
  });
}

/** Ciphers of OpenSSL's own PEM encryption; plain DES is in its legacy part, which Node has off. */
const PEM_CIPHERS = /^(?:AES-(?:128|192|256)-CBC|DES-EDE3-CBC)$/;

/**
 * A key block of PEM whose headers (RFC 1421, section 4.6) say that it is encrypted, else null. One round of MD5 makes
 * the key, so that OpenSSL may do it: there is nothing to bound. Throws DecodeProblem.
 */
export function pemEncryptedKeyItem(
  label: string,
  body: string,
  keyring: Keyring,
): Promise<PinSourceItem> | null {
  const end = body.search(/\r?\n[ \t]*\r?\n/);
  const headers = end === -1 ? '' : body.slice(0, end);
  if (!/^Proc-Type:[ \t]*4,[ \t]*ENCRYPTED\s/m.test(headers)) return null;
  const [, cipher = 'none', iv = ''] =
    /^DEK-Info:[ \t]*([\w-]{1,32}),([0-9A-Fa-f]{16,32})\s*$/m.exec(headers) ?? [];
  if (!PEM_CIPHERS.test(cipher)) {
    throw new DecodeProblem(`DEK-Info: expected AES-CBC or DES-EDE3-CBC, found ${cipher}`);
  }
  const base64 = pemBytes(body.slice(end))
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  const pem = `-----BEGIN ${label}-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: ${cipher},${iv}\n\n${base64}-----END ${label}-----\n`;
  return keyring.unlock(async (password) => {
    let key: KeyObject;
    try {
      key = createPrivateKey({ key: pem, format: 'pem', passphrase: password ?? '' });
    } catch {
      // A wrong password and damaged bytes look alike here.
      throw new WrongPassword();
    }
    return keyItem('private-key', () => createPublicKey(key));
  });
}

/** PrivateKeyInfo by its structure (RFC 5958, section 2): what a wrong password hardly ever leaves. */
function isPrivateKeyInfo(bytes: Buffer): boolean {
  try {
    const outer = expect(bytes, 0, bytes.length, tags.sequence, 'PrivateKeyInfo');
    const [version, algorithm, key] = children(bytes, outer, 'PrivateKeyInfo').map(({ tag }) => tag);
    return (
      outer.end === bytes.length &&
      version === tags.integer &&
      algorithm === tags.sequence &&
      key === tags.octetString
    );
  } catch (error) {
    if (error instanceof DecodeProblem) return false;
    throw error;
  }
}

function keyItem(kind: PinSourceItem['kind'], read: () => KeyObject): PinSourceItem {
  let spki: Buffer;
  try {
    spki = read().export({ type: 'spki', format: 'der' });
  } catch (error) {
    // Its own message is about OpenSSL's decoders, and for nobody.
    throw new DecodeProblem(`expected a ${kind.replace('-', ' ')}, found what OpenSSL cannot read as one`, {
      cause: error,
    });
  }
  return {
    ...{ kind, pin: pinOf(spki), key: keyLabel(spki) },
    ...{ subject: null, issuer: null, notAfter: null, certificateSha256: null },
  };
}
