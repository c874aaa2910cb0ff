import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chance, type Told, type Weather, watchBalancer } from './balancer.ts';

const aDay = 96;

const lasting = (weather: Weather, sweeps: number): Weather[] =>
  Array.from({ length: sweeps }, () => weather);
/** The same runs each time: a rate is asserted, which must not depend on chance. */
const watched = (weathers: readonly Weather[], runs = 100, isOver?: (told: readonly Told[]) => boolean) =>
  Array.from({ length: runs }, (_, run) => watchBalancer(weathers, chance(1_000_003 * (run + 1)), isOver));
const has = (told: readonly Told[], transition: string, within = Number.POSITIVE_INFINITY) =>
  told.some((one) => one.transition === transition && one.sweep < within);

describe('servers behind one address, of which some show a key that is not pinned', () => {
  test('1 in 4 is told within 24 sweeps, 1 in 10 within a day', () => {
    const isTold = (told: readonly Told[]) => has(told, 'opened');
    const one = (bad: number, sweeps: number) =>
      watched(lasting({ bad, dropped: 0 }, sweeps), 100, isTold).filter(({ told }) => isTold(told)).length;
    expect(one(25, 24)).toBeGreaterThanOrEqual(99);
    expect(one(10, aDay)).toBeGreaterThanOrEqual(99);
  });

  test.each([
    ['1 in 20', { bad: 5, dropped: 0 }],
    ['1 in 10', { bad: 10, dropped: 0 }],
    ['1 in 4', { bad: 25, dropped: 0 }],
    ['half', { bad: 50, dropped: 0 }],
    ['9 in 10', { bad: 90, dropped: 0 }],
    ['1 in 4, with many broken connections', { bad: 25, dropped: 40 }],
    ['half, with many broken connections', { bad: 50, dropped: 40 }],
    ['9 in 10, with many broken connections', { bad: 90, dropped: 40 }],
  ])('%s: no recovery is told in a day', (_, weather) => {
    const recovered = watched(lasting(weather, aDay), 50).filter(({ told }) => has(told, 'closed'));
    expect(recovered.length).toBeLessThanOrEqual(1);
  });

  test('a rate too low to be excluded by 200 connections is told as over at most once in twenty days', () => {
    const recovered = watched(lasting({ bad: 2.5, dropped: 0 }, aDay), 40).filter(({ told }) =>
      has(told, 'closed'),
    );
    expect(recovered.length).toBeLessThanOrEqual(2);
  });

  test.each([
    ['all', 100, 1],
    ['9 in 10', 90, 8],
    ['half', 50, 8],
    ['1 in 4', 25, 12],
    ['1 in 10', 10, 72],
  ])('%s, and then none: the recovery is told', (_, bad, sweeps) => {
    const weathers = [...lasting({ bad, dropped: 0 }, 60), ...lasting({ bad: 0, dropped: 0 }, sweeps)];
    for (const { told } of watched(weathers, 20)) expect(told.at(-1)?.transition).toBe('closed');
  });
});

const weather = fc.record({
  bad: fc.constantFrom(0, 0, 5, 25, 50, 100),
  dropped: fc.constantFrom(0, 0, 20, 60, 100),
});
const weathers = fc.array(
  fc.tuple(weather, fc.integer({ min: 1, max: 40 })).map(([one, sweeps]) => lasting(one, sweeps)),
  { minLength: 1, maxLength: 5 },
);

test('nothing is told while every completed handshake matches, whatever else breaks off', () => {
  fc.assert(
    fc.property(weathers, fc.nat(), (phases, seed) => {
      const calm = phases.flat().map(({ dropped }) => ({ bad: 0, dropped }));
      expect(watchBalancer(calm, chance(seed)).told).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('what is not seen closes nothing', () => {
  fc.assert(
    fc.property(weathers, fc.nat(), (phases, seed) => {
      const { told } = watchBalancer(
        [...lasting({ bad: 100, dropped: 0 }, 1), ...phases.flat().map(() => ({ bad: 0, dropped: 100 }))],
        chance(seed),
      );
      expect(has(told, 'opened')).toBe(true);
      expect(has(told, 'closed')).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('a sighting alone opens nothing, and the recovery of an untold problem is not told', () => {
  fc.assert(
    fc.property(weathers, fc.nat(), (phases, seed) => {
      const { told, mismatched } = watchBalancer(phases.flat(), chance(seed));
      if (mismatched < 2) expect(told).toEqual([]);
      let isOpen = false;
      for (const { transition } of told) {
        expect(isOpen).toBe(transition !== 'opened');
        isOpen = transition !== 'closed';
      }
    }),
    { numRuns: 200 },
  );
});
