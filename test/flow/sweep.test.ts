import { expect, test } from 'vitest';
import type { Happening } from '../../src/flow/journal.ts';
import { type PlannedProbe, type SweptDomain, sweep } from '../../src/flow/sweep.ts';
import { now } from '../support/observations.ts';

const never = new AbortController().signal;
const interval = 900_000;

/** One round over these, in batches of 1,000, started `lateMs` after its slot. */
async function plan(domains: readonly SweptDomain[], { slot = now, lateMs = 0, signal = never } = {}) {
  const planned: PlannedProbe[] = [];
  const happenings: Happening[] = [];
  let startedAt = 0;
  await sweep(
    slot,
    interval,
    {
      async *domains() {
        for (let start = 0; start < domains.length; start += 1_000) yield domains.slice(start, start + 1_000);
      },
      enqueue: async (probes) => {
        planned.push(...probes);
      },
      startedAt: async (at) => {
        startedAt = at;
      },
      clock: () => slot + lateMs,
      journal: (happening) => happenings.push(happening),
    },
    signal,
  );
  return { planned, happenings, startedAt };
}

const domains = (count: number, lastProbeAt: number): SweptDomain[] =>
  Array.from({ length: count }, (_, index) => ({
    account: `account-${index % 7}`,
    domain: `api-${index}.example.com`,
    lastProbeAt,
  }));

test('a domain has the same time in every round, exactly an interval apart', async () => {
  const known = domains(200, now - 1_000);
  const first = await plan(known);
  const second = await plan(known, { slot: now + interval, lateMs: 0 });
  expect(second.planned.map(({ delayMs }) => delayMs)).toEqual(first.planned.map(({ delayMs }) => delayMs));
  // A round that starts late catches up as far as it can.
  const late = await plan(known, { slot: now + interval, lateMs: 5_000 });
  expect(late.planned.map(({ delayMs }) => delayMs)).toEqual(
    first.planned.map(({ delayMs }) => Math.max(0, delayMs - 5_000)),
  );
  expect(first.planned.every(({ sweep: of, sort }) => of === String(now) && sort === 'scheduled')).toBe(true);
  expect(first.startedAt).toBe(now);
});

test('10,000 domains are spread evenly, and the last ones have time to end before the next round', async () => {
  const { planned, happenings } = await plan(domains(10_000, now - 1_000));
  const delays = planned.map(({ delayMs }) => delayMs);
  expect(Math.max(...delays)).toBeLessThan(interval * 0.9);
  const minutes = Array<number>(14).fill(0);
  for (const delay of delays)
    minutes[Math.floor(delay / 60_000)] = (minutes[Math.floor(delay / 60_000)] ?? 0) + 1;
  // 13.5 minutes of 741 each; the last half minute apart. Five standard deviations are 136.
  for (const count of minutes.slice(0, 13)) expect(Math.abs(count - 741)).toBeLessThan(136);
  // No second is crowded: 12.3 on average.
  const seconds = new Map<number, number>();
  for (const delay of delays)
    seconds.set(Math.floor(delay / 1_000), (seconds.get(Math.floor(delay / 1_000)) ?? 0) + 1);
  expect(Math.max(...seconds.values())).toBeLessThan(40);
  expect(happenings).toEqual([{ kind: 'swept', sweep: String(now), domains: 10_000, late: 0, seconds: 0 }]);
});

test('a domain that was never probed comes at once, and so does one that two rounds have missed', async () => {
  const ref = { account: 'acme', domain: 'api.example.com' };
  const sortOf = async (lastProbeAt: number) => {
    const { planned, happenings } = await plan([{ ...ref, lastProbeAt }]);
    const late = happenings.flatMap((happening) => (happening.kind === 'swept' ? [happening.late] : []))[0];
    return { sort: planned[0]?.sort, delayMs: planned[0]?.delayMs, late };
  };
  expect(await sortOf(0)).toEqual({ sort: 'first', delayMs: 0, late: 0 });
  expect(await sortOf(now - 2 * interval - 60_001)).toEqual({ sort: 'late', delayMs: 0, late: 1 });
  expect(await sortOf(now - 2 * interval)).toMatchObject({ sort: 'scheduled', late: 0 });
});

test('after the clock was set back a round begins now, and domains whose last probe is in the future have their own job', async () => {
  const ahead = 2 * 3_600_000;
  const known = domains(200, now - 1_000);
  const right = await plan(known);
  // The slot is of the clock that was ahead.
  const slotAhead = await plan(known, { slot: now, lateMs: -ahead });
  expect(slotAhead.planned.map(({ delayMs }) => delayMs)).toEqual(
    right.planned.map(({ delayMs }) => delayMs),
  );
  const probedAhead = await plan(domains(200, now + ahead));
  expect(probedAhead.planned.every(({ sort }) => sort === 'late')).toBe(true);
  // At their usual times: these are all domains, not a few forgotten ones.
  expect(probedAhead.planned.map(({ delayMs }) => delayMs)).toEqual(
    right.planned.map(({ delayMs }) => delayMs),
  );
});

test('two clocks that differ by five minutes do not change when a domain is probed', async () => {
  const skew = 300_000;
  const known = domains(200, now + skew - 1_000);
  const right = await plan(known);
  expect(right.planned.every(({ sort }) => sort === 'scheduled')).toBe(true);
  // Promoted by the worker that is ahead, planned by the other: at the same time for the one that is ahead.
  const other = await plan(known, { slot: now, lateMs: -skew });
  expect(other.planned.map(({ delayMs }) => delayMs - skew)).toEqual(
    right.planned.map(({ delayMs }) => delayMs),
  );
});

test('a round that is cancelled stops before the next batch', async () => {
  const stopping = new AbortController();
  stopping.abort(new Error('shutting down'));
  await expect(plan(domains(10, 0), { signal: stopping.signal })).rejects.toThrow('shutting down');
});
