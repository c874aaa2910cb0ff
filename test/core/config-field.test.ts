import { expect, test } from 'vitest';
import { fieldOf, mostInField } from '../../src/core/config-field.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-27T00:00:00Z');
const version = (number: number, daysAgo: number) => ({
  version: number,
  at: new Date(now - daysAgo * day).toISOString(),
});
const numbers = (versions: readonly { readonly version: number }[]) => versions.map((one) => one.version);

test('a version is in the field for so long after the next one was published', () => {
  const versions = [version(5, 1), version(4, 10), version(3, 29), version(2, 31), version(1, 90)];
  const rules = { now, fieldForMs: 30 * day };
  // 2 was replaced 29 days ago, however long before it was published; 1 was replaced 31 days ago.
  expect(numbers(fieldOf(versions, 5, rules))).toEqual([4, 3, 2]);
  expect(numbers(fieldOf(versions, 5, { now: now + 2 * day, fieldForMs: 30 * day }))).toEqual([4, 3]);
  expect(fieldOf(versions, 5, { now, fieldForMs: 0 })).toEqual([]);
  expect(fieldOf([version(1, 0)], 1, rules)).toEqual([]);
});

test('a version that no app holds any more leaves earlier', () => {
  const versions = [version(3, 1), version(2, 2), version(1, 3)];
  const isRetired = (number: number) => number === 1;
  expect(numbers(fieldOf(versions, 3, { now, fieldForMs: 30 * day, isRetired }))).toEqual([2]);
});

test('the number is bounded', () => {
  const versions = Array.from({ length: 50 }, (_, index) => version(50 - index, index / 50));
  expect(fieldOf(versions, 50, { now, fieldForMs: 30 * day })).toHaveLength(mostInField);
});
