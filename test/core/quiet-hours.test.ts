import { expect, test } from 'vitest';
import { quietForMs } from '../../src/core/quiet-hours.ts';

const night = { from: 22 * 60, to: 7 * 60, timeZone: 'Europe/Berlin' };
const minute = 60_000;

test.each([
  // Winter: UTC+1, summer: UTC+2.
  ['2026-01-15T20:59:59Z', 0],
  ['2026-01-15T21:00:00Z', 540],
  ['2026-01-16T05:59:00Z', 1],
  ['2026-01-16T06:00:00Z', 0],
  ['2026-07-15T20:00:00Z', 540],
  ['2026-07-16T05:00:00Z', 0],
])('at %s, quiet for %i minutes', (at, minutes) => {
  expect(quietForMs(night, Date.parse(at))).toBe(minutes * minute);
});

test('an unknown zone keeps nothing back', () => {
  expect(quietForMs({ ...night, timeZone: 'Mars/Olympus' }, Date.parse('2026-01-15T23:00:00Z'))).toBe(0);
});
