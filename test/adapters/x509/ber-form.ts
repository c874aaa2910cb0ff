import { children, elementAt } from '../../../src/adapters/x509/der.ts';

/**
 * DER as NSS and Windows write it: indefinite lengths, and long octet strings in pieces, in the outermost `depth` levels.
 * Certificates, which are nested deeper, stay unchanged.
 */
export function asBer(der: Buffer, depth: number): Buffer {
  const { tag, content, end } = elementAt(der, 0, der.length, 'test');
  const inside = der.subarray(content, end);
  const open = (octet: number, parts: readonly Buffer[]) =>
    Buffer.concat([Buffer.of(octet, 0x80), ...parts, Buffer.of(0, 0)]);
  if (depth === 0) return der;
  if (tag === 0x04 && inside.length > 64) {
    const half = inside.length >> 1;
    return open(0x24, [inside.subarray(0, half), inside.subarray(half)].map(octets));
  }
  if ((tag & 0x20) === 0) return der;
  const parts = children(der, { tag, start: 0, content, end }, 'test').map(({ start, end: until }) =>
    asBer(der.subarray(start, until), depth - 1),
  );
  return open(tag, parts);
}

function octets(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([Buffer.of(0x04, 0x84), length, bytes]);
}
