import { describe, expect, test } from 'vitest';
import { nextLetter, type Pace, retryAfterMs } from '../../src/core/outbox.ts';
import { day, now, rules } from '../support/observations.ts';

const minute = 60_000;
const none: Pace = { waitingSince: 0, weeklyWaitingSince: 0, lastLetterAt: 0, lastWeeklyAt: 0 };
const next = (pace: Partial<Pace>) => nextLetter({ ...none, ...pace }, rules);

describe('the next letter', () => {
  test('is none where nothing waits', () => {
    expect(next({})).toBeNull();
    expect(next({ lastLetterAt: now })).toBeNull();
  });

  test('waits 30 s for company, from the first notice on', () => {
    expect(next({ waitingSince: now })).toEqual({ dueAt: now + 30_000, weekly: false });
  });

  test('comes 5 minutes after the last one at the earliest', () => {
    expect(next({ waitingSince: now, lastLetterAt: now - minute })).toEqual({
      dueAt: now + 4 * minute,
      weekly: false,
    });
    expect(next({ waitingSince: now, lastLetterAt: now - day })).toEqual({
      dueAt: now + 30_000,
      weekly: false,
    });
  });

  test('of the weekly kind waits until a week after the last of its kind', () => {
    expect(next({ weeklyWaitingSince: now })).toEqual({ dueAt: now + 30_000, weekly: true });
    expect(next({ weeklyWaitingSince: now, lastWeeklyAt: now - 2 * day })).toEqual({
      dueAt: now + 5 * day,
      weekly: true,
    });
  });

  test('takes weekly notices along only where they are due', () => {
    const waiting = { waitingSince: now, weeklyWaitingSince: now - minute };
    expect(next({ ...waiting, lastWeeklyAt: now - 8 * day })).toEqual({ dueAt: now + 30_000, weekly: true });
    expect(next({ ...waiting, lastWeeklyAt: now - day })).toEqual({ dueAt: now + 30_000, weekly: false });
  });
});

test('a letter is tried again soon at first, and every 5 minutes in the end', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 20].map(retryAfterMs)).toEqual([
    2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
  ]);
});
