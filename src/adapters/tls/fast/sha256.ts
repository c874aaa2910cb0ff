/**
 * SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104) for messages of a few blocks. Here an object of node:crypto takes longer
 * to make than the hash itself: 2 µs on Node 20, 10 on Node 24. Long messages are better off there.
 *
 * Of words and not of bytes, since what is derived goes into the next hash: views of bytes would cost as much as the hashes.
 */

import { wordAt } from './words.ts';

/** Eight words of 32 bits: a hash, or the state of one. */
export type Digest = readonly number[];

/** What a key leaves behind once it is hashed in: two states to go on from. */
export interface HmacKey {
  readonly inner: Digest;
  readonly outer: Digest;
}

/** Sixteen words: the end of a message, filled up as the standard says (section 5.1.1). */
export type LastBlock = Int32Array;

const blockBytes = 64;
const digestBytes = 32;

// biome-ignore format: eight a line, as in the standard
const roundConstants = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

// biome-ignore format: as in the standard
const initialState: Digest = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
].map((word) => word | 0);

// Shared by all calls, each of which is synchronous and leaves nothing in it that another reads. The first 16 are the block.
const schedule = new Int32Array(64);
const lastBytes = new Uint8Array(2 * blockBytes);
const passing: number[] = fresh();

export function sha256(message: Uint8Array): Digest {
  return absorb(initialState, message, 0, message.length, 0, fresh());
}

/** `key` of at most 64 bytes. */
export function hmacKey(key: Uint8Array): HmacKey {
  if (key.length > blockBytes)
    throw new RangeError(`expected a key of at most 64 bytes, found ${key.length}`);
  const block = new Uint8Array(blockBytes);
  block.set(key);
  return hmacKeyOf(Array.from({ length: blockBytes / 4 }, (_, word) => wordAt(block, 4 * word)));
}

/** `key` of at most 16 words. */
export function hmacKeyOf(key: readonly number[]): HmacKey {
  for (let i = 0; i < 16; i += 1) schedule[i] = (i < key.length ? (key[i] as number) : 0) ^ 0x36363636;
  const inner = compress(initialState, fresh());
  for (let i = 0; i < 16; i += 1) schedule[i] = (i < key.length ? (key[i] as number) : 0) ^ 0x5c5c5c5c;
  return { inner, outer: compress(initialState, fresh()) };
}

/** Of the bytes of a message from `from` to `to`. */
export function hmac(
  { inner, outer }: HmacKey,
  message: Uint8Array,
  from = 0,
  to: number = message.length,
): Digest {
  return afterKey(outer, absorb(inner, message, from, to, blockBytes, passing));
}

/** Of a message of 32 bytes. */
export function hmacOfDigest({ inner, outer }: HmacKey, message: Digest): Digest {
  return afterKey(outer, afterKey(inner, message, passing));
}

/** Of a message that fits into one block, as `lastBlock` makes it. */
export function hmacOfBlock({ inner, outer }: HmacKey, block: LastBlock): Digest {
  for (let i = 0; i < 16; i += 1) schedule[i] = block[i] as number;
  return afterKey(outer, compress(inner, passing));
}

/** For a message of up to 55 bytes after a key. */
export function lastBlock(message: Uint8Array): LastBlock {
  if (message.length > blockBytes - 9)
    throw new RangeError(`expected a message of at most 55 bytes, found ${message.length}`);
  fillLast(message, 0, message.length, blockBytes + message.length);
  return Int32Array.from({ length: 16 }, (_, word) => wordAt(lastBytes, 4 * word));
}

/** Of 32 bytes, each a character of its own (latin1). */
export function digestIn(text: string): Digest {
  const made = fresh();
  for (let i = 0; i < digestBytes; i += 1) {
    made[i >> 2] = ((made[i >> 2] as number) << 8) | text.charCodeAt(i);
  }
  return made;
}

/** Of 32 bytes. */
export function digestAt(bytes: Uint8Array, at: number): Digest {
  return [
    wordAt(bytes, at),
    wordAt(bytes, at + 4),
    wordAt(bytes, at + 8),
    wordAt(bytes, at + 12),
    wordAt(bytes, at + 16),
    wordAt(bytes, at + 20),
    wordAt(bytes, at + 24),
    wordAt(bytes, at + 28),
  ];
}

/** A message of 32 bytes in its last block, after a key's one. */
function afterKey(state: Digest, message: Digest, made: number[] = fresh()): Digest {
  for (let i = 0; i < 8; i += 1) schedule[i] = message[i] as number;
  schedule[8] = 0x80000000;
  for (let i = 9; i < 15; i += 1) schedule[i] = 0;
  schedule[15] = 8 * (blockBytes + digestBytes);
  return compress(state, made);
}

/** The rest of what is hashed, and its end. `bytesBefore` are in the state already. */
function absorb(
  before: Digest,
  message: Uint8Array,
  from: number,
  to: number,
  bytesBefore: number,
  made: number[],
): Digest {
  let state = before;
  let at = from;
  for (; to - at >= blockBytes; at += blockBytes) state = compressBytes(state, message, at, made);
  const end = fillLast(message, at, to, bytesBefore + to - from);
  for (let last = 0; last < end; last += blockBytes) state = compressBytes(state, lastBytes, last, made);
  return state;
}

/** Fills `lastBytes` with what is left of a message and its end; returns how many of them count. */
function fillLast(message: Uint8Array, from: number, to: number, bytes: number): number {
  const rest = to - from;
  const end = rest + 9 > blockBytes ? 2 * blockBytes : blockBytes;
  lastBytes.fill(0);
  for (let at = 0; at < rest; at += 1) lastBytes[at] = message[from + at] as number;
  lastBytes[rest] = 0x80;
  for (let at = 1; at <= 4; at += 1) lastBytes[end - at] = ((8 * bytes) >>> (8 * (at - 1))) & 0xff;
  return end;
}

function compressBytes(state: Digest, bytes: Uint8Array, at: number, made: number[]): Digest {
  for (let i = 0; i < 16; i += 1) schedule[i] = wordAt(bytes, at + 4 * i);
  return compress(state, made);
}

/**
 * Hashes the block that stands in the schedule into `made`, which may be `state`. Every index is within bounds by the loops: to
 * check each would cost more than the hash.
 */
function compress(state: Digest, made: number[]): Digest {
  const w = schedule;
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (roundConstants[i] as number) + (w[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  made[0] = ((state[0] as number) + a) | 0;
  made[1] = ((state[1] as number) + b) | 0;
  made[2] = ((state[2] as number) + c) | 0;
  made[3] = ((state[3] as number) + d) | 0;
  made[4] = ((state[4] as number) + e) | 0;
  made[5] = ((state[5] as number) + f) | 0;
  made[6] = ((state[6] as number) + g) | 0;
  made[7] = ((state[7] as number) + h) | 0;
  return made;
}

function fresh(): number[] {
  return [0, 0, 0, 0, 0, 0, 0, 0];
}
