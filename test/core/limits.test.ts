import { expect, test } from 'vitest';
import { defaultLimits, limitNames, limitsOf, limitText } from '../../src/core/limits.ts';

test('an account has the default limits, except for its own', () => {
  expect(limitsOf({})).toEqual(defaultLimits);
  expect(limitsOf({ limits: { domains: 3 } })).toEqual({ ...defaultLimits, domains: 3 });
});

test('fit 10,000 domains with ten pins each', () => {
  expect(defaultLimits.domains).toBeGreaterThanOrEqual(10_000);
  expect(defaultLimits.pins).toBeGreaterThanOrEqual(100_000);
  expect(defaultLimits.storedBytes / 10_000).toBeGreaterThan(6_000);
});

test.each(limitNames)('%s is reported with its name and its value', (name) => {
  const text = limitText({ name, value: 7 });
  expect(text).toContain(name);
  expect(text).toContain('7');
});
