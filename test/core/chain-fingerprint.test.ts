import { expect, test } from 'vitest';
import { chainFingerprint } from '../../src/core/chain-fingerprint.ts';

const nameOf = (...chain: readonly string[]) =>
  chainFingerprint(
    chain.map((text) => Buffer.from(text)),
    (bytes) => Buffer.from(bytes).toString('latin1'),
  );

test('the same bytes in the same certificates have the same name', () => {
  expect(nameOf('leaf', 'issuer')).toBe(nameOf('leaf', 'issuer'));
});

test.each([
  ['cut elsewhere', ['leafi', 'ssuer']],
  ['in one piece', ['leafissuer']],
  ['in another order', ['issuer', 'leaf']],
  ['with an empty certificate', ['leaf', 'issuer', '']],
  ['other bytes', ['leaf', 'issuer2']],
])('the bytes %s have another', (_, chain) => {
  expect(nameOf(...chain)).not.toBe(nameOf('leaf', 'issuer'));
});

test('chains of any length have a name', () => {
  const long = 'x'.repeat(20_000);
  expect(nameOf(long, 'issuer')).toBe(nameOf(long, 'issuer'));
  expect(nameOf(long, 'issuer')).not.toBe(nameOf(`${long}y`, 'issuer'));
});
