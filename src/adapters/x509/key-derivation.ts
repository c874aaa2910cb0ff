/**
 * From a password to a key. A file says itself how many iterations that takes, so all derivations of one file share a
 * budget: a hostile file can ask for 2^31 of them, again and again.
 */
import { pbkdf2, type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { children, DecodeProblem, type Element, expect, oidText, tags } from './der.ts';

/** Not the password that the bytes were encrypted or authenticated with, as far as can be told. */
export class WrongPassword extends Error {
  override readonly name = 'WrongPassword';
}

/** null is the absent password of PKCS#12, which is not the empty one there; nowhere else do they differ. */
export type Password = string | null;

/**
 * PBKDF2 iterations for one file: about ten seconds of one core. 600,000 is what OWASP advises for one key, and what
 * Firefox (NSS) takes for the MAC of a PKCS#12 file as well, which is tried with three passwords. An iteration of PKCS#12's
 * own derivation is done in JavaScript, takes 4 µs where PBKDF2 takes 0.5, and counts eight times.
 */
const MAX_ITERATIONS = 20_000_000;
const PKCS12_WEIGHT = 8;

/** Takes so many iterations from what is left for the file. Throws DecodeProblem where it is too little. */
export type Spend = (iterations: number) => void;

export function createBudget(): Spend {
  let left = MAX_ITERATIONS;
  return (iterations) => {
    left -= iterations;
    if (left < 0) {
      throw new DecodeProblem(
        `expected at most ${MAX_ITERATIONS} iterations of key derivation in a file, found more: opening it would take too long`,
      );
    }
  };
}

const derive = promisify(pbkdf2);
const deriveScrypt = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/** Pseudo-random functions by OID (RFC 8018, appendix B.1), as the hash of an HMAC. */
const PRFS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

export function prfHash(oid: string): string {
  const hash = PRFS[oid];
  if (hash === undefined) throw new DecodeProblem(`expected HMAC with SHA-1 or SHA-2, found ${oid}`);
  return hash;
}

/** A key by PBKDF2 or scrypt, as the AlgorithmIdentifier in `bytes` says. Throws DecodeProblem. */
export async function deriveKey(
  bytes: Buffer,
  algorithm: Element,
  password: Password,
  length: number,
  spend: Spend,
): Promise<Buffer> {
  const [id, parameters] = children(bytes, algorithm, 'key derivation');
  const oid = readOid(bytes, id, 'key derivation');
  if (parameters?.tag !== tags.sequence) throw new DecodeProblem('key derivation: expected its parameters');
  const [salt, ...rest] = children(bytes, parameters, 'key derivation');
  if (salt?.tag !== tags.octetString) throw new DecodeProblem('key derivation: expected a salt');
  const saltBytes = bytes.subarray(salt.content, salt.end);
  switch (oid) {
    case '1.2.840.113549.1.5.12': {
      const iterations = readCount(bytes, rest[0], 'iterations');
      const prf = rest.find(({ tag }) => tag === tags.sequence);
      const hash = prf ? prfHash(readOid(bytes, children(bytes, prf, 'prf')[0], 'prf')) : 'sha1';
      spend(iterations);
      return derive(password ?? '', saltBytes, iterations, length, hash);
    }
    case '1.3.6.1.4.1.11591.4.11': {
      // RFC 7914, section 7.1.
      const [N = 0, r = 0, p = 0] = rest.slice(0, 3).map((count) => readCount(bytes, count, 'scrypt'));
      if (N * r * p > MAX_SCRYPT_BLOCKS || N < 2 || (N & (N - 1)) !== 0) {
        throw new DecodeProblem(`scrypt: expected N·r·p up to ${MAX_SCRYPT_BLOCKS}, found ${N}·${r}·${p}`);
      }
      spend(N * r * p);
      return deriveScrypt(password ?? '', saltBytes, length, { N, r, p, maxmem: SCRYPT_MEMORY });
    }
    default:
      throw new DecodeProblem(`expected PBKDF2 or scrypt as key derivation, found ${oid}`);
  }
}

/** 128 bytes each: 128 MB. OpenSSL writes 2^14·8·1. */
const MAX_SCRYPT_BLOCKS = 1 << 20;
const SCRYPT_MEMORY = 192 << 20;

/** What a key of PKCS#12 is for (RFC 7292, appendix B.3). */
export const purposes = { key: 1, iv: 2, mac: 3 } as const;

export interface Pkcs12Derivation {
  readonly hash: string;
  readonly purpose: 1 | 2 | 3;
  readonly salt: Buffer;
  readonly iterations: number;
  /** Bytes. */
  readonly length: number;
}

/** RFC 7292, appendix B.2. Throws DecodeProblem. */
export function derivePkcs12Key(
  { hash, purpose, salt, iterations, length }: Pkcs12Derivation,
  password: Password,
  spend: Spend,
): Buffer {
  const [digest, digestBytes] = pkcs12Digests[hash]?.() ?? [];
  if (digest === undefined || digestBytes === undefined) {
    throw new DecodeProblem(`expected SHA-1, SHA-256, SHA-384 or SHA-512 for the password, found ${hash}`);
  }
  // The derivation copies it octet by octet. Eight octets are usual, 64 are much.
  if (salt.length > MAX_SALT_BYTES) {
    throw new DecodeProblem(`expected a salt of at most ${MAX_SALT_BYTES} bytes, found ${salt.length}`);
  }
  spend(iterations * PKCS12_WEIGHT * Math.ceil(length / digestBytes));
  const saltBuffer = forge.util.createBuffer(salt.toString('latin1'));
  const key = forge.pkcs12.generateKey(password, saltBuffer, purpose, iterations, length, digest);
  return Buffer.from(key.getBytes(), 'latin1');
}

const MAX_SALT_BYTES = 1024;

/** With how many bytes each gives. */
const pkcs12Digests: Readonly<Record<string, () => readonly [forge.md.MessageDigest, number]>> = {
  sha1: () => [forge.md.sha1.create(), 20],
  sha256: () => [forge.md.sha256.create(), 32],
  sha384: () => [forge.md.sha384.create(), 48],
  sha512: () => [forge.md.sha512.create(), 64],
};

/** A positive INTEGER of at most 31 bits. Throws DecodeProblem. */
export function readCount(bytes: Buffer, element: Element | undefined, what: string): number {
  if (element?.tag !== tags.integer) throw new DecodeProblem(`${what}: expected an INTEGER`);
  const content = bytes.subarray(element.content, element.end);
  const hex = content.toString('hex').replace(/^(?:00)+/, '');
  const value = hex.length > 8 || (content[0] ?? 0x80) >= 0x80 ? 0 : Number.parseInt(hex, 16);
  if (value >= 1 && value <= 0x7fffffff) return value;
  throw new DecodeProblem(`${what}: expected a number from 1 to 2147483647`);
}

export function readOid(bytes: Buffer, element: Element | undefined, what: string): string {
  if (element === undefined) throw new DecodeProblem(`${what}: expected an OBJECT IDENTIFIER, found none`);
  const { content, end } = expect(bytes, element.start, element.end, tags.oid, what);
  return oidText(bytes.subarray(content, end));
}
