import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzBundles } from '../../fuzz/bundles/run.ts';
import { fromBase64, fromBase64Url, toBase64, toBase64Url } from '../../verify/typescript/src/base64url.ts';
import {
  JsonNumber,
  JsonProblem,
  type JsonValue,
  parseStrictJson,
} from '../../verify/typescript/src/strict-json.ts';
import { fromUtf8 } from '../../verify/typescript/src/utf8.ts';

test('of bundles with faults only plausible ones are accepted, and each outcome is among the codes', async () => {
  const { counts, wrong } = await fuzzBundles(1, 3_000);
  expect(wrong).toEqual([]);
  const outcomes = [
    'accepted',
    'bad_signature',
    'malformed',
    'unknown_key',
    'unknown_root',
    'unsupported',
    'wrong_audience',
  ];
  expect([...counts.keys()].filter((outcome) => !outcomes.includes(outcome))).toEqual([]);
  // Else the faults would be too coarse, or none.
  expect(counts.get('accepted')).toBeGreaterThan(100);
  expect(counts.get('malformed')).toBeGreaterThan(300);
});

/** What JSON.parse makes of the same text. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
}

test('strict JSON reads what JSON.stringify writes, as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 10, stringUnit: 'binary' }), (text) => {
      const read = plain(parseStrictJson(text));
      expect(JSON.stringify(read)).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 500 },
  );
});

test('whatever strict JSON accepts, JSON.parse accepts with the same meaning', () => {
  const parts = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u0061"',
    '1',
    '-0',
    '1.5e3',
    'true',
    'null',
    ' ',
    '\n',
    '"',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 9 }), (words) => {
      const text = words.join('');
      let strict: JsonValue;
      try {
        strict = parseStrictJson(text);
      } catch (error) {
        expect(error).toBeInstanceOf(JsonProblem);
        return;
      }
      expect(JSON.stringify(plain(strict))).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 20_000 },
  );
});

test('UTF-8 and base64 are read as Node reads them, or not at all', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const strictly = (bytes: Uint8Array) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return null;
    }
  };
  const odd = fc.array(
    fc.constantFrom(
      0,
      0x41,
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc2,
      0xe0,
      0xa0,
      0xed,
      0x9f,
      0xef,
      0xbb,
      0xf0,
      0x90,
      0xf4,
      0x8f,
      0xff,
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(fc.oneof(odd, fc.array(fc.nat(255), { maxLength: 12 })), (values) => {
      const bytes = Uint8Array.from(values);
      expect(fromUtf8(bytes)).toBe(strictly(bytes));
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ABab09-_+/= \n'), maxLength: 9 }), (text) => {
      const bytes = fromBase64Url(text);
      if (bytes !== null) expect(toBase64Url(bytes)).toBe(text);
    }),
    { numRuns: 5_000 },
  );
});

test('a long text is read in whole', () => {
  const text = 'ü€😀a'.repeat(50_000);
  expect(fromUtf8(Buffer.from(text))).toBe(text);
});
