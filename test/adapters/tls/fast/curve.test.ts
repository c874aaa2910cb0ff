import { createECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { p256, p384, sharedSecret } from '../../../../src/adapters/tls/fast/curve.ts';

describe.each([
  ['prime256v1', p256],
  ['secp384r1', p384],
])('%s', (name, curve) => {
  const one = Buffer.alloc(curve.fieldBytes);
  one.writeUInt8(1, curve.fieldBytes - 1);

  test('the share of the private key 1 and its secrets are those of OpenSSL', () => {
    const client = createECDH(name);
    client.setPrivateKey(one);
    expect(Buffer.from(curve.generator)).toEqual(client.getPublicKey());
    for (let count = 0; count < 20; count += 1) {
      const point = createECDH(name).generateKeys();
      expect(sharedSecret(curve, point)).toEqual(client.computeSecret(point));
    }
  });

  test('what is no point of the curve is refused', () => {
    const point = createECDH(name).generateKeys();
    const changed = (at: number, value: number) => Buffer.from(point).fill(value, at, at + 1);
    const beyond = Buffer.concat([Buffer.of(4), Buffer.alloc(2 * curve.fieldBytes, 0xff)]);
    const x = point.readUInt8(5) ^ 1;
    for (const wrong of [changed(5, x), changed(0, 2), changed(0, 6), beyond, Buffer.alloc(point.length)]) {
      expect(() => sharedSecret(curve, wrong)).toThrow(/point/);
    }
    expect(() => sharedSecret(curve, point.subarray(1))).toThrow('not an uncompressed point');
    expect(() => sharedSecret(curve, Buffer.of(0))).toThrow('not an uncompressed point');
  });
});
