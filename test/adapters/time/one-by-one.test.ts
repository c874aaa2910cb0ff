import { expect, test } from 'vitest';
import { createOneByOne } from '../../../src/adapters/time/one-by-one.ts';

test('one caller comes through in each round of the loop, in order', async () => {
  const turn = createOneByOne();
  const order: string[] = [];
  let round = 0;
  let counts = true;
  const count = () => {
    round += 1;
    if (counts) setImmediate(count);
  };
  setImmediate(count);
  const calls = ['a', 'b', 'c'].map(async (name) => {
    await turn();
    order.push(`${name}${round}`);
  });
  await Promise.all(calls);
  counts = false;
  expect(order.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  expect(new Set(order.map((one) => one.slice(1))).size).toBe(3);
  // Nobody waits: the next comes through by itself.
  await turn();
});
