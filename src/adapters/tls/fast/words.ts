/** Words of 32 bits, and the bytes that they stand for, the highest first. */

export function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/** Writes the bytes of words to `to`, from `at` on. */
export function writeWords(words: readonly number[], to: Uint8Array, at: number): void {
  for (let i = 0; i < 4 * words.length; i += 1) {
    to[at + i] = (words[i >> 2] as number) >>> (24 - 8 * (i & 3));
  }
}

export function bytesOf(words: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * words.length);
  writeWords(words, bytes, 0);
  return bytes;
}

/** Whether bytes are those of these words. Nothing here is secret, so it may take a time that depends on them. */
export function isSame(bytes: Uint8Array, words: readonly number[]): boolean {
  return bytes.length === 4 * words.length && words.every((word, index) => wordAt(bytes, 4 * index) === word);
}
