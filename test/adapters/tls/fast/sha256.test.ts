import { createHash, createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  digestAt,
  hmac,
  hmacKey,
  hmacKeyOf,
  hmacOfBlock,
  hmacOfDigest,
  lastBlock,
  sha256,
} from '../../../../src/adapters/tls/fast/sha256.ts';
import { bytesOf } from '../../../../src/adapters/tls/fast/words.ts';

const hex = (words: readonly number[]) => bytesOf(words).toString('hex');

test('hashes of every length up to five blocks are those of OpenSSL', () => {
  for (let length = 0; length <= 320; length += 1) {
    const message = randomBytes(length);
    expect(hex(sha256(message)), message.toString('hex')).toBe(
      createHash('sha256').update(message).digest('hex'),
    );
  }
});

test('so are HMACs, with keys of every length up to one block', () => {
  for (let length = 0; length <= 160; length += 1) {
    const key = randomBytes(length % 65);
    const message = randomBytes(length);
    expect(hex(hmac(hmacKey(key), message))).toBe(createHmac('sha256', key).update(message).digest('hex'));
  }
});

test('so are those of a digest, of a block and of a part of a message', () => {
  const [key, message] = [randomBytes(32), randomBytes(100)];
  const expected = (from: number, to: number) =>
    createHmac('sha256', key).update(message.subarray(from, to)).digest('hex');
  const made = hmacKeyOf(digestAt(key, 0));
  expect(hex(hmacOfDigest(made, digestAt(message, 0)))).toBe(expected(0, 32));
  for (const length of [0, 1, 54, 55]) {
    expect(hex(hmacOfBlock(made, lastBlock(message.subarray(0, length))))).toBe(expected(0, length));
  }
  expect(hex(hmac(made, message, 3, 90))).toBe(expected(3, 90));
});

test('what does not fit into one block is refused', () => {
  expect(() => lastBlock(new Uint8Array(56))).toThrow('expected a message of at most 55 bytes, found 56');
});

test('a longer key is refused', () => {
  expect(() => hmacKey(new Uint8Array(65))).toThrow('expected a key of at most 64 bytes, found 65');
});
