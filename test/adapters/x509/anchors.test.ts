import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { createAnchorStore, readAnchors } from '../../../src/adapters/x509/anchors.ts';
import { openCertificate } from '../../../src/adapters/x509/decode.ts';
import { rootBundle, rootCount } from '../../../src/core/root-bundle.ts';
import { requires } from '../../support/requires.ts';
import { openssl } from './openssl.ts';
import { rootForms, trustedForm } from './root-forms.ts';

const root = createRoot();
const intermediate = root.intermediate();

test('roots and other certificates are counted separately', () => {
  const leaf = intermediate.leaf();
  expect(readAnchors(root.pem)).toEqual({ anchors: 1, others: 0 });
  expect(readAnchors(root.pem + intermediate.pem + leaf.pem)).toEqual({ anchors: 1, others: 2 });
});

test('a self-signed server certificate is a root', () => {
  expect(readAnchors(createRoot({ ca: false }).pem)).toEqual({ anchors: 1, others: 0 });
});

test('a root by name only is not a root', () => {
  const named = intermediate.leaf({ subject: intermediate.name });
  expect(readAnchors(named.pem + root.pem)).toEqual({ anchors: 1, others: 1 });
  const forged = createRoot().leaf({ subject: root.name });
  expect(readAnchors(forged.pem + root.pem)).toEqual({ anchors: 1, others: 1 });
  const store = createAnchorStore([forged.pem]);
  expect(store.issuersOf(openCertificate(intermediate.issued.der).issuerKey)).toEqual([]);
});

test.each(Object.entries(rootForms(root.pem, root.issued.keyPem)))(
  'a root is the same by all that read it: %s',
  (form, text) => {
    const count = form === 'twice' ? 2 : 1;
    expect(readAnchors(text)).toEqual({ anchors: count, others: 0 });
    // As it is stored and sent.
    for (const pem of [text, rootBundle(text)]) {
      const found = createAnchorStore([pem]).issuersOf(openCertificate(root.issued.der).issuerKey);
      expect(found.map(({ der }) => der)).toEqual([root.issued.der]);
    }
    expect(rootCount(text)).toBe(1);
  },
);

requires('openssl')("OpenSSL's trusted form", () => {
  test('is what it writes', () => {
    const base64 = root.issued.der.toString('base64');
    const args = ['x509', '-trustout', '-addtrust', 'serverAuth'];
    expect(trustedForm(base64)).toBe(openssl(args, Buffer.from(root.pem)).toString());
  });
});

test('comments and other blocks are skipped', () => {
  const key = root.issued.keyPem;
  const bundle = `# subject=CN=Lab Root\n\n${key}${root.pem}\nBag Attributes\n  friendlyName: x\n${intermediate.pem}`;
  expect(readAnchors(bundle)).toEqual({ anchors: 1, others: 1 });
});

test('text without a root is a problem that says what was found', () => {
  const none = (found: string) => ({
    problem: `expected PEM with at least one self-signed root certificate, found ${found}`,
  });
  expect(readAnchors('')).toEqual(none('nothing'));
  expect(readAnchors('-----BEGIN ')).toEqual(none('none'));
  expect(readAnchors(root.issued.keyPem)).toEqual(none('none: only "PRIVATE KEY"'));
  expect(readAnchors(intermediate.pem)).toEqual(none('none: 1 certificate, not self-signed'));
});

test('a block that cannot be read is named by its number', () => {
  const broken = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
  expect(readAnchors(root.pem + broken('not base64!'))).toEqual({
    problem: 'certificate 2: expected base64 between its BEGIN and END lines',
  });
  expect(readAnchors(broken(''))).toEqual({
    problem: 'certificate 1: expected base64 between its BEGIN and END lines',
  });
  expect(readAnchors(root.pem.replace('-----END', '-----'))).toEqual({
    problem: 'certificate 1: found no -----END CERTIFICATE-----',
  });
  expect(readAnchors(root.pem.slice(0, -30) + root.pem)).toEqual({
    problem: 'certificate 1: found no -----END CERTIFICATE-----',
  });
  const more = Buffer.concat([root.issued.der, Buffer.of(0)]).toString('base64');
  expect(readAnchors(broken(more))).toEqual({
    problem: expect.stringMatching(/^certificate 1: Certificate: ends at byte \d+, \d+ bytes were sent$/),
  });
  const cut = root.issued.der.subarray(0, -1).toString('base64');
  expect(readAnchors(broken(cut))).toEqual({
    problem: expect.stringMatching(
      /^certificate 1: Certificate: ends at byte \d+, 1 beyond the enclosing element$/,
    ),
  });
});

test('ten thousand blocks without an end do not take quadratic time', () => {
  expect(readAnchors('-----BEGIN CERTIFICATE-----\n'.repeat(10_000))).toHaveProperty('problem');
  expect(readAnchors('-----BEGIN RSA PRIVATE KEY-----\n'.repeat(10_000))).toHaveProperty('problem');
});

test('every default root of Node is one, and is found by its name', () => {
  expect(readAnchors(rootCertificates.join('\n'))).toEqual({ anchors: rootCertificates.length, others: 0 });
  const store = createAnchorStore(rootCertificates);
  for (const pem of rootCertificates) {
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(store.issuersOf(openCertificate(der).issuerKey).map((found) => found.der.equals(der))).toContain(
      true,
    );
  }
});

test('a root is found by an issuer name of another string type and case', () => {
  const printable = createRoot({ subject: [{ type: 'CN', value: 'Lab Root X', string: 'printable' }] });
  const leaf = printable.leaf({ issuerName: [{ type: 'CN', value: 'LAB  root X', string: 'utf8' }] });
  const store = createAnchorStore([printable.pem, printable.pem]);
  const found = store.issuersOf(openCertificate(leaf.der).issuerKey);
  expect(found.map(({ der }) => der)).toEqual([printable.issued.der]);
  // The oracle: OpenSSL considers the two names equal.
  const x509 = openCertificate(leaf.der).x509();
  expect(x509.checkIssued(openCertificate(printable.issued.der).x509())).toBe(true);
});
