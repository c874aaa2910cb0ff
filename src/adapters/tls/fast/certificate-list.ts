/** The certificates of a Certificate message, in wire order, and the name by which a chain is known again. */
import { fingerprintOf } from '../fingerprint.ts';
import { Cursor } from './cursor.ts';
import { Surprise } from './surprise.ts';
import { type version12, version13 } from './versions.ts';

export interface Sent {
  /** DER, in one copy of the message: nothing of the connection's buffers is in it. */
  readonly chain: readonly Uint8Array[];
  readonly fingerprint: string;
}

/** As many as node:tls is asked for at most. */
const maxCertificates = 20;

/**
 * `body` is a message without its header. Without `extended`, it was not asked for anything beside the certificates (RFC 8446,
 * section 4.4.2).
 */
export function readCertificates(
  body: Buffer,
  version: typeof version12 | typeof version13,
  extended = false,
): Sent {
  const cursor = new Cursor(Buffer.from(body));
  if (version === version13 && cursor.vector(1).length > 0)
    throw new Surprise('a context that nobody asked for');
  const list = cursor.within(3);
  cursor.expectEnd('Certificate');
  const chain: Uint8Array[] = [];
  while (!list.isDone) {
    if (chain.length === maxCertificates) throw new Surprise('too many certificates');
    const { buffer, byteOffset, length } = list.vector(3);
    chain.push(new Uint8Array(buffer, byteOffset, length));
    if (version === version13 && list.vector(2).length > 0 && !extended)
      throw new Surprise('an extension of a certificate');
  }
  return { chain, fingerprint: fingerprintOf(chain) };
}
