import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { encode } from '../../../lab/der.ts';
import { type DistinguishedName, type NameAttribute, nameToAsn1 } from '../../../lab/names.ts';
import { nameKey, nameText } from '../../../src/adapters/x509/name.ts';
import { requires } from '../../support/requires.ts';
import { openssl } from './openssl.ts';

const textOf = (name: DistinguishedName): string => nameText(encode(nameToAsn1(name)));
const cn = (value: string | Buffer, string?: NameAttribute['string']): DistinguishedName => [
  string === undefined ? { type: 'CN', value } : { type: 'CN', value, string },
];

/** The lab writes what a CA could issue; these write what no CA should. */
function tlv(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x82, content.length >> 8, content.length & 0xff), content]);
}
function nameOf(type: Buffer, value: Buffer): Buffer {
  return tlv(0x30, tlv(0x31, tlv(0x30, Buffer.concat([type, value]))));
}
const commonName = (tag: number, content: Buffer) =>
  nameOf(Buffer.from('0603550403', 'hex'), tlv(tag, content));
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('order and types', () => {
  const name: DistinguishedName = [
    { type: 'C', value: 'US' },
    { type: 'O', value: 'Example' },
    { type: 'CN', value: 'api.example.com' },
  ];
  test('the last RDN comes first', () => expect(textOf(name)).toBe('CN=api.example.com,O=Example,C=US'));
  test('an empty name is the empty string', () => expect(textOf([])).toBe(''));
  test('an empty value', () => expect(textOf(cn(''))).toBe('CN='));
  test('a multi-valued RDN is joined with +', () => {
    const values = [
      { type: 'CN', value: 'a' },
      { type: 'UID', value: 'b' },
    ];
    expect(textOf([{ type: 'O', value: 'Example' }, values]).split(',')).toEqual(['CN=a+UID=b', 'O=Example']);
  });
  test.each([
    ['2.5.4.4', 'sn'],
    ['2.5.4.5', 'serialNumber'],
    ['2.5.4.9', 'STREET'],
    ['2.5.4.12', 'title'],
    ['2.5.4.15', 'businessCategory'],
    ['2.5.4.16', 'postalAddress'],
    ['2.5.4.17', 'postalCode'],
    ['2.5.4.42', 'givenName'],
    ['2.5.4.97', 'organizationIdentifier'],
    ['0.9.2342.19200300.100.1.1', 'UID'],
    ['0.9.2342.19200300.100.1.25', 'DC'],
    ['1.2.840.113549.1.9.1', 'emailAddress'],
  ])('%s is %s', (type, short) => expect(textOf([{ type, value: 'x' }])).toBe(`${short}=x`));
  test('another type is dotted, with the value as hexadecimal BER', () => {
    expect(textOf([{ type: '1.3.6.1.4.1.311.60.2.1.3', value: 'US' }])).toBe(
      '1.3.6.1.4.1.311.60.2.1.3=#0C025553',
    );
    expect(textOf([{ type: '2.999.3', value: '' }])).toBe('2.999.3=#0C00');
  });
  test('a type of 128 bits (X.667) is written in full', () => {
    const uuid = 0xf81d4fae7dec11d0a76500a0c91e6bf6n;
    const arc: number[] = [];
    for (let rest = uuid; rest > 0n; rest >>= 7n)
      arc.unshift(Number(rest & 127n) | (arc.length > 0 ? 128 : 0));
    // The first octet is 2 * 40 + 25.
    const der = nameOf(tlv(0x06, Buffer.of(105, ...arc)), tlv(0x0c, Buffer.from('x')));
    expect(nameText(der)).toBe(`2.25.${uuid}=#0C82000178`);
  });
});

