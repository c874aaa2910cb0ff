import { expect, test } from 'vitest';
import { bringForward } from '../../src/flow/bring-forward.ts';
import type { Happening } from '../../src/flow/journal.ts';
import { now } from '../support/observations.ts';

const minute = 60_000;
const quarter = 15 * minute;

async function look(next: number | null, strictly: boolean, far = 0, intervalMs = quarter) {
  const happenings: Happening[] = [];
  const limits: number[] = [];
  let restarts = 0;
  const found = await bringForward(intervalMs, strictly, {
    nextSweepAt: async () => next,
    restart: async () => {
      restarts += 1;
    },
    replan: async (aheadMs) => {
      limits.push(aheadMs);
      return far;
    },
    clock: () => now,
    journal: (happening) => happenings.push(happening),
  });
  return { found, restarts, happenings, limits };
}

test('a next sweep within an interval is left alone, and a missing one is handled elsewhere', async () => {
  for (const next of [null, now - 120 * minute, now, now + quarter]) {
    expect(await look(next, true)).toMatchObject({ found: false, restarts: 0, happenings: [] });
  }
});

test('one that is further ahead is restarted, and reported', async () => {
  expect(await look(now + 125 * minute, false)).toMatchObject({
    found: true,
    restarts: 1,
    happenings: [
      {
        kind: 'scheduler_repaired',
        reason: 'the next sweep was due in 2h5m: the clock that planned it was ahead of this one',
      },
    ],
  });
});

test('what two differing clocks explain is left alone, unless this one has just been set', async () => {
  expect((await look(now + quarter + 5 * minute, false)).restarts).toBe(0);
  expect((await look(now + quarter + 5 * minute, true)).restarts).toBe(1);
  // However long the interval is, no domain misses two rounds.
  expect((await look(now + 6 * minute, false, 0, minute)).restarts).toBe(1);
  expect((await look(now + 2 * minute, false, 0, minute)).restarts).toBe(0);
});

test('jobs that are due further ahead are rescheduled by the same rule, and reported', async () => {
  const { found, happenings, limits } = await look(now, false, 7);
  expect(found).toBe(true);
  expect(limits).toEqual([quarter + 10 * minute]);
  expect(happenings).toEqual([{ kind: 'jobs_replanned', jobs: 7 }]);
});
