import { expect, test } from 'vitest';
import type { Happening } from '../../src/flow/journal.ts';
import { createWatchdog, type PlanningPorts } from '../../src/flow/watchdog.ts';
import { now } from '../support/observations.ts';

/** A watchdog with plans and mail that record the calls to them. */
function rig(plans: Partial<PlanningPorts> = {}) {
  const asked: string[] = [];
  const told: Happening[] = [];
  const state = { away: false, steadyMs: 0, fitSinceMs: 0 };
  const watchdog = createWatchdog({
    isAway: () => state.away,
    fitSince: () => state.fitSinceMs,
    steady: () => state.steadyMs,
    planning: {
      nextSweepAt: async () => now + 60_000,
      sweepWaits: async () => false,
      hasJustStepped: () => false,
      mend: async () => false,
      setAside: async () => 0,
      resolvePending: async () => {},
      establish: async () => void asked.push('establish'),
      reschedule: async () => void asked.push('reschedule'),
      clock: () => now,
      journal: (happening) => void told.push(happening),
      ...plans,
    },
    owed: {
      accounts: async () => ['acme', 'umbrella'],
      owes: async (account) => account === 'acme',
      nudge: async (account) => void asked.push(`nudge ${account}`),
    },
  });
  return { watchdog, asked, told, state };
}

test('if all is well, only owed mail is checked', async () => {
  const { watchdog, asked, told } = rig();
  await watchdog.look();
  expect(asked).toEqual(['nudge acme']);
  expect(told).toEqual([]);
});

test('if the schedule is gone, everything else is too: all of it is restored', async () => {
  const { watchdog, asked, told } = rig({ nextSweepAt: async () => null });
  await watchdog.look();
  expect(asked).toEqual(['establish', 'nudge acme']);
  expect(told).toMatchObject([{ kind: 'scheduler_repaired' }]);
});

test('a stopped schedule is recreated, and nothing else', async () => {
  const { watchdog, asked } = rig({ nextSweepAt: async () => now - 3_600_000 });
  await watchdog.look();
  expect(asked).toEqual(['reschedule', 'nudge acme']);
});

test('what was set aside is restored once, whichever process did it', async () => {
  let aside = 0;
  const { watchdog, asked } = rig({ setAside: async () => aside });
  await watchdog.look();
  aside = 2;
  await watchdog.look();
  await watchdog.look();
  expect(asked.filter((what) => what === 'establish')).toHaveLength(1);

  const mending = rig({ mend: async () => true });
  await mending.watchdog.look();
  expect(mending.asked).toEqual(['establish', 'nudge acme']);
});

test('right after a clock step no plan is judged by that clock', async () => {
  const { watchdog, asked } = rig({ nextSweepAt: async () => null, hasJustStepped: () => true });
  await watchdog.look();
  expect(asked).toEqual(['nudge acme']);
});

test('while Redis is away it is not asked', async () => {
  const { watchdog, asked, state } = rig({ nextSweepAt: async () => null });
  state.away = true;
  await watchdog.look();
  expect(asked).toEqual([]);
});

test('it reports that it is stuck after three minutes without a check while Redis is available', async () => {
  const { watchdog, state } = rig();
  state.steadyMs = 180_000;
  expect(watchdog.stuck()).toBeNull();
  state.steadyMs = 180_001;
  expect(watchdog.stuck()).toBe('the watchdog for schedule and mail has not run for 3 minutes');
  state.fitSinceMs = 60_000;
  expect(watchdog.stuck()).toBeNull();
  state.steadyMs = 240_001;
  await watchdog.look();
  expect(watchdog.stuck()).toBeNull();
});
