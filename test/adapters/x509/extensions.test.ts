/**
 * Real certificates, judged through the chain reader: what each extension means, and how an unreadable one is treated.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Authority, createRoot, type Issued, type IssueOptions } from '../../../lab/authority.ts';
import {
  alternativeNames,
  certificatePolicies,
  extendedKeyUsage,
  inhibitAnyPolicy,
  keyUsage,
  nameConstraints,
  policyConstraints,
  policyMappings,
  unknownCritical,
} from '../../../lab/constraints.ts';
import type { Extension } from '../../../lab/extensions.ts';
import { createChainReader } from '../../../src/adapters/x509/chain-reader.ts';

const NOW = Date.now();
const HOST = 'api.example.com';
const root = createRoot({ commonName: 'Root' });
const reader = createChainReader({ roots: [root.pem] });

/** What is wrong with a leaf below an intermediate; null: nothing. */
function problemBelow(ca: Authority, leaf: Issued, top: Authority = root) {
  const answer = reader.read([leaf.der, ca.issued.der], HOST, top.pem, NOW);
  if (answer.failure !== null) throw new Error(answer.failure.message);
  return answer.decoded.path.problem;
}

function problemOf(intermediate: IssueOptions, leaf: IssueOptions = {}, top: Authority = root) {
  const ca = top.intermediate({ commonName: 'Intermediate', ...intermediate });
  return problemBelow(ca, ca.leaf({ commonName: 'leaf', names: [HOST], ...leaf }), top);
}

const having = (...extensions: Extension[]): IssueOptions => ({ extensions });
const ip = (text: string) => `ip:${Buffer.from(text.split(/[./]/).map(Number)).toString('hex')}`;

describe('name constraints', () => {
  test.each<[string, Extension, IssueOptions, string | null]>([
    ['a permitted domain', nameConstraints({ permitted: ['example.com'] }), {}, null],
    ['in capitals', nameConstraints({ permitted: ['EXAMPLE.com'] }), {}, null],
    ['another domain', nameConstraints({ permitted: ['example.org'] }), {}, 'PERMITTED_VIOLATION'],
    ['an excluded domain', nameConstraints({ excluded: ['example.com'] }), {}, 'EXCLUDED_VIOLATION'],
    ['another form', nameConstraints({ permitted: [ip('10.0.0.0/255.0.0.0')] }), {}, null],
    [
      'an address',
      nameConstraints({ permitted: [ip('10.0.0.0/255.0.0.0')] }),
      { names: [HOST, '11.0.0.1'] },
      'PERMITTED_VIOLATION',
    ],
    [
      'a network written with host bits',
      nameConstraints({ permitted: [ip('10.0.0.1/255.0.0.0')] }),
      { names: [HOST, '10.0.0.1'] },
      'PERMITTED_VIOLATION',
    ],
    [
      'an address of the other family',
      nameConstraints({ excluded: [ip('0.0.0.0/0.0.0.0')] }),
      { names: [HOST, '2001:db8::1'] },
      null,
    ],
    [
      'a mail address',
      nameConstraints({ permitted: ['mail:example.com'] }),
      having(alternativeNames(HOST, 'mail:a@example.org')),
      'PERMITTED_VIOLATION',
    ],
    [
      'a URI',
      nameConstraints({ excluded: ['uri:.example.org'] }),
      having(alternativeNames(HOST, 'uri:https://api.example.org/')),
      'EXCLUDED_VIOLATION',
    ],
    [
      'the subject',
      nameConstraints({ permitted: [[{ type: 'O', value: 'Example' }]] }),
      {
        subject: [
          { type: 'O', value: 'EXAMPLE', string: 'printable' },
          { type: 'CN', value: 'leaf' },
        ],
      },
      null,
    ],
    [
      'another subject',
      nameConstraints({ permitted: [[{ type: 'O', value: 'Example' }]] }),
      {},
      'PERMITTED_VIOLATION',
    ],
    [
      'an empty subject',
      nameConstraints({ permitted: [[{ type: 'O', value: 'Example' }]] }),
      { subject: [] },
      null,
    ],
    [
      'an alternative directory name',
      nameConstraints({ excluded: [[{ type: 'O', value: 'Example' }]] }),
      having(alternativeNames(HOST, [{ type: 'O', value: 'example' }])),
      'EXCLUDED_VIOLATION',
    ],
    [
      'a mail address in the subject, beside alternative names',
      nameConstraints({ permitted: ['mail:example.com'] }),
      { subject: [{ type: 'emailAddress', value: 'a@example.org' }] },
      null,
    ],
  ])('%s', (_, constraints, leaf, code) => {
    expect(problemOf(having(constraints), leaf)?.code ?? null).toBe(code);
  });

  test('hold for a mail address in the subject of a leaf without alternative names', () => {
    const ca = root.intermediate(having(nameConstraints({ permitted: ['mail:example.com'] })));
    const leaf = ca.leaf({ subject: [{ type: 'emailAddress', value: 'A@Example.ORG' }] });
    expect(problemBelow(ca, leaf)).toEqual({
      code: 'PERMITTED_VIOLATION',
      message:
        'the name constraints of "CN=Lab Intermediate" do not permit the mail address "a@example.org" of "emailAddress=A@Example.ORG"',
    });
  });
});

