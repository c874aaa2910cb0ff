/** Records of TLS 1.2 and 1.3 (RFC 8446, section 5.1), as they lie in what was received. */
import { Surprise } from './surprise.ts';

export const recordType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

export const recordHeaderBytes = 5;
const mostPlainBytes = 2 ** 14;
/** What protection may add (RFC 8446, section 5.2). */
const mostExpansionBytes = 256;

export interface TlsRecord {
  readonly type: number;
  /** Its content is `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

/** The record that begins at `at`; null while it has not arrived in full. Alerts are a surprise, as is what is no record. */
export function recordAt(wire: Buffer, at: number, filled: number): TlsRecord | null {
  if (filled - at < recordHeaderBytes) return null;
  const type = wire.readUInt8(at);
  const length = wire.readUInt16BE(at + 3);
  if (type === recordType.alert) throw new Surprise('an alert');
  if (type < recordType.changeCipherSpec || type > recordType.applicationData)
    throw new Surprise('no record');
  if (wire.readUInt16BE(at + 1) !== 0x0303) throw new Surprise('a record of another version');
  const most = type === recordType.applicationData ? mostPlainBytes + mostExpansionBytes : mostPlainBytes;
  if (length === 0 || length > most) throw new Surprise('a record of a length that is not allowed');
  const start = at + recordHeaderBytes;
  return start + length <= filled ? { type, start, end: start + length } : null;
}

/** `version` is what stands in it, not what is spoken. Returns where it ends. */
export function writeRecordHeader(
  type: number,
  length: number,
  to: Uint8Array,
  at: number,
  version = 0x0303,
): number {
  to[at] = type;
  to[at + 1] = version >> 8;
  to[at + 2] = version & 0xff;
  to[at + 3] = length >> 8;
  to[at + 4] = length & 0xff;
  return at + recordHeaderBytes;
}

/** A ClientHello in its record, with the version that servers expect there (RFC 8446, section 5.1). */
export function helloRecord(hello: Buffer): Buffer {
  const record = Buffer.allocUnsafe(recordHeaderBytes + hello.length);
  hello.copy(record, writeRecordHeader(recordType.handshake, hello.length, record, 0, 0x0301));
  return record;
}

/** Warning, close_notify (RFC 8446, section 6.1). */
export const closeNotify = Uint8Array.of(1, 0);

/** The record. */
export const changeCipherSpec: Uint8Array = Uint8Array.of(recordType.changeCipherSpec, 3, 3, 0, 1, 1);
