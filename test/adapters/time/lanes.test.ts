import { expect, test } from 'vitest';
import { createLanes } from '../../../src/adapters/time/lanes.ts';

test('lanes take turns, however many wait in one of them', async () => {
  const lanes = createLanes();
  const [crowded, other] = [lanes.open(), lanes.open()];
  const order: string[] = [];
  const go = async (lane: () => Promise<void>, name: string) => {
    await lane();
    order.push(name);
  };
  await Promise.all([
    ...['a1', 'a2', 'a3', 'a4'].map((name) => go(crowded, name)),
    ...['b1', 'b2'].map((name) => go(other, name)),
  ]);
  expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4']);
  // Nothing waits: the next one runs at once.
  await other();
});

test('after a piece that blocks, the loop is free for longer than the piece took', async () => {
  const lanes = createLanes();
  const lane = lanes.open();
  const block = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };
  const ends: number[] = [];
  const starts: number[] = [];
  await Promise.all(
    [1, 2, 3].map(async () => {
      await lane();
      starts.push(performance.now());
      block(20);
      ends.push(performance.now());
    }),
  );
  for (const index of [0, 1]) {
    expect((starts[index + 1] ?? 0) - (ends[index] ?? 0)).toBeGreaterThan(60);
  }
});