describe('policies', () => {
  const [a, b] = ['1.3.6.1.4.1.55555.1', '1.3.6.1.4.1.55555.2'];
  const demand = policyConstraints({ requireExplicit: 0 });

  test.each<[string, Extension[], Extension[], string | null]>([
    ['demanded and there', [demand, certificatePolicies(a)], [certificatePolicies(a)], null],
    ['demanded and not there', [demand, certificatePolicies(a)], [], 'NO_EXPLICIT_POLICY'],
    [
      'demanded and another',
      [demand, certificatePolicies(a)],
      [certificatePolicies(b)],
      'NO_EXPLICIT_POLICY',
    ],
    ['mapped', [demand, certificatePolicies(a), policyMappings([a, b])], [certificatePolicies(b)], null],
    ['any', [demand, certificatePolicies('2.5.29.32.0')], [certificatePolicies(b)], null],
    [
      'any, inhibited',
      [demand, certificatePolicies(a), inhibitAnyPolicy(0)],
      [certificatePolicies('2.5.29.32.0')],
      'NO_EXPLICIT_POLICY',
    ],
    ['not demanded', [certificatePolicies(a)], [certificatePolicies(b)], null],
    ['demanded after the leaf', [policyConstraints({ requireExplicit: 5, inhibitMapping: 0 })], [], null],
  ])('%s', (_, intermediate, leaf, code) => {
    expect(problemOf(having(...intermediate), having(...leaf))?.code ?? null).toBe(code);
  });
});

describe('usage', () => {
  test.each<[string, IssueOptions, IssueOptions, string | null]>([
    ['a leaf that may not sign', {}, having(keyUsage('keyEncipherment')), 'KEYUSAGE_NO_DIGITAL_SIGNATURE'],
    ['a leaf without key usage', {}, { without: ['2.5.29.15'] }, null],
    ['a leaf for clients', {}, having(extendedKeyUsage('1.3.6.1.5.5.7.3.2')), 'INVALID_PURPOSE'],
    ['a leaf for anything', {}, having(extendedKeyUsage('2.5.29.37.0')), null],
    ['an intermediate that may not sign', having(keyUsage('digitalSignature')), {}, 'KEYUSAGE_NO_CERTSIGN'],
    ['an intermediate that is not a CA', { ca: false, ...having(keyUsage('keyCertSign')) }, {}, 'INVALID_CA'],
    ['an intermediate without constraints', { without: ['2.5.29.19'] }, {}, 'INVALID_CA'],
    ['an intermediate of version 1', { version: 1 }, {}, 'INVALID_CA'],
    [
      'a leaf with an unknown critical extension',
      {},
      having(unknownCritical),
      'UNHANDLED_CRITICAL_EXTENSION',
    ],
    ['an intermediate with one', having(unknownCritical), {}, 'UNHANDLED_CRITICAL_EXTENSION'],
    ['one that is not critical', {}, having({ ...unknownCritical, critical: false }), null],
    ['a signature with SHA-1', { hash: 'sha1' }, {}, null],
  ])('%s', (_, intermediate, leaf, code) => {
    expect(problemOf(intermediate, leaf)?.code ?? null).toBe(code);
  });

  test('a signature with MD5 is named', () => {
    const top = createRoot({ commonName: 'RSA Root', algorithm: 'rsa-2048' });
    expect(problemOf({ hash: 'md5' }, {}, top)).toEqual({
      code: 'UNSUPPORTED_SIGNATURE_ALGORITHM',
      message: '"CN=Intermediate" has a signature that platforms refuse (RSA with MD5)',
    });
  });
});

