import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAged } from '../../src/core/aged.ts';

test('an entry is forgotten once it was not used for so long, and never before', () => {
  const step = fc.record({ name: fc.constantFrom(...'abcdef'), laterMs: fc.nat(400), isSet: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const aged = createAged<number>(1_000);
      const usedAt = new Map<string, number>();
      let now = 0;
      for (const [index, { name, laterMs, isSet }] of steps.entries()) {
        now += laterMs;
        const before = usedAt.get(name);
        if (isSet) aged.set(name, index, now);
        else if (before !== undefined && now - before < 1_000) expect(aged.get(name, now)).toBeDefined();
        else if (aged.get(name, now) === undefined) continue;
        usedAt.set(name, now);
      }
    }),
  );
});

test('what is not used is forgotten within twice the time, whatever else is used', () => {
  const aged = createAged<number>(1_000);
  aged.set('unused', 1, 0);
  for (let now = 0; now < 2_000; now += 100) aged.set('used', now, now);
  expect(aged.get('unused', 2_000)).toBeUndefined();
  expect(aged.get('used', 2_000)).toBe(1_900);
});

test('however many there are, all old ones are forgotten within a round of the others', () => {
  const aged = createAged<string>(1_000);
  for (let at = 0; at < 1_000; at += 1) aged.set(`old ${at}`, 'x', 0);
  for (let at = 0; at < 1_000; at += 1) aged.set(`new ${at}`, 'x', 2_000);
  for (let at = 0; at < 1_000; at += 1) aged.get(`new ${at}`, 2_000);
  for (let at = 0; at < 1_000; at += 1) expect(aged.get(`old ${at}`, 2_000)).toBeUndefined();
  expect(aged.get('new 0', 2_000)).toBe('x');
});

test('a clock that was set back does not keep anything for ever, and what is deleted is gone', () => {
  const aged = createAged<number>(1_000);
  aged.set('ahead', 1, 1_000_000);
  aged.set('other', 1, 0);
  for (let now = 0; now < 10; now += 1) aged.get('other', now);
  expect(aged.get('ahead', 10)).toBeUndefined();
  aged.delete('other');
  expect(aged.get('other', 10)).toBeUndefined();
});
