import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readSignature } from '../../../src/adapters/signing/signature-text.ts';

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encoded = (dsaEncoding: 'der' | 'ieee-p1363') =>
  sign('sha256', Buffer.from('text'), { key, dsaEncoding });
/** 02 with a number of so many bytes, the first of which is `first`. */
const integer = (length: number, first: number) =>
  Buffer.from([2, length, first, ...Array(length - 1).fill(7)]);
const sequence = (...parts: readonly Buffer[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
};

describe('raw and DER, as bytes or text', () => {
  // Often enough for numbers with a sign byte and short ones.
  test.each(Array.from({ length: 50 }, (_, at) => at))('%i', () => {
    const raw = encoded('ieee-p1363');
    expect(readSignature(raw)).toEqual(raw);
    for (const text of [
      raw.toString('base64'),
      raw.toString('base64url'),
      raw.toString('hex'),
      `${raw.toString('hex').toUpperCase()}\n`,
    ]) {
      expect(readSignature(Buffer.from(text))).toEqual(raw);
    }
    const der = encoded('der');
    const asRaw = readSignature(der);
    expect(asRaw).toHaveLength(64);
    const wrapped = `${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n`;
    expect(readSignature(Buffer.from(wrapped))).toEqual(asRaw);
  });
});

test('short numbers of DER are filled up', () => {
  const read = readSignature(sequence(integer(1, 5), integer(31, 9)));
  expect(read).toEqual(new Uint8Array([...Array(31).fill(0), 5, 0, 9, ...Array(30).fill(7)]));
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['63 bytes', Buffer.alloc(63, 0x80)],
  ['a word', Buffer.from('failed')],
  ['base64 of 45 bytes', Buffer.from(Buffer.alloc(45).toString('base64'))],
  ['a number of 33 bytes', sequence(integer(33, 1), integer(32, 1))],
  ['three numbers', sequence(integer(3, 1), integer(3, 1), integer(3, 1))],
  ['one number', sequence(integer(3, 1))],
  ['a byte after it', Buffer.concat([sequence(integer(3, 1), integer(3, 1)), Buffer.of(0)])],
  ['a wrong length', Buffer.from([0x30, 6, 2, 9, 1, 2, 1, 1])],
  ['no number', Buffer.from([0x30, 6, 4, 1, 1, 2, 1, 1])],
])('%s is no signature', (_, output) => {
  expect(readSignature(output)).toBeNull();
});
