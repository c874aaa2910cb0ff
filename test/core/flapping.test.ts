import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newLeaf } from '../support/observations.ts';
import { bad, dead, good, hour, minute, watch } from './incident-rig.ts';

type Watch = ReturnType<typeof watch>;

/** Probes every minute until something is told. */
function until(domain: Watch, what: typeof good, wanted: string, most = 200): number {
  for (let probes = 1; probes <= most; probes += 1) {
    const told = domain.probe(what, { after: minute });
    if (told.includes(wanted)) return probes;
    expect(told).toEqual([]);
  }
  throw new Error(`expected "${wanted}" within ${most} probes`);
}
const last = (domain: Watch) => domain.told.at(-1);

/** Unreachable after three sweeps, and back with the next. */
function flap(domain: Watch, times: number): string[] {
  const told: string[] = [];
  for (let time = 0; time < times; time += 1) {
    for (let sweep = 0; sweep < 3; sweep += 1) told.push(...domain.probe(dead, { after: minute }));
    told.push(...domain.probe(good, { after: minute }));
  }
  return told;
}

describe('a domain that goes and comes', () => {
  test('is told three times, then once as flapping, and once more when it has been calm for an hour', () => {
    const domain = watch();
    const told = flap(domain, 5);
    const pair = ['unreachable opened', 'unreachable closed'];
    expect(told).toEqual([...pair, ...pair, ...pair, 'unreachable opened']);
    expect(last(domain)).toMatchObject({
      flapping: { openings: 4, between: ['connection_timeout'], isCalm: false },
    });
    const { incident, flapping } = last(domain) ?? {};
    expect(flapping?.since).toBe(domain.told[0]?.at);
    for (let passed = minute; passed < hour; passed += minute) {
      expect(domain.probe(good, { after: minute })).toEqual([]);
      expect(domain.state.incidents.unreachable).toBeDefined();
    }
    expect(domain.probe(good, { after: minute })).toEqual(['unreachable closed']);
    expect(last(domain)).toMatchObject({ incident, flapping: { openings: 5, isCalm: true } });
    expect(domain.state).toMatchObject({ incidents: {} });
    expect(domain.state.openings).toBeUndefined();
    expect(flap(domain, 1)).toEqual(pair);
    expect(last(domain)?.flapping).toBeUndefined();
  });

  test('that stays away is told to be calm and still open', () => {
    const domain = watch();
    flap(domain, 4);
    for (let sweep = 0; sweep < 60; sweep += 1) expect(domain.probe(dead, { after: minute })).toEqual([]);
    expect(domain.probe(dead, { after: minute })).toEqual(['unreachable changed']);
    expect(last(domain)?.flapping).toMatchObject({ isCalm: true });
    expect(domain.state.incidents.unreachable?.flapping).toBeUndefined();
    expect(domain.probe(good, { after: minute })).toEqual(['unreachable closed']);
    expect(last(domain)?.flapping).toBeUndefined();
  });

  test('less often than four times in an hour does not flap', () => {
    const domain = watch();
    for (let time = 0; time < 8; time += 1) {
      expect(flap(domain, 1)).toEqual(['unreachable opened', 'unreachable closed']);
      domain.probe(good, { after: 16 * minute });
    }
  });

  test('goes on with reminders, and while muted says nothing', () => {
    const domain = watch();
    flap(domain, 4);
    const told: string[] = [];
    for (let passed = 0; passed < 25 * hour; passed += 30 * minute) {
      told.push(...domain.probe(dead, { after: 29 * minute }), ...domain.probe(good, { after: minute }));
    }
    expect(told).toEqual(['unreachable reminder']);
    for (let passed = 0; passed < 2 * hour; passed += 30 * minute) {
      expect(domain.probe(dead, { after: 30 * minute, muted: true })).toEqual([]);
    }
    expect(domain.probe(dead, { after: minute })).toEqual(['unreachable changed']);
  });

  test('muted, counts nothing that was not told', () => {
    const domain = watch();
    for (let time = 0; time < 5; time += 1) {
      for (let sweep = 0; sweep < 3; sweep += 1) domain.probe(dead, { after: minute, muted: true });
      domain.probe(good, { after: minute, muted: true });
    }
    expect(domain.told).toEqual([]);
    expect(flap(domain, 1)).toEqual(['unreachable opened', 'unreachable closed']);
  });
});

describe('a mismatch that comes and goes', () => {
  test('is never swallowed: it stays open, and the notice names the key', () => {
    const domain = watch();
    for (let time = 0; time < 3; time += 1) {
      until(domain, bad, 'pin_mismatch opened');
      until(domain, good, 'pin_mismatch closed');
    }
    until(domain, bad, 'pin_mismatch opened');
    expect(last(domain)?.flapping?.between).toEqual(['pin_mismatch', newLeaf.pin]);
    until(domain, good, 'pin_mismatch closed');
    expect(last(domain)?.flapping).toMatchObject({ isCalm: true });
  });
});

describe('whatever a domain does', () => {
  const seeing = { good, bad, dead } as const;
  const act = fc.record({
    see: fc.constantFrom('good', 'bad', 'dead'),
    times: fc.integer({ min: 1, max: 6 }),
    after: fc.integer({ min: 1, max: 20 }),
  });

  test('each opening is told with its end, no more than four open in an hour, and the last word is true', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.constantFrom('good', 'dead'), (acts, ending) => {
        const domain = watch();
        const probe = (see: keyof typeof seeing, after: number) =>
          domain.probe(seeing[see], { after: after * minute });
        for (const { see, times, after } of acts)
          for (let time = 0; time < times; time += 1) probe(see, after);
        // Long enough for whatever closes slowly.
        for (let passed = 0; passed < 30 * 60; passed += 20) probe(ending, 20);

        for (const kind of ['pin_mismatch', 'unreachable'] as const) {
          const told = domain.told.filter((one) => one.kind === kind);
          let open: string | null = null;
          for (const { transition, incident } of told) {
            expect(open).toBe(transition === 'opened' ? null : incident);
            open = transition === 'closed' ? null : incident;
          }
          const opened = told
            .filter(({ transition }) => transition === 'opened')
            .map(({ at }) => Date.parse(at));
          for (const [index, at] of opened.entries())
            expect((opened[index + 4] ?? Infinity) - at).toBeGreaterThan(hour);
          const { incidents } = domain.state;
          expect(open).toBe(incidents[kind]?.id ?? null);
          if (ending === 'good') expect(open).toBeNull();
          if (kind === 'unreachable' && ending === 'dead') expect(open).not.toBeNull();
          // What has been the same for an hour flaps no longer.
          if (kind === 'unreachable') expect(incidents[kind]?.flapping).toBeUndefined();
        }
      }),
      { numRuns: 60 },
    );
  });
});
