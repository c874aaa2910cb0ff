import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePin } from '../../src/core/pin.ts';

// RFC 7469, section 2.1.5.
const base64 = 'd6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=';
const hex = Buffer.from(base64, 'base64').toString('hex');
const colons = hex.replace(/..(?!$)/g, '$&:');
const didYouMean = new RegExp(`": did you mean sha256/${base64.replaceAll('+', '\\+')}\\?$`);
const certificateHash =
  /: hex in pairs is how the fingerprint of a certificate is written, .* "pinwatch pin from FILE"/;
const expected = 'expected sha256/ and 44 base64 characters, found';

describe('parsePin', () => {
  test.each([
    `sha256/${base64}`,
    `  sha256/${base64}\n`,
    base64,
    hex,
    hex.toUpperCase(),
    `pin-sha256="${base64}"`,
    `pin-sha256="${base64}";`,
    `pin-sha256='${base64}' ;`,
    `pin-sha256=${base64}`,
    `Pin-SHA256 = "${base64}"`,
  ])('accepts %s', (text) => {
    expect(parsePin(text)).toEqual({ ok: true, value: `sha256/${base64}` });
  });

  test.each([
    ['', `${expected} ""`],
    ['sha1/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=', /^expected sha256.*found "sha1\/7HI/],
    [`sha256/${base64.slice(0, -1)}`, /found "sha256\/d6q.*": the = at its end is missing$/],
    [`sha256//${base64}`, /write one slash after sha256, not two as curl does$/],
    [`${base64.slice(0, 42)}N=`, /a SHA-256 hash cannot end with its last character$/],
    [`${base64.slice(0, 40)}-_M=`, /the URL-safe alphabet is not accepted/],
    [
      hex.slice(1),
      /: it has 63 characters; accepted are sha256\/ and 44 base64 characters, .* 64 hex digits/,
    ],
    ['sha256/abc', /: it has 3 characters; accepted are /],
    [`sha256/${base64.slice(4)}`, /: it has 40 characters; accepted are sha256\/ and 44 base64 characters/],
    [`sha256/${hex}`, didYouMean],
    [`sha256:${hex}`, didYouMean],
    [`sha256-${hex.toUpperCase()}`, didYouMean],
    [`SHA256=${hex}`, didYouMean],
    [`sha256:${base64}`, didYouMean],
    [`sha256-${base64}`, didYouMean],
    [`sha-256=${base64}`, didYouMean],
    [`SHA256/${base64}`, didYouMean],
    [`sha256/ ${base64}`, didYouMean],
    [colons, certificateHash],
    [colons.toUpperCase(), certificateHash],
    [colons.replaceAll(':', ' '), certificateHash],
    [`sha256/${colons}`, certificateHash],
    [`sha256 Fingerprint=${colons.toUpperCase()}`, certificateHash],
    [`SHA256:${base64.slice(0, -1)}`, /this is the fingerprint of an SSH key, not a pin$/],
    [`sha256:${base64.slice(0, -1)}`, /found "sha256:[^"]*"$/],
    ['sha256/', `${expected} "sha256/"`],
    ['sha256:', `${expected} "sha256:"`],
    [`sha256:sha256:${base64}`, /found "sha256:sha256:[^"]*"$/],
    [`pin-sha256="${base64}'`, /^expected/],
    ['a\u0000\u202eb\n', `${expected} "a\\u0000\\u{202e}b"`],
    ['sha256:'.repeat(200_000), /^expected/],
    ['x'.repeat(1_000_000), `${expected} "${'x'.repeat(80)}…"`],
  ])('refuses %.60s', (text, problem) => {
    const result = parsePin(text);
    expect(result.ok ? null : result.problem).toEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
  });

  test('every SHA-256 hash has one spelling, from base64 and from hex', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digest = createHash('sha256').update(bytes).digest();
        const value = `sha256/${digest.toString('base64')}`;
        expect(parsePin(value)).toEqual({ ok: true, value });
        expect(parsePin(digest.toString('hex'))).toEqual({ ok: true, value });
      }),
    );
  });

  test('what is accepted is canonical, and nothing throws', () => {
    const almost = fc.stringMatching(/^(sha256\/|pin-sha256=)?["']?[A-Za-z0-9+/_-]{41,45}={0,2}["']?;?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost), (text) => {
        const result = parsePin(text);
        if (!result.ok) return void expect(result.problem.length).toBeLessThan(800);
        const digest = Buffer.from(result.value.slice(7), 'base64');
        expect(digest).toHaveLength(32);
        expect(`sha256/${digest.toString('base64')}`).toBe(result.value);
      }),
      { numRuns: 500 },
    );
  });
});
