import { expect, test } from 'vitest';
import { signatureCost } from '../../src/core/signature-cost.ts';

const rsa = '1.2.840.113549.1.1.1';
const ec = '1.2.840.10045.2.1';

test.each([
  ['RSA 2048', { algorithm: rsa, curve: null, rsaBits: 2_048 }, 1],
  ['RSA 4096', { algorithm: rsa, curve: null, rsaBits: 4_096 }, 1],
  ['RSA 8192', { algorithm: rsa, curve: null, rsaBits: 8_192 }, 2],
  ['RSA 16384', { algorithm: rsa, curve: null, rsaBits: 16_384 }, 8],
  ['RSA of a size that can’t be read', { algorithm: rsa, curve: null, rsaBits: null }, 8],
  ['EC P-256', { algorithm: ec, curve: '1.2.840.10045.3.1.7', rsaBits: null }, 1],
  ['EC P-521', { algorithm: ec, curve: '1.3.132.0.35', rsaBits: null }, 4],
  ['EC of a curve that is written out', { algorithm: ec, curve: 'explicit', rsaBits: null }, 8],
  ['Ed25519', { algorithm: '1.3.101.112', curve: null, rsaBits: null }, 1],
  ['an unknown algorithm', { algorithm: '1.2.3', curve: null, rsaBits: null }, 8],
])('a signature of %s costs its share', (_, key, cost) => {
  expect(signatureCost(key)).toBe(cost);
});
