import { expect, test } from 'vitest';
import type { Happening } from '../../src/flow/journal.ts';
import { watchSchedule } from '../../src/flow/watch-schedule.ts';
import { now } from '../support/observations.ts';

async function watch(next: number | null, waits = false) {
  const restored: boolean[] = [];
  const happenings: Happening[] = [];
  await watchSchedule({
    nextSweepAt: async () => next,
    sweepWaits: async () => waits,
    restore: async (afresh) => {
      restored.push(afresh);
    },
    clock: () => now,
    journal: (happening) => happenings.push(happening),
  });
  return { restored, happenings };
}

test('a sweep in the future, or at most a minute late, is left alone', async () => {
  for (const next of [now + 900_000, now, now - 60_000]) {
    expect(await watch(next)).toEqual({ restored: [], happenings: [] });
  }
});

test('a missing schedule is stored again, and reported', async () => {
  expect(await watch(null)).toEqual({
    restored: [false],
    happenings: [{ kind: 'scheduler_repaired', reason: 'no scheduler was stored' }],
  });
});

test('a stopped schedule is recreated, and reported', async () => {
  const { restored, happenings } = await watch(now - 60_001);
  expect(restored).toEqual([true]);
  expect(happenings).toMatchObject([
    { kind: 'scheduler_repaired', reason: 'the next sweep has been overdue since 2026-11-22T04:09:53.999Z' },
  ]);
});

test('one whose job only needs a worker is left alone, and reported each time', async () => {
  expect(await watch(now - 60_001, true)).toEqual({
    restored: [],
    happenings: [{ kind: 'sweep_unclaimed', since: '2026-11-22T04:09:53.999Z' }],
  });
  expect(await watch(now - 60_000, true)).toEqual({ restored: [], happenings: [] });
});
