import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advanceBlind, type SightLook } from '../../src/core/blind-advance.ts';
import { type BlindRecord, isBlinded, sighted } from '../../src/core/blind-incident.ts';
import { latestProbeMs, sightOf, type WatchedDomain } from '../../src/core/sight.ts';
import { now, rules } from '../support/observations.ts';

const minute = 60_000;
const intervalMs = 15 * minute;

/** Probed a minute ago, and last seen `seenMs` ago; 0: it is seen. */
function domain(name: string, seenMs = 0, probedMs = minute): WatchedDomain {
  const lastProbeAt = now - probedMs;
  return {
    domain: name,
    status: { lastProbeAt, lastConclusiveAt: seenMs === 0 ? lastProbeAt : now - seenMs },
  };
}
const names = (count: number, prefix = 'api') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}.example.com`);
const lost = (count: number, seenMs = 30 * minute, prefix = 'api') =>
  names(count, prefix).map((name) => domain(name, seenMs));

function look(
  own: readonly WatchedDomain[],
  others: readonly WatchedDomain[] = [],
  more: Partial<SightLook> = {},
) {
  const at = more.at ?? now;
  const sight = (all: readonly WatchedDomain[]) => sightOf(all, at, intervalMs);
  const base = {
    account: 'acme',
    at,
    intervalMs,
    own: sight(own),
    all: sight([...own, ...others]),
    isIdle: false,
  };
  return { ...base, ...more };
}
const opened = (made: SightLook, unreachableAfter = 3) =>
  advanceBlind(sighted, made, { ...rules, unreachableAfter }).transition?.blind ?? null;

describe('an account is blind', () => {
  test('if all of its domains, on three hosts or more, went out of sight at once', () => {
    expect(opened(look(lost(3)))).toMatchObject({ scope: 'installation', cause: 'nothing_seen', lost: 3 });
    expect(opened(look(lost(2)))).toBeNull();
    const ports = [443, 8443, 9443].map((port) => domain(`api.example.com:${port}`, 30 * minute));
    expect(opened(look(ports))).toBeNull();
  });

  test('alone, if other accounts are seen; the report says so', () => {
    expect(opened(look(lost(40), [domain('other.example.com')]))).toMatchObject({
      scope: 'account',
      lost: 40,
    });
  });

  test('with one domain, if the installation is', () => {
    expect(opened(look(lost(1), lost(3, 30 * minute, 'other')))).toMatchObject({
      ...{ scope: 'installation', domains: 1, lost: 1 },
    });
    expect(opened(look(lost(1), [domain('other.example.com')]))).toBeNull();
  });

  test('not as long as one of its domains is seen', () => {
    expect(opened(look([...lost(40), domain('seen.example.com')]))).toBeNull();
  });

  test('not if the domains went out of sight one after another', () => {
    const days = [1, 2, 3, 4].map((count) => domain(`api${count}.example.com`, count * 24 * 60 * minute));
    expect(opened(look(days))).toBeNull();
    expect(opened(look([...days, ...lost(3)]))).toMatchObject({ lost: 7 });
  });

  test('not by domains that were never seen, or not probed lately', () => {
    const fresh = names(3).map((name) => ({
      domain: name,
      status: { lastProbeAt: now, lastConclusiveAt: 0 },
    }));
    expect(opened(look(fresh))).toBeNull();
    const stale = names(3).map((name) => domain(name, 3 * 60 * minute, latestProbeMs(intervalMs) + 1));
    expect(opened(look(stale))).toBeNull();
  });

  test('half an interval before the first domain may be unreachable, and sooner if that is told sooner', () => {
    expect(opened(look(lost(3, 1.5 * intervalMs - 1)))).toBeNull();
    expect(opened(look(lost(3, 1.5 * intervalMs)))).not.toBeNull();
    expect(opened(look(lost(3, intervalMs)), 2)).not.toBeNull();
  });

  test('if probes are due and none is made', () => {
    const seen = names(2).map((name) => domain(name));
    expect(opened(look(seen, [], { isIdle: true }))).toMatchObject({ cause: 'no_probes', domains: 2 });
    expect(opened(look([], seen, { isIdle: true }))).toBeNull();
  });
});

describe('a blind account', () => {
  const others = lost(5, 30 * minute, 'other');
  const open = (own: readonly WatchedDomain[]) => advanceBlind(sighted, look(own, others), rules).record;
  const step = (before: BlindRecord, made: SightLook) => {
    const { record, transition } = advanceBlind(before, made, rules);
    return { record, told: transition?.transition ?? null, blind: transition?.blind };
  };

  test('is told once, and again as a reminder', () => {
    const record = open(lost(3));
    expect(step(record, look(lost(3), others))).toEqual({ record, told: null });
    const later = now + rules.remindEveryMs;
    const still = lost(3).map(({ domain: name, status }) => ({
      domain: name,
      status: { ...status, lastProbeAt: later - minute },
    }));
    expect(step(record, look(still, others, { at: later })).told).toBe('reminder');
  });

  test('sees again with the first of its domains; the others are told at their next probes', () => {
    const record = open(lost(3));
    const back = step(record, look([...lost(2), domain('api2.example.com')], others));
    expect(back).toMatchObject({ told: 'closed', blind: { seen: 1, lost: 2 } });
    expect(isBlinded(record, now)).toBe(true);
    expect([now - 1, now, now + 1].map((begunAt) => isBlinded(back.record, begunAt))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('of one domain waits for its probe when others see again', () => {
    const record = open(lost(1));
    const seen = [domain('other0.example.com')];
    const returning = step(record, look(lost(1), seen));
    expect(returning.told).toBeNull();
    expect(isBlinded(returning.record, now)).toBe(true);
    const at = now + 5 * minute;
    const probed = [domain('api0.example.com', 30 * minute, -minute)];
    expect(step(returning.record, look(probed, seen, { at }))).toMatchObject({
      told: 'closed',
      blind: { lost: 1 },
    });
    // Its probe may never come.
    const late = now + latestProbeMs(intervalMs) + 1;
    expect(step(returning.record, look(lost(1), seen, { at: late })).told).toBe('closed');
  });

  test('whose domains are gone is not blind any more', () => {
    expect(step(open(lost(3)), look([], others)).told).toBe('closed');
  });

  test('is not blind any more as soon as something is probed, if nothing was', () => {
    const { record } = advanceBlind(sighted, look(lost(1), [], { isIdle: true }), rules);
    expect(step(record, look(lost(1))).told).toBe('closed');
  });
});

/** Sweeps over domains, each at its own moment of the interval, and looks in between; the network is away from `from` to `to`. */
function simulate(offsets: readonly number[], alwaysSeen: number, from: number, to: number, looksAt: number) {
  let record: BlindRecord = sighted;
  const told: string[] = [];
  /** Domains that a notice of their own would be sent for. */
  const alone: number[] = [];
  const states = offsets.map(() => ({
    lastProbeAt: 0,
    lastConclusiveAt: 0,
    failed: 0,
    isOpen: false,
    isTold: false,
  }));
  const events = [
    ...offsets.flatMap((offset, index) =>
      Array.from({ length: 12 }, (_, sweep) => ({ at: (sweep + offset) * intervalMs, index })),
    ),
    ...Array.from({ length: 12 * 6 }, (_, tick) => ({ at: ((tick + looksAt) * intervalMs) / 6, index: -1 })),
  ].sort((a, b) => a.at - b.at);
  for (const { at: since, index } of events) {
    const at = now + since;
    const state = states[index];
    if (state === undefined) {
      const domains = states.map((status, at) => ({ domain: `api${at}.example.com`, status }));
      const all = sightOf(domains, at, intervalMs);
      const next = advanceBlind(
        record,
        { account: 'acme', at, intervalMs, own: all, all, isIdle: false },
        rules,
      );
      record = next.record;
      if (next.transition !== null) told.push(next.transition.transition);
      continue;
    }
    const isSeen = index < alwaysSeen || since < from || since >= to;
    state.lastProbeAt = at;
    state.failed = isSeen ? 0 : state.failed + 1;
    if (isSeen) state.lastConclusiveAt = at;
    if (state.failed >= rules.unreachableAfter && !isBlinded(record, at)) alone.push(index);
  }
  return { told, alone };
}

describe('whatever the moments of the probes', () => {
  const offset = fc.double({ min: 0, max: 0.9, noNaN: true });
  const offsets = fc.array(offset, { minLength: 3, maxLength: 12 });
  const tick = fc.double({ min: 0, max: 1, noNaN: true });
  const start = fc.double({ min: 2, max: 3, noNaN: true });

  test('an outage of everything is two notices, and none of a domain', () => {
    fc.assert(
      fc.property(
        offsets,
        start,
        fc.double({ min: 3, max: 6, noNaN: true }),
        tick,
        (moments, from, lasts, looks) => {
          const { told, alone } = simulate(moments, 0, from * intervalMs, (from + lasts) * intervalMs, looks);
          expect(told).toEqual(['opened', 'closed']);
          expect(alone).toEqual([]);
        },
      ),
    );
  });

  test('an outage of any length is told once or not at all, and of no domain', () => {
    const length = fc.double({ min: 0, max: 6, noNaN: true });
    fc.assert(
      fc.property(offsets, start, length, tick, (moments, from, lasts, looks) => {
        const { told, alone } = simulate(moments, 0, from * intervalMs, (from + lasts) * intervalMs, looks);
        expect([[], ['opened', 'closed']]).toContainEqual(told);
        expect(alone).toEqual([]);
      }),
    );
  });

  test('an outage that leaves one domain in sight is told of each of the others', () => {
    fc.assert(
      fc.property(offsets, start, tick, (moments, from, looks) => {
        const { told, alone } = simulate(moments, 1, from * intervalMs, 20 * intervalMs, looks);
        expect(told).toEqual([]);
        expect(new Set(alone).size).toBe(moments.length - 1);
      }),
    );
  });
});
