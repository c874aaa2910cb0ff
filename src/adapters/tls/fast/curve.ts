/**
 * The two NIST curves of apps' hellos, as far as a client needs them whose private key is 1: its share is the generator, and
 * what it shares with the server is the x coordinate of the server's point. Nothing secret is ever exchanged, so no secrecy is
 * lost; that the server holds its key is proven by its signature over our random.
 */
import { Surprise } from './surprise.ts';

export interface Curve {
  /** The name as in `Negotiated`. */
  readonly name: string;
  /** In TLS (RFC 8446, section 4.2.7). */
  readonly group: number;
  readonly fieldBytes: number;
  /** As a point in its uncompressed form (RFC 8446, section 4.2.8.2). */
  readonly generator: Uint8Array;
  readonly prime: bigint;
  /** The curve is y² = x³ − 3x + b. */
  readonly b: bigint;
}

/** FIPS 186-4, D.1.2.3. */
export const p256: Curve = {
  name: 'P-256',
  group: 23,
  fieldBytes: 32,
  generator: Buffer.from(
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
      '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  ),
  prime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
};

/** FIPS 186-4, D.1.2.4. */
export const p384: Curve = {
  name: 'P-384',
  group: 24,
  fieldBytes: 48,
  generator: Buffer.from(
    '04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7' +
      '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
    'hex',
  ),
  prime: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
};

/** The x coordinate of a server's point, which must be on the curve (RFC 8446, section 4.2.8.2). */
export function sharedSecret({ fieldBytes, prime, b }: Curve, point: Buffer): Buffer {
  if (point.length !== 1 + 2 * fieldBytes || point[0] !== 4) throw new Surprise('not an uncompressed point');
  const x = BigInt(`0x${point.toString('hex', 1, 1 + fieldBytes)}`);
  const y = BigInt(`0x${point.toString('hex', 1 + fieldBytes)}`);
  if (x >= prime || y >= prime || (y * y - x * (x * x - 3n) - b) % prime !== 0n) {
    throw new Surprise('a point that is not on the curve');
  }
  return point.subarray(1, 1 + fieldBytes);
}
