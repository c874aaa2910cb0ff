/**
 * AES-128 (FIPS 197), encryption alone: GCM needs no more. By tables, so its time tells of the key; nobody's secret is
 * protected with it (see curve.ts).
 */

const rounds = 10;
/** The round keys, four words each. */
export const scheduleWords: number = 4 * (rounds + 1);

// Made once, by their definitions (FIPS 197, sections 4.2 and 5.1.1).
const sbox = new Uint8Array(256);
/** SubBytes and MixColumns of a column's first byte. Those of the others are the same words, rotated. */
const [t0, t1, t2, t3] = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)];
fillTables();

/** The round keys of a key of four words (section 5.2), the first of `words`. */
export function expandKey(key: readonly number[], words: Int32Array): void {
  for (let i = 0; i < 4; i += 1) words[i] = key[i] as number;
  let constant = 1;
  for (let i = 4; i < scheduleWords; i += 1) {
    let word = words[i - 1] as number;
    if (i % 4 === 0) {
      word = substituted((word << 8) | (word >>> 24)) ^ (constant << 24);
      constant = doubled(constant);
    }
    words[i] = (words[i - 4] as number) ^ word;
  }
}

/** Encrypts four words with the round keys, into `to`. */
export function encryptBlock(
  key: Int32Array,
  b0: number,
  b1: number,
  b2: number,
  b3: number,
  to: Int32Array,
): void {
  let w0 = b0 ^ (key[0] as number);
  let w1 = b1 ^ (key[1] as number);
  let w2 = b2 ^ (key[2] as number);
  let w3 = b3 ^ (key[3] as number);
  for (let at = 4; at < 4 * rounds; at += 4) {
    const n0 = column(w0, w1, w2, w3) ^ (key[at] as number);
    const n1 = column(w1, w2, w3, w0) ^ (key[at + 1] as number);
    const n2 = column(w2, w3, w0, w1) ^ (key[at + 2] as number);
    const n3 = column(w3, w0, w1, w2) ^ (key[at + 3] as number);
    w0 = n0;
    w1 = n1;
    w2 = n2;
    w3 = n3;
  }
  to[0] = lastColumn(w0, w1, w2, w3) ^ (key[40] as number);
  to[1] = lastColumn(w1, w2, w3, w0) ^ (key[41] as number);
  to[2] = lastColumn(w2, w3, w0, w1) ^ (key[42] as number);
  to[3] = lastColumn(w3, w0, w1, w2) ^ (key[43] as number);
}

function column(a: number, b: number, c: number, d: number): number {
  return (
    (t0[a >>> 24] as number) ^
    (t1[(b >>> 16) & 0xff] as number) ^
    (t2[(c >>> 8) & 0xff] as number) ^
    (t3[d & 0xff] as number)
  );
}

function lastColumn(a: number, b: number, c: number, d: number): number {
  return (
    ((sbox[a >>> 24] as number) << 24) |
    ((sbox[(b >>> 16) & 0xff] as number) << 16) |
    ((sbox[(c >>> 8) & 0xff] as number) << 8) |
    (sbox[d & 0xff] as number)
  );
}

function substituted(word: number): number {
  return lastColumn(word, word, word, word);
}

/** Times x in the field of AES. */
function doubled(byte: number): number {
  return byte < 0x80 ? byte << 1 : (byte << 1) ^ 0x11b;
}

function fillTables(): void {
  // All elements but 0, as powers of x + 1, beside their inverses.
  let element = 1;
  let inverse = 1;
  do {
    element ^= doubled(element);
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    if ((inverse & 0x80) !== 0) inverse ^= 0x09;
    inverse &= 0xff;
    sbox[element] = affine(inverse);
  } while (element !== 1);
  sbox[0] = 0x63;
  for (let i = 0; i < 256; i += 1) {
    const s = sbox[i] as number;
    const two = doubled(s);
    const word = (two << 24) | (s << 16) | (s << 8) | (two ^ s);
    t0[i] = word;
    t1[i] = (word >>> 8) | (word << 24);
    t2[i] = (word >>> 16) | (word << 16);
    t3[i] = (word >>> 24) | (word << 8);
  }
}

function affine(byte: number): number {
  const twice = byte | (byte << 8);
  return ((twice ^ (twice >>> 4) ^ (twice >>> 5) ^ (twice >>> 6) ^ (twice >>> 7)) & 0xff) ^ 0x63;
}
