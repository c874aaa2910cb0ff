/** How records of a TLS 1.3 handshake are protected with AES-128-GCM (RFC 8446, sections 5.2 and 5.3). */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { HandshakeKeys } from './key-schedule.ts';
import { recordHeader, recordType } from './records.ts';
import { Surprise } from './surprise.ts';

const tagBytes = 16;

/** The handshake messages in a record's protected content; `sequence` counts a side's records from 0. */
export function open({ key, iv }: HandshakeKeys, sequence: number, content: Buffer): Buffer {
  if (content.length <= tagBytes) throw new Surprise('a protected record without content');
  const decipher = createDecipheriv('aes-128-gcm', key, nonce(iv, sequence));
  const end = content.length - tagBytes;
  decipher.setAAD(recordHeader(recordType.applicationData, content.length));
  decipher.setAuthTag(content.subarray(end));
  const inner = decipher.update(content.subarray(0, end));
  try {
    decipher.final();
  } catch {
    throw new Surprise('a record that is not protected with the key of this handshake');
  }
  let last = inner.length - 1;
  while (last >= 0 && inner[last] === 0) last -= 1; // padding
  if (inner[last] !== recordType.handshake) throw new Surprise('another protected record than the handshake');
  if (last === 0) throw new Surprise('a record without a message');
  return inner.subarray(0, last);
}

/** `message` as the first protected record of its side. */
export function seal({ key, iv }: HandshakeKeys, message: Uint8Array): Buffer {
  const header = recordHeader(recordType.applicationData, message.length + 1 + tagBytes);
  const cipher = createCipheriv('aes-128-gcm', key, nonce(iv, 0));
  cipher.setAAD(header);
  const content = cipher.update(Buffer.concat([message, Buffer.of(recordType.handshake)]));
  cipher.final();
  return Buffer.concat([header, content, cipher.getAuthTag()]);
}

/** As the first protected record of a TLS 1.2 client (RFC 5288, section 3). */
export function seal12(
  { key, iv }: { readonly key: Uint8Array; readonly iv: Uint8Array },
  message: Uint8Array,
): Buffer {
  const explicit = Buffer.alloc(8);
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([iv, explicit]));
  cipher.setAAD(Buffer.concat([explicit, recordHeader(recordType.handshake, message.length)]));
  const content = cipher.update(message);
  cipher.final();
  const sealed = Buffer.concat([explicit, content, cipher.getAuthTag()]);
  return Buffer.concat([recordHeader(recordType.handshake, sealed.length), sealed]);
}

function nonce(iv: Uint8Array, sequence: number): Uint8Array {
  const made = Uint8Array.from(iv);
  made[11] = (made[11] ?? 0) ^ (sequence & 0xff);
  return made;
}