describe('escaping (RFC 4514, section 2.4)', () => {
  test.each([
    ['James "Jim" Smith, III', 'James \\"Jim\\" Smith\\, III'],
    ['a+b;c<d>e\\f=g', 'a\\+b\\;c\\<d\\>e\\\\f=g'],
    ['#1', '\\#1'],
    ['1#', '1#'],
    [' a b ', '\\ a b\\ '],
    [' ', '\\ '],
    ['  ', '\\ \\ '],
    ['a\0b', 'a\\00b'],
    ['Lučić', 'Lučić'],
    ['a\nSet-Cookie: x\r\t\x1b[31m\x7f', 'a\\0ASet-Cookie: x\\0D\\09\\1B[31m\\7F'],
    ['\u0085\u009b', '\\C2\\85\\C2\\9B'],
    ['a\u2028b\u2029', 'a\\E2\\80\\A8b\\E2\\80\\A9'],
    ['\u202emoc.elpmaxe', '\\E2\\80\\AEmoc.elpmaxe'],
    ['\u2066\u2069\u200e\u200f\u061c', '\\E2\\81\\A6\\E2\\81\\A9\\E2\\80\\8E\\E2\\80\\8F\\D8\\9C'],
    ['\ufeffa\u200bb\u200d\u2060', '\\EF\\BB\\BFa\\E2\\80\\8Bb\\E2\\80\\8D\\E2\\81\\A0'],
    ['<script>alert(1)</script>', '\\<script\\>alert(1)\\</script\\>'],
    ['🔒', '🔒'],
  ])('%j', (value, text) => expect(textOf(cn(value))).toBe(`CN=${text}`));
});

describe('string types', () => {
  test.each<[string, string | Buffer, NameAttribute['string'], string]>([
    ['PrintableString', 'abc', 'printable', 'abc'],
    ['IA5String with octets that are not ASCII', Buffer.from('a\xe9', 'latin1'), 'ia5', 'a\ufffd'],
    ['TeletexString', 'Café', 'teletex', 'Café'],
    ['invalid UTF-8', Buffer.from('61ff62', 'hex'), 'utf8', 'a\ufffdb'],
    ['overlong UTF-8', Buffer.from('c080', 'hex'), 'utf8', '\ufffd\ufffd'],
    ['a surrogate in UTF-8', Buffer.from('eda0bd', 'hex'), 'utf8', '\ufffd\ufffd\ufffd'],
  ])('%s', (_, value, string, text) => expect(textOf(cn(value, string))).toBe(`CN=${text}`));

  test.each<[string, number, Buffer, string]>([
    ['BMPString', 30, utf16('Ünïcode'), 'Ünïcode'],
    ['BMPString with a surrogate pair', 30, utf16('🔒'), '🔒'],
    ['BMPString with half a pair', 30, Buffer.from('0061d83d0062', 'hex'), 'a\ufffdb'],
    ['NumericString', 18, Buffer.from('1 2'), '1 2'],
    ['VisibleString', 26, Buffer.from('abc'), 'abc'],
    ['UniversalString', 28, Buffer.from('000000610001f512', 'hex'), 'a🔒'],
    ['UniversalString beyond Unicode', 28, Buffer.from('00110000ffffffff', 'hex'), '\ufffd\ufffd'],
    ['UniversalString with a surrogate', 28, Buffer.from('0000d800', 'hex'), '\ufffd'],
    ['UniversalString of an odd length', 28, Buffer.from('0000006100', 'hex'), 'a\ufffd'],
    ['INTEGER', 2, Buffer.of(5), '#0282000105'],
    ['constructed UTF8String', 0x2c, Buffer.from('0c0161', 'hex'), '#2C8200030C0161'],
    ['of a private class', 0xcc, Buffer.from('a'), '#CC82000161'],
  ])('%s', (_, tag, content, text) => expect(nameText(commonName(tag, content))).toBe(`CN=${text}`));

  test('a BMPString of an odd length is refused, as by OpenSSL', () => {
    expect(() => nameText(commonName(30, Buffer.of(0, 0x61, 0)))).toThrow('AttributeValue: cannot be read');
  });
});