describe('an extension that cannot be read makes its certificate unusable', () => {
  const hex = (oid: string, value: string): Extension => ({ oid, value: Buffer.from(value, 'hex') });

  test.each<[string, Extension, RegExp]>([
    ['basicConstraints', hex('2.5.29.19', '0500'), /expected tag 0x30 at byte 0, found 0x05/],
    ['pathLenConstraint', hex('2.5.29.19', '30060101ff0201ff'), /pathLenConstraint: expected a non-negative/],
    ['keyUsage', hex('2.5.29.15', '0203010203'), /keyUsage: expected tag 0x03/],
    ['subjectAltName', hex('2.5.29.17', '3003820461'), /GeneralNames: ends at byte 8, 3 beyond/],
    ['a form of name that there is not', hex('2.5.29.17', '3003890100'), /GeneralName: unknown tag 0x89/],
    ['an address of three octets', hex('2.5.29.17', '300587030a0000'), /expected 4 or 16 octets, found 3/],
    [
      'a network of five octets',
      hex('2.5.29.30', '300ba009300787050a000000ff'),
      /iPAddress: expected 8 or 32 octets, found 5/,
    ],
    ['extKeyUsage', hex('2.5.29.37', '3003020101'), /extKeyUsage: expected an OBJECT IDENTIFIER/],
    ['nameConstraints', hex('2.5.29.30', '3004a0023000'), /GeneralSubtree: expected a base/],
    ['other fields', hex('2.5.29.30', '3002a200'), /nameConstraints: expected other fields/],
    [
      'fields in another order',
      hex('2.5.29.19', '30060201000101ff'),
      /basicConstraints: expected other fields/,
    ],
    [
      'a minimum',
      hex('2.5.29.30', '300ca00a300882036162638001 01'.replace(' ', '')),
      /without minimum and maximum/,
    ],
    ['certificatePolicies', hex('2.5.29.32', '30023000'), /PolicyInformation: expected an OBJECT IDENTIFIER/],
    ['policyMappings', hex('2.5.29.33', '3006300406022a03'), /subjectDomainPolicy: expected an OBJECT/],
    ['policyConstraints', hex('2.5.29.36', '30028000'), /policyConstraints: expected a non-negative INTEGER/],
    ['inhibitAnyPolicy', hex('2.5.29.54', '300002'), /inhibitAnyPolicy: expected tag 0x02/],
    ['something behind it', hex('2.5.29.37', '30000500'), /extKeyUsage: ends at byte 2 of 4/],
  ])('%s', (_, extension, message) => {
    const problem = problemOf({}, having(extension));
    expect(problem?.code).toBe('INVALID_EXTENSION');
    expect(problem?.message).toMatch(/^"CN=leaf" has malformed extensions \(/);
    expect(problem?.message).toMatch(message);
  });

  test('and is not reported as a missing host name', () => {
    const ca = root.intermediate();
    const leaf = ca.leaf({ names: [HOST], ...having(hex('2.5.29.37', '0500')) });
    const answer = reader.read([leaf.der, ca.issued.der], HOST, undefined, NOW);
    expect(answer).toMatchObject({
      decoded: { hostMatches: true, path: { problem: { code: 'INVALID_EXTENSION' } } },
    });
  });

  test('a duplicate', () => {
    const twice = having(extendedKeyUsage('1.3.6.1.5.5.7.3.1'), extendedKeyUsage('1.3.6.1.5.5.7.3.1'));
    expect(problemOf({}, twice)).toEqual({
      code: 'INVALID_EXTENSION',
      message: '"CN=leaf" has malformed extensions (extension 2.5.29.37: found twice)',
    });
    const unknown = { ...unknownCritical, critical: false };
    expect(problemOf(having(unknown, unknown))?.code).toBe('INVALID_EXTENSION');
  });

  test('no value of any of them throws or is accepted as another chain', () => {
    const oids = ['15', '17', '19', '30', '32', '33', '36', '37', '54'].map((arc) => `2.5.29.${arc}`);
    const value = fc.uint8Array({ maxLength: 24 });
    fc.assert(
      fc.property(fc.constantFrom(...oids), value, fc.boolean(), (oid, bytes, ofLeaf) => {
        const odd = having({ oid, value: Buffer.from(bytes) });
        const problem = ofLeaf ? problemOf({}, odd) : problemOf(odd);
        expect(problem === null || problem.message.length < 400).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
