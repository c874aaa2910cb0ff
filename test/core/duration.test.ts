import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/duration.ts';

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['14d', 1_209_600_000],
  ['1h30m', 5_400_000],
  [' 1d2h3m4s5ms ', 93_784_005],
  ['90m', 5_400_000],
  ['0s', 0],
])('reads %s', (text, value) => {
  expect(parseDuration(text)).toEqual({ ok: true, value });
});

const expected = 'expected a duration such as 500ms, 10s, 15m or 1h30m, found';
test.each([
  ['15', `${expected} "15": the unit is missing (ms, s, m, h or d)`],
  ['', `${expected} ""`],
  ['1.5h', `${expected} "1.5h"`],
  ['-1s', `${expected} "-1s"`],
  ['15 m', `${expected} "15 m"`],
  ['30m1h', `${expected} "30m1h"`],
  ['1w', `${expected} "1w"`],
  ['15M', `${expected} "15M"`],
  ['99999999999999999999d', `${expected} "99999999999999999999d": it is too long`],
])('refuses %j', (text, problem) => {
  expect(parseDuration(text)).toEqual({ ok: false, problem });
});

test('formats the shortest text', () => {
  expect([0, 5, 1_000, 5_400_000, 86_400_000, 604_800_000].map(formatDuration)).toEqual([
    '0s',
    '5ms',
    '1s',
    '1h30m',
    '1d',
    '7d',
  ]);
});

test('what is formatted reads back as itself, and nothing throws', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(parseDuration(formatDuration(value))).toEqual({ ok: true, value });
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9dhms]*$/)), (text) => {
      const result = parseDuration(text);
      if (result.ok) expect(parseDuration(formatDuration(result.value))).toEqual(result);
    }),
    { numRuns: 500 },
  );
});
