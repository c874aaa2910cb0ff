import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { createChainReader } from '../../../src/adapters/x509/chain-reader.ts';

const NOW = Date.now();
const HOST = 'api.example.com';

const root = createRoot({ commonName: 'Root' });
const intermediate = root.intermediate({ commonName: 'Intermediate' });
const leaf = intermediate.leaf({ names: [HOST] });
const reader = createChainReader({ roots: [root.pem] });

describe('limits, each naming the number and the limit', () => {
  const filler = (bytes: number) =>
    root.leaf({ extensions: [{ oid: '1.3.6.1.4.1.55555.1', value: Buffer.alloc(bytes) }] });
  /** A certificate of exactly that size; an ECDSA signature is 70 to 72 octets long, so a few tries may be needed. */
  function sized(bytes: number): Uint8Array {
    let size = bytes - 800;
    for (let i = 0; i < 100; i += 1) {
      const made = filler(size).der;
      if (made.length === bytes) return made;
      size += bytes - made.length;
    }
    throw new Error(`no certificate of ${bytes} bytes`);
  }

  test('no certificate', () => {
    expect(reader.read([], HOST, undefined, NOW)).toEqual({
      failure: { code: 'no_certificate', message: 'the server sent no certificate' },
    });
  });

  test('65,536 bytes are read, 65,537 are not', () => {
    expect(reader.read([sized(65_536)], HOST, undefined, NOW).failure).toBeNull();
    expect(reader.read([leaf.der, sized(65_537)], HOST, undefined, NOW).failure).toEqual({
      code: 'chain_too_large',
      message: 'certificate 2 of 2 has 65537 bytes; the limit is 65536',
    });
  });

  test('20 certificates are read, 21 are not', () => {
    const many = (count: number) => Array.from({ length: count }, () => leaf.der);
    expect(reader.read(many(20), HOST, undefined, NOW)).toHaveProperty('decoded.presented.length', 20);
    expect(reader.read(many(21), HOST, undefined, NOW).failure).toEqual({
      code: 'chain_too_large',
      message: 'the server sent 21 certificates; the limit is 20',
    });
  });

  test('102,400 bytes are read, one more is not', () => {
    const half = sized(51_200);
    expect(reader.read([half, half], HOST, undefined, NOW).failure).toBeNull();
    expect(reader.read([half, sized(51_201)], HOST, undefined, NOW).failure).toEqual({
      code: 'chain_too_large',
      message: 'the chain has 102401 bytes; the limit is 102400',
    });
  });
});

describe('bytes that are not a certificate', () => {
  const codeOf = (chain: readonly Uint8Array[]) =>
    reader.read(chain, HOST, undefined, NOW).failure?.code ?? null;

  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.of(0x30)],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request')],
    ['PEM', Buffer.from(leaf.pem)],
    ['zeros', Buffer.alloc(1000)],
    ['an indefinite length', Buffer.from('30800000', 'hex')],
    ['a length of eight octets', Buffer.from('3088ffffffffffffffff', 'hex')],
    ['a length beyond the end', Buffer.from('3084ffffffff', 'hex')],
    ['something behind it', Buffer.concat([leaf.der, Buffer.of(0)])],
    ['thousands of sequences, one in the other', Buffer.from('30820000'.repeat(10_000), 'hex')],
  ])('%s', (_, bytes) => {
    expect(codeOf([bytes])).toBe('certificate_undecodable');
    expect(codeOf([leaf.der, bytes])).toBe('certificate_undecodable');
  });

  test('the message names the certificate', () => {
    expect(reader.read([leaf.der, Buffer.of(5, 0)], HOST, undefined, NOW).failure?.message).toBe(
      'certificate 2 of 2 cannot be decoded: Certificate: expected tag 0x30 at byte 0, found 0x05',
    );
  });

  test('a certificate that carries the genuine one as PEM does not replace it', () => {
    const impostor = createRoot({ commonName: 'Impostor' }).leaf({
      subject: [{ type: 'CN', value: HOST }],
      issuerName: intermediate.name,
      extensions: [{ oid: '1.3.6.1.4.1.55555.1', value: Buffer.from(`\n${leaf.pem}`) }],
    });
    expect(codeOf([impostor.der, intermediate.issued.der])).toBe('certificate_undecodable');
  });

  test('every truncation is refused', () => {
    for (let length = 0; length < leaf.der.length; length += 1) {
      expect(codeOf([leaf.der.subarray(0, length), intermediate.issued.der])).toBe('certificate_undecodable');
    }
  });

  test('no flipped octet throws, keeps a trusted path or goes unnoticed', () => {
    for (let at = 0; at < leaf.der.length; at += 1) {
      const flipped = Buffer.from(leaf.der);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const answer = reader.read([flipped, intermediate.issued.der], HOST, undefined, NOW);
      if (answer.failure === null) {
        expect(answer.decoded.path.anchored, `octet ${at}`).toBe(false);
        expect(answer.decoded.presented[0]?.subject.length).toBeLessThanOrEqual(256);
      } else expect(answer.failure.code).toBe('certificate_undecodable');
    }
  });

  test('no mutation of a certificate or of random bytes throws', () => {
    const patch = fc.tuple(fc.nat(leaf.der.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }));
    const mutated = fc.array(patch, { minLength: 1, maxLength: 6 }).map((patches) => {
      const bytes = Buffer.from(leaf.der);
      for (const [at, octets] of patches) bytes.set(octets.subarray(0, bytes.length - at), at);
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const code = codeOf([bytes, intermediate.issued.der]);
        return code === null || code === 'certificate_undecodable';
      }),
      { numRuns: 500 },
    );
  });
});
