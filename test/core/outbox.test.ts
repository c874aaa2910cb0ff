import { describe, expect, test } from 'vitest';
import { nextLetter, type Pace, waitsAs } from '../../src/core/outbox.ts';
import { day, now, rules } from '../support/observations.ts';

const minute = 60_000;
const none: Pace = {
  waitingSince: 0,
  weeklyWaitingSince: 0,
  alarmSince: 0,
  criticalSince: 0,
  lastLetterAt: 0,
  lastAlarmAt: 0,
  lastWeeklyAt: 0,
};
const next = (pace: Partial<Pace>, at = now) => nextLetter({ ...none, ...pace }, rules, at);

describe('the next letter', () => {
  test('is null if nothing is waiting', () => {
    expect(next({})).toBeNull();
    expect(next({ lastLetterAt: now })).toBeNull();
  });

  test('waits 30 s for other notices, from the first one on', () => {
    expect(next({ waitingSince: now })).toEqual({ dueAt: now + 30_000, weekly: false });
  });

  test('comes at the earliest 5 minutes after the last one', () => {
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

  test('includes weekly notices only if they are due', () => {
    const waiting = { waitingSince: now, weeklyWaitingSince: now - minute };
    expect(next({ ...waiting, lastWeeklyAt: now - 8 * day })).toEqual({ dueAt: now + 30_000, weekly: true });
    expect(next({ ...waiting, lastWeeklyAt: now - day })).toEqual({ dueAt: now + 30_000, weekly: false });
  });
});

describe('after a clock was set back', () => {
  const ahead = now + 30 * day;

  test('a waiting notice is due, at whatever moment this is checked', () => {
    for (const at of [now, now + minute, now + day]) {
      for (const pace of [
        { waitingSince: ahead },
        { waitingSince: at - minute, lastLetterAt: ahead },
        { waitingSince: ahead, lastLetterAt: ahead, lastWeeklyAt: ahead },
      ]) {
        expect(next(pace, at)).toEqual({ dueAt: at, weekly: false });
      }
      expect(next({ weeklyWaitingSince: at - minute, lastWeeklyAt: ahead }, at)).toEqual({
        dueAt: at,
        weekly: true,
      });
      const critical = { waitingSince: at - minute, alarmSince: at - minute, criticalSince: at - minute };
      expect(next({ ...critical, lastLetterAt: at, lastAlarmAt: ahead }, at)).toMatchObject({ dueAt: at });
    }
  });

  test('nothing is due if nothing waits', () => {
    expect(next({ lastLetterAt: ahead, lastAlarmAt: ahead, lastWeeklyAt: ahead })).toBeNull();
  });
});

describe('a critical notice', () => {
  const critical = { waitingSince: now, alarmSince: now, criticalSince: now };

  test('does not wait after a letter that had only recoveries', () => {
    const lastLetterAt = now - minute;
    expect(next({ ...critical, lastLetterAt, lastAlarmAt: now - 10 * minute })).toMatchObject({
      dueAt: now + 30_000,
    });
    expect(next({ ...critical, lastLetterAt, lastAlarmAt: lastLetterAt })).toMatchObject({
      dueAt: now + 4 * minute,
    });
  });

  test('keeps its distance from the last alarm, and includes waiting notices', () => {
    const pace = { ...critical, waitingSince: now - minute, lastLetterAt: now - minute };
    expect(next({ ...pace, lastAlarmAt: now - 4 * minute })).toMatchObject({ dueAt: now + minute });
  });

  test('is one about failing apps; a recovery or a warning is not', () => {
    const told = { kind: 'pin_mismatch', severity: 'critical' } as const;
    expect(waitsAs({ ...told, transition: 'opened' })).toContain('criticalSince');
    expect(waitsAs({ ...told, transition: 'closed' })).toEqual(['waitingSince']);
    const warning = { kind: 'unreachable', severity: 'warning', transition: 'opened' } as const;
    expect(waitsAs(warning)).toEqual(['waitingSince', 'alarmSince']);
    expect(waitsAs({ ...warning, kind: 'no_backup_pin' })).toEqual(['weeklyWaitingSince']);
  });
});
