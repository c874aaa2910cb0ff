import { describe, expect, test } from 'vitest';
import type { CertificateFacts, ExtensionFacts } from '../../src/core/certificate-facts.ts';
import { dateProblem, issuerProblem, keyProblem, leafProblem } from '../../src/core/certificate-rules.ts';
import { now } from '../support/observations.ts';
import { ca, type FactsOptions, leafOf } from './chain-facts.ts';

const root = ca('root');
const leaf = (options: FactsOptions = {}) => leafProblem(leafOf(root, options).facts);
const issuer = (options: FactsOptions = {}) => issuerProblem(ca('int', root, options).facts);
const extensions = (facts: Partial<ExtensionFacts>): FactsOptions => ({ extensions: facts });

describe('dates', () => {
  const { facts } = leafOf(root, { days: [0, 0] });
  const [begin, end] = [facts.certificate.notBefore, facts.certificate.notAfter];

  test('the second of notAfter is valid to its end', () => {
    expect(
      [begin - 1, begin, end + 999, end + 1000].map((at) => dateProblem(facts, at)?.code ?? null),
    ).toEqual(['CERT_NOT_YET_VALID', null, null, 'CERT_HAS_EXPIRED']);
  });

  test('the certificate and its date are named', () => {
    expect(dateProblem(leafOf(root, { days: [1, 2] }).facts, now)).toEqual({
      code: 'CERT_NOT_YET_VALID',
      message: '"CN=leaf" is valid only from 2026-11-23T04:10:54Z',
    });
  });
});

describe('of every certificate', () => {
  test.each<[string, FactsOptions, string, string]>([
    [
      'an unknown critical extension',
      extensions({ unknownCritical: ['1.2.3', '1.2.4'] }),
      'UNHANDLED_CRITICAL_EXTENSION',
      'has a critical extension that no platform knows (1.2.3, 1.2.4)',
    ],
    [
      'a malformed extension',
      extensions({ flaw: { code: 'INVALID_EXTENSION', what: 'has malformed extensions (made up)' } }),
      'INVALID_EXTENSION',
      'has malformed extensions (made up)',
    ],
    [
      'a signature with MD5',
      { signatureAlgorithm: '1.2.840.113549.1.1.4' },
      'UNSUPPORTED_SIGNATURE_ALGORITHM',
      'has a signature that platforms refuse (ECDSA with SHA-256)',
    ],
    [
      'a key on another curve',
      { publicKey: { algorithm: '1.2.840.10045.2.1', curve: '1.3.132.0.10', rsaBits: null } },
      'UNSUPPORTED_KEY',
      'has a key that platforms refuse (EC P-256)',
    ],
  ])('%s', (_, options, code, what) => {
    expect(leaf(options)).toEqual({ code, message: `"CN=leaf" ${what}` });
    expect(issuer(options)).toEqual({ code, message: `"CN=int" ${what}` });
  });
});

describe('of a leaf', () => {
  test.each<[string, Partial<ExtensionFacts>, string | null]>([
    ['no extensions', { basicConstraints: null, keyUsage: null, extendedKeyUsage: null }, null],
    ['serverAuth among others', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'] }, null],
    ['anyExtendedKeyUsage', { extendedKeyUsage: ['2.5.29.37.0'] }, null],
    ['clientAuth alone', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] }, 'INVALID_PURPOSE'],
    ['no purpose at all', { extendedKeyUsage: [] }, 'INVALID_PURPOSE'],
    [
      'a key that may not sign',
      { keyUsage: { digitalSignature: false, keyCertSign: false } },
      'KEYUSAGE_NO_DIGITAL_SIGNATURE',
    ],
    ['being a CA as well', { basicConstraints: { ca: true, pathLength: null } }, null],
  ])('%s', (_, facts, code) => {
    expect(leaf(extensions(facts))?.code ?? null).toBe(code);
  });
});

describe('of an intermediate', () => {
  test.each<[string, FactsOptions, string | null]>([
    ['nothing unusual', {}, null],
    ['no key usage', extensions({ keyUsage: null }), null],
    ['a purpose that leaves servers out', extensions({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] }), null],
    ['no basic constraints', extensions({ basicConstraints: null }), 'INVALID_CA'],
    ['being no CA', extensions({ basicConstraints: { ca: false, pathLength: null } }), 'INVALID_CA'],
    ['version 1', { version: 1, ...extensions({ basicConstraints: null }) }, 'INVALID_CA'],
    [
      'a key usage without keyCertSign',
      extensions({ keyUsage: { digitalSignature: true, keyCertSign: false } }),
      'KEYUSAGE_NO_CERTSIGN',
    ],
  ])('%s', (_, options, code) => {
    expect(issuer(options)?.code ?? null).toBe(code);
  });
});

describe('signatures and keys that platforms accept', () => {
  const sha256 = '2.16.840.1.101.3.4.2.1';
  test.each<[string, boolean]>([
    ['1.2.840.113549.1.1.5', true],
    ['1.2.840.113549.1.1.11', true],
    ['1.2.840.10045.4.3.4', true],
    ['1.3.101.112', true],
    [`1.2.840.113549.1.1.10 ${sha256} ${sha256} 32`, true],
    [`1.2.840.113549.1.1.10 ${sha256} ${sha256} 20`, false],
    [`1.2.840.113549.1.1.10 ${sha256} 1.3.14.3.2.26 32`, false],
    ['1.2.840.113549.1.1.10 1.3.14.3.2.26 1.3.14.3.2.26 20', false],
    ['1.2.840.113549.1.1.10 unreadable', false],
    ['1.2.840.113549.1.1.2', false],
    ['1.2.840.10040.4.3', false],
  ])('signature %s: %s', (signatureAlgorithm, known) => {
    expect(leaf({ signatureAlgorithm })?.code ?? null).toBe(known ? null : 'UNSUPPORTED_SIGNATURE_ALGORITHM');
  });

  const [rsa, pss, ec] = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10', '1.2.840.10045.2.1'];
  test.each<[CertificateFacts['publicKey'], boolean]>([
    [{ algorithm: rsa, curve: null, rsaBits: 1024 }, true],
    [{ algorithm: rsa, curve: null, rsaBits: 1023 }, false],
    [{ algorithm: rsa, curve: null, rsaBits: null }, false],
    [{ algorithm: pss, curve: null, rsaBits: 512 }, false],
    [{ algorithm: pss, curve: null, rsaBits: 2048 }, true],
    [{ algorithm: ec, curve: '1.3.132.0.35', rsaBits: null }, true],
    [{ algorithm: ec, curve: '1.3.132.0.33', rsaBits: null }, false],
    [{ algorithm: ec, curve: 'explicit', rsaBits: null }, false],
    [{ algorithm: ec, curve: null, rsaBits: null }, false],
    [{ algorithm: '1.3.101.113', curve: null, rsaBits: null }, true],
    [{ algorithm: '1.2.840.10040.4.1', curve: null, rsaBits: null }, false],
  ])('key %o: %s', (publicKey, known) => {
    expect(keyProblem(ca('any', null, { publicKey }).facts) === null).toBe(known);
  });
});
