/** How records are protected with AES-128-GCM (RFC 8446, sections 5.2 and 5.3), and opened with the other ciphers of TLS 1.3. */
import { type CipherGCMTypes, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { type GcmKey, gcmKey, open as openShort, seal as sealInPlace, tagBytes } from './gcm.ts';
import type { TrafficKeys } from './key-schedule.ts';
import { recordHeaderBytes, recordType, type TlsRecord, writeRecordHeader } from './records.ts';
import { Surprise } from './surprise.ts';
import { bytesOf, wordAt } from './words.ts';

/** All tags have the same length. */
export type Cipher = CipherGCMTypes | 'chacha20-poly1305';

/** What a TLS 1.3 server's records are protected with, as OpenSSL takes it. */
export interface RecordKeys {
  readonly cipher: Cipher;
  /** As an object, because Node 24 takes four times as long to make a cipher from bytes. */
  readonly key: KeyObject;
  readonly iv: Uint8Array;
}

/** As many as a record's content and its type may have, with padding (RFC 8446, section 5.4). */
const mostInnerBytes = 2 ** 14 + 1;

/** Up to here, a record costs less in plain code: measured on Node 20 and 24. */
const shortBytes = 256;
const ivBytes = 12;
/** The part of the nonce that TLS 1.2 sends along. */
const explicitBytes = 8;

// Shared by all calls, each of which is synchronous.
const additional13 = Buffer.alloc(recordHeaderBytes);
const additional12 = Buffer.alloc(explicitBytes + recordHeaderBytes);
const spareKey: GcmKey = gcmKey([0, 0, 0, 0]);

/** Opens the records of one TLS 1.3 server with AES-128-GCM. */
export class Opener {
  readonly #keys: TrafficKeys;
  readonly #short: GcmKey;
  #long: RecordKeys | null = null;

  constructor(keys: TrafficKeys) {
    this.#keys = keys;
    this.#short = gcmKey(keys.key);
  }

  /** As `openRecord`. */
  open(sequence: number, wire: Buffer, record: TlsRecord, to: Buffer, at: number): number {
    if (record.end - record.start > shortBytes) {
      const { key, iv } = this.#keys;
      this.#long ??= {
        cipher: 'aes-128-gcm',
        key: createSecretKey(bytesOf(key.slice(0, 4))),
        iv: bytesOf(iv.slice(0, 3)),
      };
      return openRecord(this.#long, sequence, wire, record, to, at);
    }
    const end = endOfPlain(record, sequence, to, at);
    const [n0, n1, n2] = this.#keys.iv as [number, number, number];
    const by = { key: this.#short, nonce: [n0, n1, n2 ^ sequence], additional: headerIn(wire, record.start) };
    if (!openShort(by, wire, record.start, record.end - tagBytes, to, at)) throw new Surprise(anotherKey);
    return endOfMessages(to, at, end);
  }
}

/**
 * Writes the handshake messages of a TLS 1.3 server's record in `wire` to `to`, from `at` on; returns where they end. `sequence`
 * counts its protected records from 0, up to 255.
 */
export function openRecord(
  { cipher, key, iv }: RecordKeys,
  sequence: number,
  wire: Buffer,
  record: TlsRecord,
  to: Buffer,
  at: number,
): number {
  const end = endOfPlain(record, sequence, to, at);
  const nonce = Buffer.from(iv);
  nonce.writeUInt8((nonce[ivBytes - 1] ?? 0) ^ sequence, ivBytes - 1);
  const tagAt = record.end - tagBytes;
  const decipher = createDecipheriv(cipher as CipherGCMTypes, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(headerIn(wire, record.start));
  decipher.setAuthTag(wire.subarray(tagAt, record.end));
  decipher.update(wire.subarray(record.start, tagAt)).copy(to, at);
  try {
    decipher.final();
  } catch {
    throw new Surprise(anotherKey);
  }
  return endOfMessages(to, at, end);
}

const anotherKey = 'a record that is not protected with the key of this handshake';

function endOfPlain({ start, end }: TlsRecord, sequence: number, to: Buffer, at: number): number {
  if (sequence > 255) throw new Surprise('more records than are counted here');
  const bytes = end - start - tagBytes;
  if (bytes <= 0) throw new Surprise('a protected record without content');
  if (bytes > mostInnerBytes) throw new Surprise('a record of a length that is not allowed');
  if (at + bytes > to.length) throw new Surprise('a longer flight than there is room for');
  return at + bytes;
}

/** That of the record whose content begins at `start`. */
function headerIn(wire: Buffer, start: number): Uint8Array {
  for (let i = 0; i < recordHeaderBytes; i += 1) {
    additional13[i] = wire[start - recordHeaderBytes + i] as number;
  }
  return additional13;
}

/** Behind the messages stand their type and padding. */
function endOfMessages(plain: Buffer, start: number, end: number): number {
  let last = end - 1;
  while (last >= start && plain[last] === 0) last -= 1;
  if (last < start || plain[last] !== recordType.handshake) {
    throw new Surprise('another protected record than the handshake');
  }
  if (last === start) throw new Surprise('a record without a message');
  return last;
}

/** How many bytes protection adds to a message. */
export const sealedBytes: number = recordHeaderBytes + 1 + tagBytes;

/** Writes the first record that its keys protect to `to`, from `at` on; returns where it ends. */
export function seal(
  { key, iv }: TrafficKeys,
  type: number,
  message: Uint8Array,
  to: Buffer,
  at: number,
): number {
  const start = writeRecordHeader(recordType.applicationData, message.length + 1 + tagBytes, to, at);
  to.set(message, start);
  const end = start + message.length + 1;
  to[end - 1] = type;
  const by = { key: gcmKey(key, spareKey), nonce: iv, additional: headerIn(to, start) };
  sealInPlace(by, to, start, end);
  return end + tagBytes;
}

/** How many bytes protection adds to a message of TLS 1.2. */
export const sealedBytes12: number = recordHeaderBytes + explicitBytes + tagBytes;

/** As `seal`, of a TLS 1.2 client (RFC 5246, section 6.2.3.3; RFC 5288, section 3); `sequence` counts its records from 0. */
export function seal12(
  { key, iv }: TrafficKeys,
  sequence: number,
  type: number,
  message: Uint8Array,
  to: Buffer,
  at: number,
): number {
  const explicitAt = writeRecordHeader(type, explicitBytes + message.length + tagBytes, to, at);
  to.fill(0, explicitAt, explicitAt + explicitBytes);
  to[explicitAt + explicitBytes - 1] = sequence;
  const start = explicitAt + explicitBytes;
  to.set(message, start);
  const end = start + message.length;
  const by = {
    key: gcmKey(key, spareKey),
    nonce: [iv[0] as number, 0, sequence],
    additional: additionalTo(type, sequence, message.length),
  };
  sealInPlace(by, to, start, end);
  return end + tagBytes;
}

/** The content of a TLS 1.2 server's first protected record, which is a handshake message. */
export function open12({ key, iv }: TrafficKeys, wire: Buffer, { start, end }: TlsRecord): Buffer {
  const plainBytes = end - start - explicitBytes - tagBytes;
  if (plainBytes <= 0) throw new Surprise('a protected record without content');
  if (plainBytes > shortBytes) throw new Surprise('a longer record than a Finished');
  const by = {
    key: gcmKey(key, spareKey),
    nonce: [iv[0] as number, wordAt(wire, start), wordAt(wire, start + 4)],
    additional: additionalTo(recordType.handshake, 0, plainBytes),
  };
  const plain = Buffer.allocUnsafe(plainBytes);
  const isOpened = openShort(by, wire, start + explicitBytes, end - tagBytes, plain, 0);
  if (!isOpened) throw new Surprise(anotherKey);
  return plain;
}

function additionalTo(type: number, sequence: number, bytes: number): Uint8Array {
  additional12[explicitBytes - 1] = sequence;
  writeRecordHeader(type, bytes, additional12, explicitBytes);
  return additional12;
}
