/**
 * PKCS#7 and PKCS#12 are BER (X.690): an element may have an indefinite length and end with two zero octets. Windows,
 * NSS and streaming tools write such files; der.ts reads only definite lengths.
 */
import { DecodeProblem, elementAt } from './der.ts';

/** Real files use seven levels; each one costs a call. */
const MAX_DEPTH = 32;

const constructed = 0x20;

/**
 * The element at the start of `bytes`, with definite lengths throughout. An element of definite length is copied as it
 * is, never re-encoded: a certificate's key is hashed from these exact bytes. Throws DecodeProblem.
 */
export function withDefiniteLengths(bytes: Buffer, what: string): Buffer {
  if (bytes[1] !== 0x80) return bytes;
  const { der, end } = leadingElement(bytes, what);
  if (end !== bytes.length) {
    throw new DecodeProblem(`${what}: ends at byte ${end}, ${bytes.length} bytes were given`);
  }
  return der;
}

/** The same, if more bytes may follow; also says where it ends. Throws DecodeProblem. */
export function leadingElement(bytes: Buffer, what: string): { readonly der: Buffer; readonly end: number } {
  return rewrite(bytes, 0, what, 0);
}

function rewrite(bytes: Buffer, at: number, what: string, depth: number): { der: Buffer; end: number } {
  const tag = bytes[at];
  if (tag === undefined) throw new DecodeProblem(`${what}: found the end at byte ${at}`);
  if (bytes[at + 1] !== 0x80) {
    const { start, end } = elementAt(bytes, at, bytes.length, what);
    return { der: bytes.subarray(start, end), end };
  }
  if ((tag & constructed) === 0 || depth >= MAX_DEPTH) {
    throw new DecodeProblem(`${what}: expected a definite length at byte ${at + 1}`);
  }
  const parts: Buffer[] = [];
  let next = at + 2;
  while (bytes[next] !== 0 || bytes[next + 1] !== 0) {
    const part = rewrite(bytes, next, what, depth + 1);
    parts.push(part.der);
    next = part.end;
  }
  const content = Buffer.concat(parts);
  return { der: withHeader(tag, content), end: next + 2 };
}

/** An element of definite length; its length is not always in the shortest form that DER requires. */
export function withHeader(tag: number, content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.of(tag, 0x84), octets, content]);
}