describe('the limit of 256 characters', () => {
  test('256 are shown in full', () => expect(textOf(cn('x'.repeat(253)))).toBe(`CN=${'x'.repeat(253)}`));
  test('257 are cut', () => expect(textOf(cn('x'.repeat(254)))).toBe(`CN=${'x'.repeat(252)}…`));
  test('an escape is never cut', () => {
    expect(textOf(cn(`${'x'.repeat(249)}\u202etail`))).toBe(`CN=${'x'.repeat(249)}…`);
    expect(textOf(cn(`${'x'.repeat(251)}"tail`))).toBe(`CN=${'x'.repeat(251)}…`);
  });
  test('a surrogate pair is never cut', () => {
    expect(textOf(cn(`${'x'.repeat(251)}🔒🔒`))).toBe(`CN=${'x'.repeat(251)}…`);
  });
  test.each([10_000, 60_000])('a value of %d octets is cut', (octets) => {
    expect(textOf(cn('é'.repeat(octets / 2)))).toBe(`CN=${'é'.repeat(252)}…`);
    expect(nameText(commonName(30, utf16('🔒'.repeat(octets / 4))))).toBe(`CN=${'🔒'.repeat(126)}…`);
    expect(textOf([{ type: '1.2.3', value: 'x'.repeat(octets) }])).toHaveLength(256);
  });
  test('5,000 attributes are cut, whether in one RDN or in as many', () => {
    const attributes = Array.from({ length: 5000 }, (_, i) => ({ type: 'OU', value: String(i) }));
    expect(textOf(attributes)).toMatch(/^OU=4999,OU=4998,.*…$/);
    expect(textOf([attributes])).toMatch(/^OU=0\+OU=1\+.*…$/);
  });
});

test('any value in any string type comes out bounded, well-formed and without a control character', () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 150 }).map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary', maxLength: 150 }).map(utf16),
  );
  // A BMPString has an even length; any other is not DER.
  const even = (tag: number, bytes: Buffer) => (tag === 30 ? bytes.subarray(0, bytes.length & ~1) : bytes);
  const tag = fc.constantFrom(12, 18, 19, 20, 22, 26, 28, 30, 4);
  fc.assert(
    fc.property(tag, octets, (kind, bytes) => {
      const text = nameText(commonName(kind, even(kind, bytes)));
      expect(text.length).toBeLessThanOrEqual(256);
      expect(text).toMatch(/^CN=[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u);
    }),
    { numRuns: 300 },
  );
});

requires('openssl')('against openssl -nameopt RFC2253', () => {
  // Without multi-valued RDNs, and characters that it escapes differently: it escapes every octet above ASCII.
  const options = 'RFC2253,-esc_msb,utf8,sname';
  test.each<[string, DistinguishedName]>([
    [
      'plain',
      [
        { type: 'C', value: 'US' },
        { type: 'O', value: 'Example, Inc.' },
        { type: 'CN', value: 'a b' },
      ],
    ],
    ['escapes', cn(' #a,+"\\<>; ')],
    ['a leading hash', cn('#a')],
    ['a control character', cn('a\nb\x7f')],
    ['Latin-1', cn('Café', 'teletex')],
    ['unknown type', [{ type: '1.2.3.4', value: 'x' }]],
    [
      'domain components',
      [
        { type: 'DC', value: 'com' },
        { type: 'DC', value: 'example' },
      ],
    ],
  ])('%s', (_, subject) => {
    const leaf = createRoot().leaf({ subject });
    const printed = openssl(['x509', '-inform', 'der', '-noout', '-subject', '-nameopt', options], leaf.der);
    expect(`subject=${textOf(subject)}\n`).toBe(printed.toString());
  });
});

describe('nameKey', () => {
  const key = (name: DistinguishedName) => nameKey(encode(nameToAsn1(name)));
  test('string type, case and white space make no difference', () => {
    const plain = key(cn('Example Root', 'printable'));
    expect(key(cn('Example Root', 'utf8'))).toBe(plain);
    expect(nameKey(commonName(30, utf16('Example Root')))).toBe(plain);
    expect(key(cn('  EXAMPLE   root '))).toBe(plain);
    expect(key(cn('Example  Rooth'))).not.toBe(plain);
  });
  test('separators inside a value are not those between values', () => {
    expect(key([...cn('a"'), { type: 'O', value: 'b' }])).not.toBe(key(cn('a","2.5.4.10="b')));
    expect(key([...cn('a'), ...cn('b')])).not.toBe(key([[...cn('a'), ...cn('b')] as NameAttribute[]]));
    expect(key(cn('a'))).not.toBe(key([{ type: 'O', value: 'a' }]));
  });
});
