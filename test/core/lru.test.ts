import { expect, test } from 'vitest';
import { createLru } from '../../src/core/lru.ts';

test('the least recently used entry is dropped first', () => {
  const lru = createLru<number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  expect(lru.get('a')).toBe(1);
  lru.set('c', 3);
  expect(['a', 'b', 'c'].map(lru.get)).toEqual([1, undefined, 3]);
  lru.set('a', 4);
  lru.delete('c');
  lru.set('d', 5);
  expect(['a', 'b', 'c', 'd'].map(lru.get)).toEqual([4, undefined, undefined, 5]);
});
