import { expect, test } from 'vitest';
import type { Happening } from '../../src/flow/journal.ts';
import { createClockWatch } from '../../src/flow/watch-clocks.ts';
import { now } from '../support/observations.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const interval = 15 * minute;

/** A clock watch whose two clocks, schedule and Redis the test sets. */
function watchOf(intervalMs = interval) {
  const happenings: Happening[] = [];
  const replans: [number, number][] = [];
  const at = { wall: now, steady: 0, next: now + minute, swept: now - minute, skew: 0 as number | null };
  let restarts = 0;
  const watch = createClockWatch(() => intervalMs, {
    sweepStartedAt: async () => at.swept,
    nextSweepAt: async () => at.next,
    restart: async () => {
      restarts += 1;
    },
    replan: async (probesMs, noticesMs) => {
      replans.push([probesMs, noticesMs]);
      return 0;
    },
    boundLocks: async () => {},
    measureSkew: async () => at.skew,
    clock: () => at.wall,
    steady: () => at.steady,
    journal: (happening) => happenings.push(happening),
  });
  return {
    ...{ watch, at, happenings, replans },
    restarts: () => restarts,
    /** Advances both clocks. */
    pass(ms: number) {
      at.wall += ms;
      at.steady += ms;
    },
    told: () => happenings.splice(0).map(({ kind }) => kind),
  };
}

test('a step is reported, is trouble for a minute and a note for an hour', () => {
  const { watch, at, pass, happenings } = watchOf();
  expect([watch.trouble(), watch.notes(), watch.hasJustStepped()]).toEqual([null, [], false]);
  at.wall -= 2 * hour;
  watch.stepped(-2 * hour);
  expect(happenings).toEqual([{ kind: 'clock_stepped', seconds: -7_200, seen: true }]);
  const text = 'clock: set back by 2h (2026-11-22T02:10:54Z)';
  expect([watch.trouble(), watch.notes(), watch.hasJustStepped()]).toEqual([text, [text], true]);
  pass(minute);
  expect([watch.trouble(), watch.notes(), watch.hasJustStepped()]).toEqual([null, [text], false]);
  pass(hour);
  expect(watch.notes()).toEqual([]);
});

test('a short step is reported, but is not trouble', () => {
  const { watch, told } = watchOf();
  watch.stepped(3 * second);
  expect(told()).toEqual(['clock_stepped']);
  expect(watch.trouble()).toBeNull();
  expect(watch.notes()).toEqual([expect.stringContaining('clock: set forward by 3s, or the machine slept ')]);
});

test('at the start, and for some seconds after a step, nothing is tolerated', async () => {
  const { watch, at, pass, replans, restarts, told } = watchOf();
  at.next = now + interval + 5 * minute;
  await watch.look();
  expect(restarts()).toBe(1);
  expect(replans.splice(0)).toEqual([[interval + second, 5 * minute]]);
  // From then on two clocks may differ.
  pass(interval);
  at.next = at.wall + interval + 5 * minute;
  await watch.look();
  expect(restarts()).toBe(1);
  expect(replans.splice(0)).toEqual([[interval + 10 * minute, 15 * minute]]);
  told();
  watch.stepped(-5 * minute);
  for (const strict of [true, true, true, false]) {
    await watch.look();
    expect(replans.splice(0)[0]?.[0]).toBe(strict ? interval + second : undefined);
    pass(4 * second);
  }
});

test('what is found again and again is repaired once per interval', async () => {
  const { watch, at, pass, restarts } = watchOf();
  await watch.look();
  for (let looks = 0; looks < 20; looks += 1) {
    at.next = at.wall + 2 * hour;
    await watch.look();
    pass(minute);
  }
  expect(restarts()).toBe(2);
});

test('an unseen step is reported once, at the start, because of a sweep in the future', async () => {
  const { watch, at, happenings } = watchOf();
  at.swept = now + 2 * hour;
  await watch.look();
  await watch.look();
  expect(happenings).toEqual([{ kind: 'clock_stepped', seconds: -7_200, seen: false }]);
  expect(watch.trouble()).toBeNull();
  expect(watch.notes()[0]).toContain('data stored before the start is 2h ahead');
  const other = watchOf();
  other.at.swept = now + 5 * minute;
  await other.watch.look();
  expect(other.happenings).toEqual([]);
});

test('a step that was seen before the first check is not reported again because of that sweep', async () => {
  const { watch, at, told } = watchOf();
  at.wall -= 2 * hour;
  watch.stepped(-2 * hour);
  await watch.look();
  expect(told()).toEqual(['clock_stepped', 'scheduler_repaired']);
  // But another one is, which was before the start.
  const other = watchOf();
  other.at.wall -= 2 * hour;
  other.watch.stepped(-3 * second);
  await other.watch.look();
  expect(other.told()).toEqual(['clock_stepped', 'clock_stepped', 'scheduler_repaired']);
});

test('what was seen before the first check is all that is reported, however often the clock was set', async () => {
  // Ahead, and a sweep since.
  const ahead = watchOf();
  ahead.at.wall += 2 * hour;
  ahead.watch.stepped(2 * hour);
  ahead.at.swept = ahead.at.wall;
  await ahead.watch.look();
  expect(ahead.happenings.filter(({ kind }) => kind === 'clock_stepped')).toHaveLength(1);
  const twice = watchOf();
  twice.at.wall -= 2 * hour;
  twice.watch.stepped(-hour);
  twice.watch.stepped(-hour);
  await twice.watch.look();
  expect(twice.happenings.filter(({ kind }) => kind === 'clock_stepped')).toHaveLength(2);
});

test('the difference to the clock of Redis is reported from a minute on, and again when it changes by as much', async () => {
  const { watch, at, told } = watchOf();
  const skews = [0, 59, 61, 70, 125, null, 125, 30, -300, -300];
  const heard: (readonly string[])[] = [];
  for (const skew of skews) {
    at.skew = skew === null ? null : skew * second;
    await watch.look();
    heard.push(told());
    expect(watch.skewSeconds()).toBe(skew ?? 125);
    // What is overdue is overdue by the clock that is behind.
    expect(watch.patientNow()).toBe(now - Math.max(0, skew ?? 125) * second);
  }
  const differs = ['clock_differs'];
  expect(heard).toEqual([[], [], differs, [], differs, [], [], [], differs, []]);
});
