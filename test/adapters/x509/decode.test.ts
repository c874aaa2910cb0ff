import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRoot, type Issued, type IssueOptions } from '../../../lab/authority.ts';
import { describeCertificate, openCertificate } from '../../../src/adapters/x509/decode.ts';
import { requires, testRequiring } from '../../support/requires.ts';
import { openssl } from './openssl.ts';

const root = createRoot();
const read = ({ der }: Issued) => describeCertificate(openCertificate(der));
const pinOf = (spki: Buffer) => `sha256/${createHash('sha256').update(spki).digest('base64')}`;

/** openssl x509 -pubkey | openssl pkey -outform der: the key as re-encoded by OpenSSL. */
function encodedKey(der: Buffer): Buffer {
  const pem = openssl(['x509', '-inform', 'der', '-pubkey', '-noout'], der);
  return openssl(['pkey', '-pubin', '-outform', 'der'], pem);
}

/** The key's raw bytes as found by openssl asn1parse: the seventh field of the TBSCertificate. */
function rawKey(der: Buffer): Buffer {
  const rows = openssl(['asn1parse', '-inform', 'der'], der).toString().split('\n');
  const fields = rows
    .map((row) => /^ *(\d+):d=2 +hl=(\d+) l= *(\d+) /.exec(row))
    .filter((row) => row !== null);
  const [, offset, header, length] = fields[6]?.map(Number) ?? [];
  if (offset === undefined || header === undefined || length === undefined) throw new Error(rows.join('\n'));
  return der.subarray(offset, offset + header + length);
}

requires('openssl')('the pin', () => {
  test.each(['ec-p256', 'ec-p384', 'ed25519', 'rsa-2048', 'rsa-pss-2048'] as const)(
    'of a key %s is what the openssl pipeline computes',
    (algorithm) => {
      const leaf = root.leaf({ algorithm });
      expect(read(leaf).pin).toBe(pinOf(encodedKey(leaf.der)));
      expect(read(leaf).pin).toBe(pinOf(rawKey(leaf.der)));
    },
  );

  test('of an RSA key without NULL parameters is over the raw bytes', () => {
    const leaf = root.leaf({ algorithm: 'rsa-2048', spkiWithoutNull: true });
    const { pin } = read(leaf);
    expect(pin).toBe(pinOf(rawKey(leaf.der)));
    // The trap: what node:crypto exports is another encoding of the same key.
    const x509 = openCertificate(leaf.der).x509();
    expect(pin).not.toBe(pinOf(x509.publicKey.export({ type: 'spki', format: 'der' })));
  });
});

describe('the key label', () => {
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
  test.each<[string, IssueOptions]>([
    ['EC P-256', { algorithm: 'ec-p256' }],
    ['EC P-384', { algorithm: 'ec-p384' }],
    ['EC P-521', { keys: ec('P-521') }],
    ['EC secp256k1', { keys: ec('secp256k1') }],
    ['EC brainpoolP256r1', { keys: ec('brainpoolP256r1') }],
    ['EC P-224', { keys: ec('secp224r1') }],
    ['EC 1.3.132.0.9', { keys: ec('secp160k1') }],
    ['RSA 1024', { algorithm: 'rsa-1024' }],
    ['RSA 2048', { algorithm: 'rsa-2048' }],
    ['RSA 2048', { algorithm: 'rsa-2048', spkiWithoutNull: true }],
    ['RSA 1023', { keys: generateKeyPairSync('rsa', { modulusLength: 1023 }) }],
    ['RSA-PSS 2048', { algorithm: 'rsa-pss-2048' }],
    ['Ed25519', { algorithm: 'ed25519' }],
    ['Ed448', { keys: generateKeyPairSync('ed448') }],
    ['1.3.101.110', { keys: generateKeyPairSync('x25519') }],
  ])('%s', (label, options) => {
    expect(read(root.leaf({ keyIdentifiers: false, ...options })).key).toBe(label);
  });

  test('is only the algorithm if the key inside cannot be read', () => {
    const leaf = root.leaf({ algorithm: 'rsa-2048' });
    const spki = createPublicKey(leaf.keys.publicKey.export({ type: 'spki', format: 'pem' })).export({
      type: 'spki',
      format: 'der',
    });
    const broken = Buffer.from(leaf.der);
    // The tag of the modulus: after the RSAPublicKey's SEQUENCE, which follows the BIT STRING's unused-bits octet.
    const modulus = leaf.der.indexOf(spki) + spki.indexOf(Buffer.from('02820101', 'hex'));
    broken[modulus] = 0x04;
    expect(describeCertificate(openCertificate(broken)).key).toBe('RSA');
  });
});

