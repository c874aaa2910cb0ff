import { createHash, createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { hmac, hmacKey, sha256 } from '../../../../src/adapters/tls/fast/sha256.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('hashes of every length up to five blocks are those of OpenSSL', () => {
  for (let length = 0; length <= 320; length += 1) {
    const message = randomBytes(length);
    expect(hex(sha256(message)), hex(message)).toBe(createHash('sha256').update(message).digest('hex'));
  }
});

test('so are HMACs, with keys of every length up to one block', () => {
  for (let length = 0; length <= 160; length += 1) {
    const key = randomBytes(length % 65);
    const message = randomBytes(length);
    expect(hex(hmac(hmacKey(key), message))).toBe(createHmac('sha256', key).update(message).digest('hex'));
  }
});

test('a longer key is refused', () => {
  expect(() => hmacKey(new Uint8Array(65))).toThrow('expected a key of at most 64 bytes, found 65');
});
