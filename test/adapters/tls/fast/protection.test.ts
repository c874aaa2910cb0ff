import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Opener, open12, openRecord } from '../../../../src/adapters/tls/fast/protection.ts';
import { wordAt } from '../../../../src/adapters/tls/fast/words.ts';

const key = randomBytes(16);
const iv = randomBytes(12);
const wordsOf = (bytes: Uint8Array) =>
  Array.from({ length: bytes.length / 4 }, (_, index) => wordAt(bytes, 4 * index));
const words = { key: wordsOf(key), iv: wordsOf(iv) };
const handshake = 22;

/** What is encrypted in a record: the content, its type and padding. */
const inner = (content: Uint8Array, type = handshake, padding = 0) =>
  Buffer.concat([content, Buffer.of(type), Buffer.alloc(padding)]);

/** A record as OpenSSL protects it (RFC 8446, section 5.2). */
function sealed(plain: Buffer, sequence: number): Buffer {
  const nonce = Buffer.from(iv);
  nonce.writeUInt8(nonce.readUInt8(11) ^ sequence, 11);
  const bytes = plain.length + 16;
  const header = Buffer.of(23, 3, 3, bytes >> 8, bytes & 0xff);
  const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(header);
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

type Open = InstanceType<typeof Opener>['open'];

const ways: readonly [string, () => Open][] = [
  [
    'the opener of a known server',
    () => {
      const opener = new Opener(words);
      return (...record) => opener.open(...record);
    },
  ],
  [
    'OpenSSL',
    () => {
      const keys = { cipher: 'aes-128-gcm', key: createSecretKey(key), iv } as const;
      return (...record) => openRecord(keys, ...record);
    },
  ],
];

/** The content of a record that stands in the middle of what was received, and what is written around it. */
function openedBy(open: Open, record: Buffer, sequence: number, roomBytes = 20_000): Buffer {
  const wire = Buffer.concat([randomBytes(7), record, randomBytes(3)]);
  const to = Buffer.alloc(roomBytes, 0xee);
  const place = { type: 23, start: 7 + 5, end: 7 + record.length };
  const end = open(sequence, wire, place, to, 9);
  expect(to.subarray(0, 9).equals(Buffer.alloc(9, 0xee)), 'nothing is written before it').toBe(true);
  return Buffer.from(to.subarray(9, end));
}

describe.each(ways)('%s', (_, start) => {
  test('records of all lengths are opened with one key, each with its own number', () => {
    const open = start();
    // 256 bytes with the tag is where it changes from our code to OpenSSL's.
    for (const [sequence, length] of [1, 239, 240, 2, 1_000, 238, 2 ** 14, 16].entries()) {
      const content = randomBytes(length).fill(1, length - 1);
      for (const padding of [0, 1, 40]) {
        if (length + padding > 2 ** 14) continue;
        const record = sealed(inner(content, handshake, padding), sequence);
        const found = openedBy(open, record, sequence);
        expect(found.equals(content), `${length} bytes and ${padding} of padding`).toBe(true);
        expect(() => openedBy(open, record, sequence + 1)).toThrow('not protected with the key');
      }
    }
  });

  test('the numbers go up to 255', () => {
    const open = start();
    expect(openedBy(open, sealed(inner(Buffer.of(7)), 255), 255)).toEqual(Buffer.of(7));
    expect(() => openedBy(open, sealed(inner(Buffer.of(7)), 0), 256)).toThrow(
      'more records than are counted',
    );
  });

  test.each([
    ['no content at all', Buffer.alloc(0), 'without content'],
    ['a type alone', inner(Buffer.alloc(0)), 'without a message'],
    ['a type and padding', inner(Buffer.alloc(0), handshake, 5), 'without a message'],
    ['padding alone', Buffer.alloc(5), 'another protected record'],
    ['padding alone, in a long record', Buffer.alloc(500), 'another protected record'],
    ['an alert', inner(Buffer.of(1, 0), 21), 'another protected record'],
    ['an alert in a long record', inner(Buffer.alloc(400, 1), 21), 'another protected record'],
    [
      'more content than a record may have',
      inner(Buffer.alloc(2 ** 14 + 1, 1)),
      'length that is not allowed',
    ],
    ['more padding', inner(Buffer.alloc(2 ** 14, 1), handshake, 1), 'length that is not allowed'],
  ])('%s is a surprise', (_, plain, reason) => {
    expect(() => openedBy(start(), sealed(plain, 0), 0)).toThrow(reason);
  });

  test.each([20, 500])('so is what has no room: %i bytes', (length) => {
    const record = sealed(inner(Buffer.alloc(length, 1)), 0);
    expect(openedBy(start(), record, 0, 9 + length + 1)).toHaveLength(length);
    expect(() => openedBy(start(), record, 0, 9 + length)).toThrow('than there is room for');
  });
});

describe('the first protected record of a TLS 1.2 server', () => {
  function sealed12(content: Buffer, explicit: Buffer): Buffer {
    const header = Buffer.of(handshake, 3, 3, content.length >> 8, content.length & 0xff);
    const additional = Buffer.concat([Buffer.alloc(8), header]);
    const nonce = Buffer.concat([iv.subarray(0, 4), explicit]);
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(additional);
    return Buffer.concat([explicit, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  }
  const opened = (wire: Buffer) => open12(words, wire, { type: 22, start: 0, end: wire.length });

  test('is opened whatever its explicit nonce', () => {
    for (const explicit of [Buffer.alloc(8), Buffer.alloc(8, 0xff), randomBytes(8)]) {
      const content = randomBytes(16);
      expect(opened(sealed12(content, explicit)).equals(content)).toBe(true);
      const changed = sealed12(content, explicit);
      changed.writeUInt8(changed.readUInt8(7) ^ 1, 7);
      expect(() => opened(changed)).toThrow('not protected with the key');
    }
  });

  test.each([
    ['the explicit nonce cut', Buffer.alloc(7), 'without content'],
    ['no room for a tag', Buffer.alloc(24), 'without content'],
    [
      'much more than a Finished',
      sealed12(Buffer.alloc(301), Buffer.alloc(8)),
      'longer record than a Finished',
    ],
  ])('%s is a surprise', (_, wire, reason) => {
    expect(() => opened(wire)).toThrow(reason);
  });
});