describe('dates', () => {
  test.each([
    ['1950-01-01T00:00:00Z', '2049-12-31T23:59:59Z'],
    ['1999-12-31T23:59:59Z', '2000-02-29T00:00:00Z'],
    ['2050-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
  ])('%s and %s are read', (notBefore, notAfter) => {
    const leaf = root.leaf({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) });
    const certificate = read(leaf);
    expect(certificate.notBefore).toBe(Date.parse(notBefore));
    expect(certificate.notAfter).toBe(Date.parse(notAfter));
  });

  const { der } = root.leaf({
    notBefore: new Date('2024-03-01T00:00:00Z'),
    notAfter: new Date('2061-03-01T00:00:00Z'),
  });
  const withDates = (from: string, to: string): Buffer => {
    const text = der.toString('latin1').replace('240301000000Z', from).replace('20610301000000Z', to);
    return Buffer.from(text, 'latin1');
  };
  test.each([
    ['241301000000Z', 'month 13'],
    ['240001000000Z', 'month 0'],
    ['240230000000Z', 'February 30'],
    ['230229000000Z', 'February 29 in a common year'],
    ['240301240000Z', 'hour 24'],
    ['240301006000Z', 'minute 60'],
    ['240301000060Z', 'second 60'],
    ['2403010000000', 'no Z'],
    ['24030100000\0Z', 'a NUL'],
  ])('%j is refused: %s', (notBefore) => {
    expect(() => openCertificate(withDates(notBefore, '20610301000000Z'))).toThrow(/^notBefore: /);
  });

  test('a year of four digits below 100 is that year', () => {
    const { notAfter } = openCertificate(withDates('240301000000Z', '00610301000000Z'));
    expect(new Date(notAfter).toISOString()).toBe('0061-03-01T00:00:00.000Z');
  });
});

test('self-issued is by name', () => {
  expect(read(root.issued).selfIssued).toBe(true);
  expect(read(root.leaf()).selfIssued).toBe(false);
});

testRequiring('openssl')('the fingerprint is that of openssl', () => {
  const leaf = root.leaf();
  const line = openssl(['x509', '-inform', 'der', '-noout', '-fingerprint', '-sha256'], leaf.der).toString();
  const hex = line.trim().split('=')[1]?.replaceAll(':', '').toLowerCase();
  expect(read(leaf).certificateSha256).toBe(hex);
});

test('a certificate with another one as PEM text inside is not taken for that other one', () => {
  const genuine = root.leaf({ names: ['api.example.com'] });
  const impostor = createRoot({ commonName: 'Impostor' }).leaf({
    extensions: [{ oid: '1.3.6.1.4.1.55555.1', value: Buffer.from(`\n${genuine.pem}`) }],
  });
  const open = openCertificate(impostor.der);
  expect(describeCertificate(open).pin).toBe(impostor.pin);
  expect(() => open.x509()).toThrow('OpenSSL reads a different certificate from it');
});

test('a version that X.509 does not have is refused', () => {
  const der = Buffer.from(root.leaf().der);
  const version3 = Buffer.from('a003020102', 'hex');
  der[der.indexOf(version3) + version3.length - 1] = 3;
  expect(() => openCertificate(der)).toThrow('version: expected 1, 2 or 3, found 4');
});
