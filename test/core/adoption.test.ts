import { expect, test } from 'vitest';
import {
  countedVersion,
  dayCounts,
  isUnheld,
  lastDays,
  lastWholeDay,
  utcDay,
} from '../../src/core/adoption.ts';

const now = Date.parse('2026-11-27T23:59:59Z');

test('days are UTC', () => {
  expect(utcDay(now)).toBe('2026-11-27');
  expect(utcDay(now + 1_000)).toBe('2026-11-28');
  expect(lastDays(now, 3)).toEqual(['2026-11-27', '2026-11-26', '2026-11-25']);
});

test('a version counts if an app can hold it; old ones count together', () => {
  expect(countedVersion('41', 41)).toBe(41);
  expect(countedVersion('42', 41)).toBe(42);
  for (const text of ['43', '0', '-1', '', 'x', '1e1', ' 1', '99999999999999999999']) {
    expect(countedVersion(text, 41), text).toBeNull();
  }
  expect(
    new Set(Array.from({ length: 5_000 }, (_, index) => countedVersion(`${index + 1}`, 5_000))).size,
  ).toBe(101);
});

test('the last whole day is over, and has counts', () => {
  const days = [
    dayCounts('2026-11-27', [[1, 5]]),
    dayCounts('2026-11-26', []),
    dayCounts('2026-11-25', [[1, 5]]),
  ];
  expect(lastWholeDay(days, now)?.day).toBe('2026-11-25');
  expect(lastWholeDay(days.slice(0, 2), now)).toBeNull();
});

test('a version is unheld after a week of counts without it', () => {
  const week = (of: (index: number) => [number, number][]) =>
    lastDays(now, 8).map((day, index) => dayCounts(day, of(index)));
  expect(
    isUnheld(
      40,
      week(() => [[41, 5]]),
      now,
    ),
  ).toBe(true);
  expect(
    isUnheld(
      40,
      week((index) =>
        index === 7
          ? [
              [40, 1],
              [41, 5],
            ]
          : [[41, 5]],
      ),
      now,
    ),
  ).toBe(false);
  // A day without counts says nothing.
  expect(
    isUnheld(
      40,
      week((index) => (index === 3 ? [] : [[41, 5]])),
      now,
    ),
  ).toBe(false);
});
