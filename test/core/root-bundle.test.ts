import { expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { rootBundle, rootCount } from '../../src/core/root-bundle.ts';

const root = createRoot({ commonName: 'One' });
const [a, b] = [root.pem, createRoot({ commonName: 'Two' }).pem];

test('is the certificates alone, each once, however they were written', () => {
  const plain = rootBundle(a + b);
  expect(plain).toBe(a + b);
  const crowded = [
    'Certificate:\n    Data: …\n'.repeat(100),
    root.issued.keyPem,
    a.replaceAll('\n', '\r\n'),
    b.replace(/\n(?=[A-Za-z0-9+/])/g, '\n   ').replace(/(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])/g, ''),
    '-----BEGIN CRL-----\nAAAA\n-----END CRL-----\n',
    a.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
    '# the end',
  ].join('\n');
  expect(rootBundle(crowded)).toBe(plain);
  expect(rootBundle(rootBundle(crowded))).toBe(plain);
  expect(rootCount(crowded)).toBe(2);
  expect(rootBundle(crowded)).not.toContain('PRIVATE');
});

test('of OpenSSL’s TRUSTED form keeps its name, for there is more in it', () => {
  const trusted = a.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE');
  expect(rootBundle(trusted)).toBe(trusted);
});

test.each([
  ['no PEM at all', 'no PEM at all'],
  ['a block without an end', a.slice(0, -30)],
  ['a begin alone', '-----BEGIN '],
  ['other ends', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CRL-----\n'],
  ['nothing', ''],
])('of %s is nothing', (_, text) => {
  expect(rootBundle(text)).toBe('');
  expect(rootCount(text)).toBe(0);
});
