/**
 * AES-128-GCM (NIST SP 800-38D) with nonces of three words, for records of a few blocks. Here an object of node:crypto takes
 * longer to make than such a record to encrypt. Long ones are better off there.
 */
import { encryptBlock, expandKey, scheduleWords } from './aes.ts';
import { wordAt } from './words.ts';

/** What is made of a key: its round keys, and the hash key times each polynomial of four bits, four words each. */
export type GcmKey = Int32Array;

const productsAt = scheduleWords;
const blockBytes = 16;
export const tagBytes = 16;

/** What a text is protected with. */
export interface Protecting {
  readonly key: GcmKey;
  /** Three words; more behind them don't count. */
  readonly nonce: readonly number[];
  /** The additional data. */
  readonly additional: Uint8Array;
}

// Shared by all calls, each of which is synchronous and leaves nothing in them that another reads.
const block = new Int32Array(4);
const hash = new Int32Array(4);

/** `made` is one that is no longer used. */
export function gcmKey(key: readonly number[], made: GcmKey = new Int32Array(productsAt + 4 * 16)): GcmKey {
  expandKey(key, made);
  encryptBlock(made, 0, 0, 0, 0, block);
  for (let word = 0; word < 4; word += 1) {
    made[product(0) + word] = 0;
    made[product(8) + word] = block[word] as number;
  }
  for (let i = 4; i > 0; i >>= 1) timesX(made, product(2 * i), product(i));
  for (let i = 2; i < 16; i <<= 1) {
    for (let j = 1; j < i; j += 1) {
      for (let word = 0; word < 4; word += 1) {
        made[product(i + j) + word] =
          (made[product(i) + word] as number) ^ (made[product(j) + word] as number);
      }
    }
  }
  return made;
}

function product(bits: number): number {
  return productsAt + 4 * bits;
}

/** `bytes` from `at` to `end` are encrypted in their place. Their tag is written behind them. */
export function seal(by: Protecting, bytes: Uint8Array, at: number, end: number): void {
  crypt(by, bytes, at, end, bytes, at);
  tag(by, bytes, at, end);
  for (let i = 0; i < tagBytes; i += 1) bytes[end + i] = byteOfTag(i);
}

/**
 * Decrypts `bytes` from `at` to `end`, which their tag stands behind, to `to` from `toAt` on. False, and nothing is written, if
 * the tag does not fit.
 */
export function open(
  by: Protecting,
  bytes: Uint8Array,
  at: number,
  end: number,
  to: Uint8Array,
  toAt: number,
): boolean {
  tag(by, bytes, at, end);
  let difference = 0;
  for (let i = 0; i < tagBytes; i += 1) difference |= (bytes[end + i] as number) ^ byteOfTag(i);
  if (difference !== 0) return false;
  crypt(by, bytes, at, end, to, toAt);
  return true;
}

/** Counter mode, either way, from the second counter on: the first one is the tag's. */
function crypt(
  { key, nonce }: Protecting,
  from: Uint8Array,
  at: number,
  end: number,
  to: Uint8Array,
  toAt: number,
): void {
  const [n0, n1, n2] = nonce as [number, number, number];
  let counter = 2;
  for (let start = at; start < end; start += blockBytes) {
    encryptBlock(key, n0, n1, n2, counter, block);
    counter += 1;
    const length = Math.min(blockBytes, end - start);
    for (let i = 0; i < length; i += 1) {
      to[toAt + start - at + i] =
        (from[start + i] as number) ^ ((block[i >> 2] as number) >>> (24 - 8 * (i & 3)));
    }
  }
}

/** Leaves the tag in `hash`. */
function tag({ key, nonce, additional }: Protecting, bytes: Uint8Array, at: number, end: number): void {
  hash.fill(0);
  absorb(key, additional, 0, additional.length);
  absorb(key, bytes, at, end);
  add(key, 0, 8 * additional.length, 0, 8 * (end - at));
  const [n0, n1, n2] = nonce as [number, number, number];
  encryptBlock(key, n0, n1, n2, 1, block);
  for (let word = 0; word < 4; word += 1) hash[word] = (hash[word] as number) ^ (block[word] as number);
}

function byteOfTag(i: number): number {
  return ((hash[i >> 2] as number) >>> (24 - 8 * (i & 3))) & 0xff;
}

/** Bytes into the hash, filled up with zeros. */
function absorb(key: GcmKey, bytes: Uint8Array, from: number, end: number): void {
  let at = from;
  for (; end - at >= blockBytes; at += blockBytes) {
    add(key, wordAt(bytes, at), wordAt(bytes, at + 4), wordAt(bytes, at + 8), wordAt(bytes, at + 12));
  }
  if (at === end) return;
  block.fill(0);
  for (let i = 0; at + i < end; i += 1) {
    block[i >> 2] = (block[i >> 2] as number) | ((bytes[at + i] as number) << (24 - 8 * (i & 3)));
  }
  add(key, block[0] as number, block[1] as number, block[2] as number, block[3] as number);
}

/** What falls off at the end of a product comes back in front (section 6.3), for each value of four bits. */
const reductions = Int32Array.from({ length: 16 }, (_, bits) => {
  let word = 0;
  for (let i = 0; i < 4; i += 1) if ((bits & (1 << i)) !== 0) word ^= 0xe1000000 >>> (3 - i);
  return word;
});

/** One block into the hash: the sum of both times the hash key, four bits at a time. */
function add(key: GcmKey, b0: number, b1: number, b2: number, b3: number): void {
  let z0 = 0;
  let z1 = 0;
  let z2 = 0;
  let z3 = 0;
  const x0 = (hash[0] as number) ^ b0;
  const x1 = (hash[1] as number) ^ b1;
  const x2 = (hash[2] as number) ^ b2;
  const x3 = (hash[3] as number) ^ b3;
  for (let nibble = 31; nibble >= 0; nibble -= 1) {
    const word = nibble < 16 ? (nibble < 8 ? x0 : x1) : nibble < 24 ? x2 : x3;
    const at = productsAt + 4 * ((word >>> (28 - 4 * (nibble & 7))) & 0xf);
    const reduction = reductions[z3 & 0xf] as number;
    z3 = ((z3 >>> 4) | (z2 << 28)) ^ (key[at + 3] as number);
    z2 = ((z2 >>> 4) | (z1 << 28)) ^ (key[at + 2] as number);
    z1 = ((z1 >>> 4) | (z0 << 28)) ^ (key[at + 1] as number);
    z0 = (z0 >>> 4) ^ reduction ^ (key[at] as number);
  }
  hash[0] = z0;
  hash[1] = z1;
  hash[2] = z2;
  hash[3] = z3;
}

/** Bits stand in reverse in GCM: times x is one place to the right. */
function timesX(words: Int32Array, from: number, to: number): void {
  let carry = ((words[from + 3] as number) & 1) === 1 ? 0xe1000000 : 0;
  for (let i = 0; i < 4; i += 1) {
    const word = words[from + i] as number;
    words[to + i] = (word >>> 1) ^ carry;
    carry = word << 31;
  }
}
