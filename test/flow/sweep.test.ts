import { expect, test } from 'vitest';
import type { Batch } from '../../src/flow/batches.ts';
import type { Happening } from '../../src/flow/journal.ts';
import type { DomainRef } from '../../src/flow/probe-store.ts';
import { type SweptDomain, sweep } from '../../src/flow/sweep.ts';
import { now } from '../support/observations.ts';

const never = new AbortController().signal;
const interval = 900_000;

/** One round over these, in batches of 1,000, started `lateMs` after its slot. */
async function plan(
  domains: readonly SweptDomain[],
  { slot = now, lateMs = 0, signal = never, workers = [] as readonly number[] } = {},
) {
  const batches: Batch[] = [];
  const first: DomainRef[] = [];
  const happenings: Happening[] = [];
  let startedAt = 0;
  await sweep(
    slot,
    interval,
    {
      async *domains() {
        for (let start = 0; start < domains.length; start += 1_000) yield domains.slice(start, start + 1_000);
      },
      count: async () => domains.length,
      enqueue: async (some) => {
        batches.push(...some);
      },
      enqueueFirst: async (refs) => {
        first.push(...refs);
      },
      workers: async () => workers,
      startedAt: async (at) => {
        startedAt = at;
      },
      clock: () => slot + lateMs,
      journal: (happening) => happenings.push(happening),
    },
    signal,
  );
  // In the order of the domains, whichever batch they are in.
  const delays = new Map(
    batches.flatMap((batch) =>
      batch.domains.map(({ account, domain, afterMs }) => [`${account}/${domain}`, batch.delayMs + afterMs]),
    ),
  );
  const delaysMs = domains.map(({ account, domain }) => delays.get(`${account}/${domain}`));
  return { batches, first, delaysMs, happenings, startedAt };
}

const domains = (count: number, lastProbeAt: number): SweptDomain[] =>
  Array.from({ length: count }, (_, index) => ({
    account: `account-${index % 7}`,
    domain: `api-${index}.example.com`,
    lastProbeAt,
    slow: false,
  }));

test('a domain has the same time in every round, exactly an interval apart', async () => {
  const known = domains(200, now - 1_000);
  const first = await plan(known);
  const second = await plan(known, { slot: now + interval, lateMs: 0 });
  expect(second.delaysMs).toEqual(first.delaysMs);
  // A round that starts late makes up for it, as far as it can.
  const late = await plan(known, { slot: now + interval, lateMs: 5_000 });
  expect(late.delaysMs).toEqual(first.delaysMs.map((delayMs) => Math.max(0, Number(delayMs) - 5_000)));
  expect(first.batches.every(({ sweep: of, lane }) => of === String(now) && lane === 'ready')).toBe(true);
  // One that still waits when the next round is planned is recognised by its name.
  const names = ({ batches }: { readonly batches: readonly Batch[] }) => batches.map(({ name }) => name);
  expect(names(second)).toEqual(names(first));
  expect(new Set(names(first)).size).toBe(first.batches.length);
  expect(first.startedAt).toBe(now);
});

test('10,000 domains are spread evenly, and leave the last ones time to end before the next round', async () => {
  const { batches, delaysMs, happenings } = await plan(domains(10_000, now - 1_000));
  const delays = delaysMs.map(Number);
  // Most batches are nearly full, and none spans more than a minute: what was loaded for it is as old by then.
  expect(batches.length).toBeLessThan(10_000 / 25);
  expect(Math.max(...batches.map(({ domains: of }) => of.length))).toBe(50);
  expect(Math.max(...batches.map(({ domains: of }) => of.at(-1)?.afterMs ?? 0))).toBeLessThanOrEqual(60_000);
  for (const { domains: of } of batches) {
    expect(of[0]?.afterMs).toBe(0);
    expect(of.map(({ afterMs }) => afterMs)).toEqual(of.map(({ afterMs }) => afterMs).sort((a, b) => a - b));
  }
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
  const planOf = async (lastProbeAt: number, slow = false) => {
    const { batches, first, happenings } = await plan([{ ...ref, lastProbeAt, slow }]);
    const late = happenings.flatMap((happening) => (happening.kind === 'swept' ? [happening.late] : []))[0];
    const [batch] = batches;
    return { first: first.length, lane: batch?.lane, delayMs: batch?.delayMs, late };
  };
  expect(await planOf(0)).toEqual({ first: 1, late: 0 });
  expect(await planOf(now - 2 * interval - 60_001)).toEqual({ first: 0, lane: 'ready', delayMs: 0, late: 1 });
  const usual = await planOf(now - 2 * interval);
  expect(usual).toMatchObject({ first: 0, lane: 'ready', late: 0 });
  expect(usual.delayMs).toBeGreaterThan(0);
  // One that waited for deadlines keeps its moment, apart from those that answer.
  expect(await planOf(now - interval, true)).toEqual({ ...usual, lane: 'slow' });
});

