/**
 * Bare keys: PKCS#8, PKCS#1, SEC 1 and SubjectPublicKeyInfo, read by OpenSSL. The pin is of the SPKI that it writes.
 */
import { createPrivateKey, createPublicKey, type KeyObject, type PrivateKeyInput } from 'node:crypto';
import type { PinSourceItem } from '../../core/pin-source.ts';
import { withHeader } from './ber.ts';
import { pinOf } from './decode.ts';
import { children, DecodeProblem, expect, tags } from './der.ts';
import { keyLabel } from './key-label.ts';
import { type Keyring, WrongPassword } from './keyring.ts';

/** Throws DecodeProblem. */
export function publicKeyItem(der: Buffer, type: 'spki' | 'pkcs1'): PinSourceItem {
  return keyItem('public-key', () => createPublicKey({ key: der, format: 'der', type }));
}

/** Overwrites `der` in any case. Throws DecodeProblem. */
export function privateKeyItem(der: Buffer, type: 'pkcs8' | 'pkcs1' | 'sec1'): PinSourceItem {
  let key = der;
  try {
    if (type === 'pkcs8') key = asVersion1(der) ?? der;
    return keyItem('private-key', () => createPublicKey(createPrivateKey({ key, format: 'der', type })));
  } finally {
    key.fill(0);
    der.fill(0);
  }
}

/**
 * PKCS#8 version 2 (OneAsymmetricKey, RFC 5958, section 2) as version 1; null if it is not version 2. Version 2, as
 * written by ring and Bouncy Castle, has the public key after the private one, and OpenSSL 3 reads only version 1. The
 * public key follows from the private one.
 */
function asVersion1(der: Buffer): Buffer | null {
  const outer = expect(der, 0, der.length, tags.sequence, 'PrivateKeyInfo');
  const [version, algorithm, key] = children(der, outer, 'PrivateKeyInfo');
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
export function encryptedKeyItem(der: Buffer, keyring: Keyring): Promise<PinSourceItem> {
  return unlocked({ key: der, format: 'der', type: 'pkcs8' }, keyring);
}

/**
 * A PEM key block whose headers (RFC 1421, section 4.6) say that it is encrypted, else null: OpenSSL's own form from
 * before PKCS#8. Throws DecodeProblem.
 */
export function pemEncryptedKeyItem(
  label: string,
  body: string,
  keyring: Keyring,
): Promise<PinSourceItem> | null {
  if (!/^[ \t]*Proc-Type:[ \t]*4,[ \t]*ENCRYPTED\s/m.test(body)) return null;
  const lines = body.trim().split(/\r\n?|\n/);
  const key = [`-----BEGIN ${label}-----`, ...lines.map((line) => line.trim()), `-----END ${label}-----`];
  return unlocked({ key: key.join('\n'), format: 'pem' }, keyring);
}

function unlocked(input: PrivateKeyInput, keyring: Keyring): Promise<PinSourceItem> {
  return keyring.unlock((passphrase) => {
    let key: KeyObject;
    try {
      key = createPrivateKey({ ...input, passphrase });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_OSSL_EVP_UNSUPPORTED') throw new WrongPassword();
      throw new DecodeProblem(
        'its encryption is only in the legacy provider of OpenSSL 3; ' +
          'openssl pkey -provider legacy -provider default -pubout -in FILE | pinwatch pin from - reads it',
        { cause: error },
      );
    }
    return keyItem('private-key', () => createPublicKey(key));
  });
}

function keyItem(kind: PinSourceItem['kind'], read: () => KeyObject): PinSourceItem {
  let spki: Buffer;
  try {
    spki = read().export({ type: 'spki', format: 'der' });
  } catch (error) {
    // The original message is about OpenSSL's decoders, which does not help.
    throw new DecodeProblem(`expected a ${kind.replace('-', ' ')} that OpenSSL can read, found none`, {
      cause: error,
    });
  }
  return {
    ...{ kind, pin: pinOf(spki), key: keyLabel(spki) },
    ...{ subject: null, issuer: null, notAfter: null, certificateSha256: null },
  };
}
