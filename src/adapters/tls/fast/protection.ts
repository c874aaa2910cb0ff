/** How records are protected with AES-128-GCM (RFC 8446, sections 5.2 and 5.3), and opened with the other ciphers of TLS 1.3. */
import { type CipherGCMTypes, createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { TrafficKeys } from './key-schedule.ts';
import { recordHeader, recordType } from './records.ts';
import { Surprise } from './surprise.ts';

const tagBytes = 16;
/** The part of the nonce that TLS 1.2 sends along. */
const explicitBytes = 8;

/** All tags have the same length. */
export type Cipher = CipherGCMTypes | 'chacha20-poly1305';
const aes128: Cipher = 'aes-128-gcm';

/** The handshake messages in a record's protected content; `sequence` counts a side's records from 0, to 255. */
export function open(
  { key, iv }: TrafficKeys,
  sequence: number,
  content: Buffer,
  cipher: Cipher = aes128,
): Buffer {
  if (sequence > 255) throw new Surprise('more records than are counted here');
  const additional = recordHeader(recordType.applicationData, content.length);
  const inner = decrypt(cipher, key, nonce(iv, sequence), additional, content);
  let last = inner.length - 1;
  while (last >= 0 && inner[last] === 0) last -= 1; // padding
  if (inner[last] !== recordType.handshake) throw new Surprise('another protected record than the handshake');
  if (last === 0) throw new Surprise('a record without a message');
  return inner.subarray(0, last);
}

/** The same of a TLS 1.2 server's first protected record (RFC 5246, section 6.2.3.3; RFC 5288, section 3). */
export function open12({ key, iv }: TrafficKeys, content: Buffer): Buffer {
  const plainBytes = content.length - explicitBytes - tagBytes;
  if (plainBytes <= 0) throw new Surprise('a protected record without content');
  const additional = Buffer.concat([Buffer.alloc(8), recordHeader(recordType.handshake, plainBytes)]);
  const explicit = content.subarray(0, explicitBytes);
  return decrypt(aes128, key, Buffer.concat([iv, explicit]), additional, content.subarray(explicitBytes));
}

/** `content` has the tag behind. */
function decrypt(
  cipher: Cipher,
  key: KeyObject,
  iv: Uint8Array,
  additional: Uint8Array,
  content: Buffer,
): Buffer {
  const end = content.length - tagBytes;
  if (end <= 0) throw new Surprise('a protected record without content');
  const decipher = createDecipheriv(cipher as CipherGCMTypes, key, iv, { authTagLength: tagBytes });
  decipher.setAAD(additional);
  decipher.setAuthTag(content.subarray(end));
  const plain = decipher.update(content.subarray(0, end));
  try {
    decipher.final();
  } catch {
    throw new Surprise('a record that is not protected with the key of this handshake');
  }
  return plain;
}

/** The first record that its keys protect. */
export function seal(keys: TrafficKeys, type: number, message: Uint8Array): Buffer {
  const header = recordHeader(recordType.applicationData, message.length + 1 + tagBytes);
  const inner = Buffer.concat([message, Buffer.of(type)]);
  return Buffer.concat([header, encrypt(keys.key, nonce(keys.iv, 0), header, inner)]);
}

/** A record of a TLS 1.2 client (RFC 5246, section 6.2.3.3; RFC 5288, section 3); `sequence` counts them from 0. */
export function seal12(
  { key, iv }: TrafficKeys,
  sequence: number,
  type: number,
  message: Uint8Array,
): Buffer {
  const count = Buffer.alloc(explicitBytes);
  count.writeUInt8(sequence, 7);
  const additional = Buffer.concat([count, recordHeader(type, message.length)]);
  const content = encrypt(key, Buffer.concat([iv, count]), additional, message);
  return Buffer.concat([recordHeader(type, count.length + content.length), count, content]);
}

/** With the tag behind. */
function encrypt(key: KeyObject, iv: Uint8Array, additional: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, iv);
  cipher.setAAD(additional);
  const content = cipher.update(plain);
  cipher.final();
  return Buffer.concat([content, cipher.getAuthTag()]);
}

function nonce(iv: Uint8Array, sequence: number): Uint8Array {
  const made = new Uint8Array(iv);
  made[11] = (made[11] ?? 0) ^ (sequence & 0xff);
  return made;
}