test('after the clock was set back a round begins now, and domains whose last probe is in the future have their own job', async () => {
  const ahead = 2 * 3_600_000;
  const known = domains(200, now - 1_000);
  const right = await plan(known);
  // The slot is of the clock that was ahead.
  const slotAhead = await plan(known, { slot: now, lateMs: -ahead });
  expect(slotAhead.delaysMs).toEqual(right.delaysMs);
  const probedAhead = await plan(domains(200, now + ahead));
  expect(probedAhead.batches.every(({ name }) => name.startsWith('late '))).toBe(true);
  // At their own moments: they are all of the domains, and not few that were forgotten.
  expect(probedAhead.delaysMs).toEqual(right.delaysMs);
});

test('two clocks that differ by five minutes do not change when a domain is probed', async () => {
  const skew = 300_000;
  const known = domains(200, now + skew - 1_000);
  const right = await plan(known);
  expect(right.batches.some(({ name }) => name.startsWith('late '))).toBe(false);
  // Promoted by the worker that is ahead, planned by the other: at the same moment for the one that is ahead.
  const other = await plan(known, { slot: now, lateMs: -skew });
  expect(other.delaysMs.map((delayMs) => Number(delayMs) - skew)).toEqual(right.delaysMs);
});

test('a round that is cancelled stops before the next batch', async () => {
  const stopping = new AbortController();
  stopping.abort(new Error('shutting down'));
  await expect(plan(domains(10, 0), { signal: stopping.signal })).rejects.toThrow('shutting down');
});

test('with several workers each domain is in the batches of one of them, the same in every round', async () => {
  const known = domains(3_000, now - 1_000);
  const sharesOf = ({ batches }: { readonly batches: readonly Batch[] }) =>
    new Map(
      batches.flatMap(({ worker, domains: some }) =>
        some.map(({ account, domain }) => [`${account}/${domain}`, worker]),
      ),
    );
  const first = await plan(known, { workers: [1, 2, 4] });
  const second = await plan(known, { workers: [1, 2, 4], slot: now + interval });
  expect(sharesOf(second)).toEqual(sharesOf(first));
  expect(new Set(sharesOf(first).values())).toEqual(new Set([1, 2, 4]));
  // The moments stay as they were when there was one worker, whose batches are for any.
  const alone = await plan(known, { workers: [1] });
  expect(first.delaysMs).toEqual(alone.delaysMs);
  expect(new Set(sharesOf(alone).values())).toEqual(new Set([null]));
  // Batches are about as full as with a third of the domains and one worker.
  const third = await plan(domains(1_000, now - 1_000));
  expect(3_000 / first.batches.length).toBeGreaterThan((0.8 * 1_000) / third.batches.length);
});

test('a domain that is late, or waits for deadlines, is for any worker', async () => {
  const [one] = domains(1, now - 1_000);
  const [late] = domains(1, now - 3 * interval);
  if (one === undefined || late === undefined) throw new Error('unreachable: there is one of each');
  const workers = [1, 2];
  for (const domain of [{ ...one, slow: true }, late]) {
    expect((await plan([domain], { workers })).batches.map(({ worker }) => worker)).toEqual([null]);
  }
});
