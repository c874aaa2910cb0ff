import { expect, test } from 'vitest';
import { sampleOf, usageOf } from '../../soak/usage.ts';

const samples = (rss: (index: number) => number, handles: (index: number) => number = () => 30) =>
  Array.from({ length: 40 }, (_, index) => ({ probes: index, rssMib: rss(index), handles: handles(index) }));

test('memory that has settled after the start is flat', () => {
  const row = usageOf(
    'worker-1',
    samples((index) => (index < 8 ? 60 + index * 10 : 140 + (index % 3))),
  );
  expect(row).toMatchObject({ process: 'worker-1', probes: 39, isFlat: true, late: { rssMib: 141 } });
});

test('memory or handles that grow are not', () => {
  expect(
    usageOf(
      'worker-1',
      samples((index) => 100 + index * 4),
    )?.isFlat,
  ).toBe(false);
  const leaks = samples(
    () => 100,
    (index) => 30 + index,
  );
  expect(usageOf('worker-1', leaks)?.isFlat).toBe(false);
});

test('a few samples say nothing', () => {
  expect(usageOf('worker-1', samples(() => 100).slice(0, 5))).toBeNull();
});

test.skipIf(process.platform !== 'linux')('memory and handles of a process are read from /proc', async () => {
  const sample = await sampleOf(process.pid, 7);
  expect(sample?.probes).toBe(7);
  expect(sample?.rssMib).toBeGreaterThan(10);
  expect(sample?.handles).toBeGreaterThan(2);
  expect(await sampleOf(2 ** 30, 0)).toBeNull();
});
