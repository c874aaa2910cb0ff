import { expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { noRootProblem, othersWarning, rootBundle, rootCount } from '../../src/core/root-bundle.ts';

const root = createRoot({ commonName: 'One' });
const [a, b] = [root.pem, createRoot({ commonName: 'Two' }).pem];

test('is only the certificates, without duplicates, however they were written', () => {
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

test('of OpenSSL’s TRUSTED form keeps its label, because it contains more', () => {
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

const der = root.issued.der;
const utf8 = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test.each<[string, string, number, string]>([
  ['nothing', '', 0, 'nothing'],
  ['white space', ' \r\n', 0, 'nothing'],
  ['text', 'hello', 0, 'none'],
  ['DER', utf8(der), 0, 'DER; openssl x509 -inform der -in FILE writes PEM'],
  ['DER by latin1', der.toString('latin1'), 0, 'DER; openssl x509 -inform der -in FILE writes PEM'],
  ['UTF-16', utf8(Buffer.from(a, 'utf16le')), 0, 'UTF-16 text; iconv -f UTF-16 -t UTF-8 FILE writes UTF-8'],
  ['another certificate', a, 1, 'none: 1 certificate, not self-signed'],
  ['a private key', root.issued.keyPem, 0, 'none: only "PRIVATE KEY"'],
  ['a label in lower case', a.toLowerCase(), 0, 'none: BEGIN and END lines are written in capitals'],
  ['another label in part', a.replaceAll('CERTIFICATE', 'Certificate'), 0, 'none: only "Certificate"'],
])('for %s, the problem says what was found instead of a root', (_, text, others, found) => {
  expect(noRootProblem(text, others)).toBe(
    `expected PEM with at least one self-signed root certificate, found ${found}`,
  );
});

test('certificates beside the roots are counted', () => {
  expect(othersWarning(1)).toBe('1 certificate is not self-signed and not used as a trust anchor');
  expect(othersWarning(2)).toBe('2 certificates are not self-signed and not used as trust anchors');
});
