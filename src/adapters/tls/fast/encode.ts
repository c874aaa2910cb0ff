/** Writes what TLS calls presentation language (RFC 8446, section 3). */
import { Surprise } from './surprise.ts';

export function message(type: number, body: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(type), vector(3, body)]);
}

export function vector(lengthBytes: 1 | 2 | 3, body: Uint8Array | readonly Uint8Array[]): Buffer {
  const bytes = body instanceof Uint8Array ? body : Buffer.concat(body);
  if (bytes.length >= 256 ** lengthBytes) throw new Surprise('more to offer than a hello holds');
  const made = Buffer.allocUnsafe(lengthBytes + bytes.length);
  made.writeUIntBE(bytes.length, 0, lengthBytes);
  made.set(bytes, lengthBytes);
  return made;
}

export function word(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
