import { expect, test } from 'vitest';
import { fuzzPins } from '../../../fuzz/pins/run.ts';

test('texts with faults: no crash, and every answer makes sense', () => {
  const { wrong, accepted, texts } = fuzzPins(1, 10_000);
  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThan(texts / 20);
}, 120_000);
