/** Bare keys: PKCS#8, PKCS#1, SEC 1 and SubjectPublicKeyInfo, read by OpenSSL; the pin is of the SPKI it writes of them. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { PinSourceItem } from '../../core/pin-source.ts';
import { withHeader } from './ber.ts';
import { pinOf } from './decode.ts';
import { decrypt } from './decryption.ts';
import { children, DecodeProblem, type Element, expect, tags } from './der.ts';
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
  const key = type === 'pkcs8' ? (asVersion1(der) ?? der) : der;
  try {
    return keyItem('private-key', () => createPublicKey(createPrivateKey({ key, format: 'der', type })));
  } finally {
    key.fill(0);
    der.fill(0);
  }
}

/**
 * PKCS#8 version 2 (OneAsymmetricKey, RFC 5958, section 2) states the public key after the private one, as ring and Bouncy
 * Castle write it; OpenSSL 3 reads version 1 alone. The private key says which public key is its own. null for what is
 * not version 2.
 */
function asVersion1(der: Buffer): Buffer | null {
  const [version, algorithm, key] = privateKeyInfo(der) ?? [];
  const isVersion2 =
    version?.tag === tags.integer && der.subarray(version.content, version.end).equals(Buffer.of(1));
  if (!isVersion2 || algorithm === undefined || key === undefined) return null;
  const content = Buffer.concat([Buffer.of(tags.integer, 1, 0), der.subarray(algorithm.start, key.end)]);
  try {
    return withHeader(tags.sequence, content);
  } finally {
    content.fill(0);
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
      if (privateKeyInfo(plain) === null) throw new WrongPassword();
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

/** The parts of a PrivateKeyInfo (RFC 5958, section 2), null for another structure: what a wrong password hardly ever leaves. */
function privateKeyInfo(bytes: Buffer): readonly Element[] | null {
  try {
    const outer = expect(bytes, 0, bytes.length, tags.sequence, 'PrivateKeyInfo');
    const parts = children(bytes, outer, 'PrivateKeyInfo');
    const [version, algorithm, key] = parts.map(({ tag }) => tag);
    const fits = version === tags.integer && algorithm === tags.sequence && key === tags.octetString;
    return fits && outer.end === bytes.length ? parts : null;
  } catch (error) {
    if (error instanceof DecodeProblem) return null;
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
