import { createCipheriv, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { gcmKey, open, seal } from '../../../../src/adapters/tls/fast/gcm.ts';
import { wordAt } from '../../../../src/adapters/tls/fast/words.ts';

const wordsOf = (bytes: Uint8Array) =>
  Array.from({ length: bytes.length / 4 }, (_, index) => wordAt(bytes, 4 * index));

/** The plaintext encrypted, and the tag behind. */
function sealed(key: Buffer, iv: Buffer, additional: Buffer, plain: Buffer): Buffer {
  const room = Buffer.concat([plain, Buffer.alloc(16)]);
  seal({ key: gcmKey(wordsOf(key)), nonce: wordsOf(iv), additional }, room, 0, plain.length);
  return room;
}

function opened(key: Buffer, iv: Buffer, additional: Buffer, content: Buffer): Buffer | null {
  const end = content.length - 16;
  const plain = Buffer.alloc(end, 0xff);
  const by = { key: gcmKey(wordsOf(key)), nonce: wordsOf(iv), additional };
  const isOpened = open(by, content, 0, end, plain, 0);
  if (!isOpened) expect(plain.equals(Buffer.alloc(end, 0xff)), 'nothing is written').toBe(true);
  return isOpened ? plain : null;
}

function openSsl(key: Buffer, iv: Buffer, additional: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, iv).setAAD(additional);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Test cases 1, 2 and 4 of the specification that McGrew and Viega submitted to NIST. */
const cases = [
  ['00'.repeat(16), '00'.repeat(12), '', '', '58e2fccefa7e3061367f1d57a4e7455a'],
  [
    ...['00'.repeat(16), '00'.repeat(12), '', '00'.repeat(16)],
    '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
  ],
  [
    'feffe9928665731c6d6a8f9467308308',
    'cafebabefacedbaddecaf888',
    'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525' +
      'b16aedf5aa0de657ba637b39',
    '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05' +
      '1ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  ],
].map((fields) => fields.map((field) => Buffer.from(field, 'hex')));

test.each(cases)('the known vectors (%#)', (...fields) => {
  const [key, iv, additional, plain, content] = fields as [Buffer, Buffer, Buffer, Buffer, Buffer];
  expect(sealed(key, iv, additional, plain).toString('hex')).toBe(content.toString('hex'));
  expect(opened(key, iv, additional, content)?.toString('hex')).toBe(plain.toString('hex'));
});

test('what it makes of texts of every length is what OpenSSL makes of them', () => {
  for (let length = 0; length <= 320; length += 1) {
    const [key, iv] = [randomBytes(16), randomBytes(12)];
    const [additional, plain] = [randomBytes(length % 37), randomBytes(length)];
    const content = openSsl(key, iv, additional, plain);
    expect(sealed(key, iv, additional, plain).toString('hex'), `${length}`).toBe(content.toString('hex'));
    expect(opened(key, iv, additional, content)?.equals(plain), `${length}`).toBe(true);
  }
});

test('one changed bit of text, tag or additional data is noticed', () => {
  const [key, iv, additional] = [randomBytes(16), randomBytes(12), randomBytes(5)];
  const content = openSsl(key, iv, additional, randomBytes(40));
  for (let bit = 0; bit < 8 * (content.length + additional.length); bit += 1) {
    const all = Buffer.concat([content, additional]);
    all.writeUInt8(all.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const [text, more] = [all.subarray(0, content.length), all.subarray(content.length)];
    expect(opened(key, iv, more, text), `bit ${bit}`).toBe(null);
  }
});

test('a key that takes the place of another one is as good as a new one', () => {
  const [one, another, iv] = [randomBytes(16), randomBytes(16), randomBytes(12)];
  const room = Buffer.alloc(36, 7);
  const reused = gcmKey(wordsOf(another), gcmKey(wordsOf(one)));
  seal({ key: reused, nonce: wordsOf(iv), additional: Buffer.alloc(0) }, room, 0, 20);
  expect(room.toString('hex')).toBe(
    openSsl(another, iv, Buffer.alloc(0), Buffer.alloc(20, 7)).toString('hex'),
  );
});
