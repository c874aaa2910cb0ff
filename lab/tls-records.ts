/** TLS 1.2 messages in the clear (RFC 5246), as bytes, for servers that break the protocol on purpose. */
import { randomBytes } from 'node:crypto';

export type Version = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2';
const VERSIONS: Readonly<Record<Version, number>> = { TLSv1: 0x0301, 'TLSv1.1': 0x0302, 'TLSv1.2': 0x0303 };

const HANDSHAKE = 22;
const ALERT = 21;
const MAX_FRAGMENT_BYTES = 2 ** 14;

/** `body` as one record, or as several if it is over 16 KB. */
function records(type: number, version: Version, body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += MAX_FRAGMENT_BYTES) {
    const fragment = body.subarray(at, at + MAX_FRAGMENT_BYTES);
    parts.push(
      Buffer.concat([Buffer.of(type), uint16(VERSIONS[version]), uint16(fragment.length), fragment]),
    );
  }
  return Buffer.concat(parts);
}

function handshake(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), uint24(body.length), body]);
}

const ECDHE_ECDSA_AES128_GCM_SHA256 = 0xc02b;
const ECDHE_RSA_AES128_GCM_SHA256 = 0xc02f;
const RSA_AES128_CBC_SHA = 0x002f; // for versions below 1.2

/**
 * ServerHello without a session. A client refuses a cipher suite that does not fit the certificate's key. By
 * default, OpenSSL 3 breaks off without `renegotiationInfo` (RFC 5746), which old servers don't send.
 */
export function serverHello(
  version: Version = 'TLSv1.2',
  keyType: 'ecdsa' | 'rsa' = 'rsa',
  renegotiationInfo = true,
): Buffer {
  const modern = keyType === 'rsa' ? ECDHE_RSA_AES128_GCM_SHA256 : ECDHE_ECDSA_AES128_GCM_SHA256;
  const extensions = renegotiationInfo ? Buffer.from([0, 5, 0xff, 0x01, 0, 1, 0]) : Buffer.alloc(0);
  const body = Buffer.concat([
    uint16(VERSIONS[version]),
    randomBytes(32),
    Buffer.of(0), // session id
    uint16(version === 'TLSv1.2' ? modern : RSA_AES128_CBC_SHA),
    Buffer.of(0), // no compression
    extensions,
  ]);
  return records(HANDSHAKE, version, handshake(2, body));
}

/** A Certificate message with these entries, which may be any bytes. */
export function certificateMessage(entries: readonly Buffer[]): Buffer {
  const list = Buffer.concat(entries.flatMap((entry) => [uint24(entry.length), entry]));
  return records(HANDSHAKE, 'TLSv1.2', handshake(11, Buffer.concat([uint24(list.length), list])));
}

/** A client must ignore any number of these during a handshake (RFC 5246 section 7.4.1.1). */
export function helloRequest(): Buffer {
  return records(HANDSHAKE, 'TLSv1.2', handshake(0, Buffer.alloc(0)));
}

export function alert(level: 'warning' | 'fatal', description: number): Buffer {
  return records(ALERT, 'TLSv1.2', Buffer.of(level === 'warning' ? 1 : 2, description));
}

const uint16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const uint24 = (value: number): Buffer => Buffer.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
