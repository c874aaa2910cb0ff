import { describe, expect, test } from 'vitest';
import { asMeant, endOfWait, hasCome, isRecent, mostSkewMs, notLater } from '../../src/core/stored-time.ts';
import { now } from '../support/observations.ts';

const minute = 60_000;
const ahead = now + 120 * minute;

describe('a stored time', () => {
  test('that has been is not later than now', () => {
    expect([now - 1, now, ahead].map((at) => notLater(at, now))).toEqual([now - 1, now, now]);
  });

  test('in the future has come if it is further ahead than it can have been set', () => {
    const due = (at: number) => hasCome(at, now, 5 * minute);
    expect([now - 1, now, now + 1, now + 5 * minute, now + 5 * minute + 1, ahead].map(due)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
  });

  test('of a wait that has not begun yet ends the wait, at whatever moment this is checked', () => {
    expect(endOfWait(now - minute, 5 * minute, now)).toBe(now + 4 * minute);
    expect(endOfWait(now, 5 * minute, now)).toBe(now + 5 * minute);
    for (const later of [0, 1, 30]) {
      expect(endOfWait(ahead, 5 * minute, now + later * minute)).toBe(now + later * minute);
    }
    // Synchronized clocks of two machines are some milliseconds apart.
    expect(endOfWait(now + 200, 5 * minute, now)).toBe(now + 200 + 5 * minute);
  });

  test('of a long wait may be as far ahead as clocks may differ', () => {
    const week = 7 * 24 * 60 * minute;
    expect(endOfWait(now + 10 * minute, week, now)).toBe(now + 10 * minute + week);
    expect(endOfWait(now + 10 * minute + 1, week, now)).toBe(now);
    // A hundredth of an hour.
    expect(endOfWait(now + 36_000, 60 * minute, now)).toBe(now + 36_000 + 60 * minute);
    expect(endOfWait(now + 36_001, 60 * minute, now)).toBe(now);
  });

  test('of a note forgets it if it is old, or in the future', () => {
    const recent = (at: number) => isRecent(at, now, minute);
    expect([now - minute, now - minute + 1, now, now + 1, ahead].map(recent)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test('of a span that begins in the future is moved with its end, unless differing clocks explain it', () => {
    const span = { begunAt: now - minute, endsAt: now + minute };
    expect(asMeant(span, now)).toBe(span);
    const skewed = { begunAt: now + mostSkewMs, endsAt: ahead };
    expect(asMeant(skewed, now)).toBe(skewed);
    expect(asMeant({ begunAt: ahead, endsAt: ahead + minute }, now)).toEqual({
      begunAt: now,
      endsAt: now + minute,
    });
  });
});
