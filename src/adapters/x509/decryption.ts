/**
 * What passwords protect in PKCS#8 and PKCS#12: PBES2 (RFC 8018) and PKCS#12's own schemes (RFC 7292, appendix C).
 * Not left to OpenSSL, which derives for as long as the file asks it to, and has no RC2 where its legacy part is off.
 */
import { createDecipheriv } from 'node:crypto';
import forge from 'node-forge';
import { children, DecodeProblem, type Element, expect, tags } from './der.ts';
import {
  deriveKey,
  derivePkcs12Key,
  type Password,
  purposes,
  readCount,
  readOid,
  type Spend,
  WrongPassword,
} from './key-derivation.ts';

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
}

const PBES2_CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};

const PKCS12_CIPHERS: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.3': { name: 'des-ede3-cbc', keyBytes: 24 },
  '1.2.840.113549.1.12.1.4': { name: 'des-ede-cbc', keyBytes: 16 },
  '1.2.840.113549.1.12.1.5': { name: 'rc2-128', keyBytes: 16 },
  '1.2.840.113549.1.12.1.6': { name: 'rc2-40', keyBytes: 5 },
};

const BLOCK_BYTES_64 = 8;

/**
 * Decrypts with the AlgorithmIdentifier that is the element `algorithm` of `bytes`. The caller has to overwrite what it
 * gets. Throws DecodeProblem, and WrongPassword where the padding shows it; one wrong password in 256 it does not.
 */
export async function decrypt(
  bytes: Buffer,
  algorithm: Element,
  ciphertext: Buffer,
  password: Password,
  spend: Spend,
): Promise<Buffer> {
  const [id, parameters] = children(bytes, algorithm, 'encryption');
  const oid = readOid(bytes, id, 'encryption');
  if (parameters?.tag !== tags.sequence) throw new DecodeProblem('encryption: expected its parameters');
  if (oid === '1.2.840.113549.1.5.13') return decryptPbes2(bytes, parameters, ciphertext, password, spend);
  const cipher = PKCS12_CIPHERS[oid];
  if (cipher === undefined) throw unsupported(oid);
  const [salt, iterations] = children(bytes, parameters, 'encryption');
  if (salt?.tag !== tags.octetString) throw new DecodeProblem('encryption: expected a salt');
  const derivation = {
    hash: 'sha1',
    salt: bytes.subarray(salt.content, salt.end),
    iterations: readCount(bytes, iterations, 'iterations'),
  };
  const key = derivePkcs12Key(
    { ...derivation, purpose: purposes.key, length: cipher.keyBytes },
    password,
    spend,
  );
  const iv = derivePkcs12Key(
    { ...derivation, purpose: purposes.iv, length: BLOCK_BYTES_64 },
    password,
    spend,
  );
  if (cipher.name.startsWith('rc2')) return decryptRc2(key, iv, ciphertext);
  // Two keys: the first is the third as well. Node's name for that, des-ede-cbc, takes the 16 bytes as they are.
  return decipher(cipher.name, key, iv, ciphertext);
}

async function decryptPbes2(
  bytes: Buffer,
  parameters: Element,
  ciphertext: Buffer,
  password: Password,
  spend: Spend,
): Promise<Buffer> {
  const [derivation, scheme] = children(bytes, parameters, 'PBES2');
  if (derivation?.tag !== tags.sequence || scheme?.tag !== tags.sequence) {
    throw new DecodeProblem('PBES2: expected a key derivation and an encryption scheme');
  }
  const [id, iv] = children(bytes, scheme, 'PBES2');
  const oid = readOid(bytes, id, 'PBES2');
  const cipher = PBES2_CIPHERS[oid];
  if (cipher === undefined) throw unsupported(oid);
  const ivAt = iv?.start ?? scheme.end;
  const { content, end } = expect(bytes, ivAt, scheme.end, tags.octetString, 'initialisation vector');
  const key = await deriveKey(bytes, derivation, password, cipher.keyBytes, spend);
  return decipher(cipher.name, key, bytes.subarray(content, end), ciphertext);
}

function unsupported(oid: string): DecodeProblem {
  return new DecodeProblem(
    `expected an encryption with AES-CBC, triple DES or RC2, found ${oid}; openssl can convert it`,
  );
}

function decipher(name: string, key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer {
  let cipher: ReturnType<typeof createDecipheriv>;
  try {
    cipher = createDecipheriv(name, key, iv);
  } catch (error) {
    throw new DecodeProblem(`encryption: ${name} cannot be used with these parameters`, { cause: error });
  } finally {
    key.fill(0);
  }
  const start = cipher.update(ciphertext);
  try {
    return Buffer.concat([start, cipher.final()]);
  } catch {
    throw new WrongPassword();
  } finally {
    start.fill(0);
  }
}

/** Certificates only, in practice: RC2 with 40 bits is what OpenSSL and Windows took for them until 2021. */
function decryptRc2(key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  cipher.start(iv.toString('latin1'));
  cipher.update(forge.util.createBuffer(ciphertext.toString('latin1')));
  if (!cipher.finish()) throw new WrongPassword();
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}
