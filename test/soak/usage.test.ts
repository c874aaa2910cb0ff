import { expect, test } from 'vitest';
import { sampleOf, usageOf } from '../../soak/usage.ts';

const samples = (rss: (index: number) => number, handles: (index: number) => number = () => 30) =>
  Array.from({ length: 400 }, (_, index) => ({
    ...{ probes: index, rssMib: rss(index), handles: handles(index) },
  }));

const settling = samples((index) => (index < 80 ? 60 + index : 140 + (index % 3)));
const growing = samples((index) => 100 + index / 4);
const leaking = samples(
  () => 100,
  (index) => 30 + index / 10,
);

test('memory that has settled after the start is flat', () => {
  const row = usageOf('worker-1', settling, 'usual');
  expect(row).toMatchObject({ process: 'worker-1', probes: 399, isFlat: true });
  expect(row?.quarters.map(({ rssMib }) => rssMib)).toEqual([110, 141, 141, 141]);
});

test.each(['usual', 'long'] as const)('memory or handles that grow are not, in a %s run', (length) => {
  expect(usageOf('worker-1', growing, length)?.isFlat).toBe(false);
  expect(usageOf('worker-1', leaking, length)?.isFlat).toBe(false);
});

test('a long run is compared with its first quarter', () => {
  const first = samples((index) => (index < 100 ? 100 : 150));
  expect(usageOf('worker-1', first, 'usual')?.isFlat).toBe(true);
  expect(usageOf('worker-1', first, 'long')?.isFlat).toBe(false);
});

test('a few samples say nothing', () => {
  expect(usageOf('worker-1', settling.slice(0, 299), 'usual')).toBeNull();
  expect(usageOf('worker-1', settling.slice(0, 11), 'long')).toBeNull();
});

test.skipIf(process.platform !== 'linux')('memory and handles of a process are read from /proc', async () => {
  const sample = await sampleOf(process.pid, 7);
  expect(sample?.probes).toBe(7);
  expect(sample?.rssMib).toBeGreaterThan(10);
  expect(sample?.handles).toBeGreaterThan(2);
  expect(await sampleOf(2 ** 30, 0)).toBeNull();
});
