import { expect, test } from 'vitest';
import { drawOf } from '../../soak/draw.ts';
import { parseOptions } from '../../soak/options.ts';
import { repeat } from '../../soak/report.ts';

test('the command that a report gives repeats the same soak', () => {
  const args = [
    '--seed',
    '7',
    '--faults',
    '9',
    '--redis',
    'cluster',
    '--only',
    'frozen',
    '--upgrades',
    '--round',
    '3',
  ];
  const options = parseOptions(args);
  const again = repeat(options)
    .replace(/^npm run soak -- /, '')
    .replaceAll('"', '');
  expect(parseOptions(again.split(' '))).toEqual(options);
});

test('a run of so many probes has no limit of faults, and is repeated as one', () => {
  const options = parseOptions(['--probes', '1000000']);
  expect(options).toMatchObject({ probes: 1_000_000, faults: Number.MAX_SAFE_INTEGER });
  expect(parseOptions(repeat(options).split(' ').slice(4))).toEqual(options);
  expect(parseOptions(['--probes', '9', '--faults', '2'])).toMatchObject({ probes: 9, faults: 2 });
});

test.each([
  [['--redis', 'valkey'], '--redis: expected single, sentinel, cluster, found "valkey"'],
  [['--domains', '3'], '--domains: expected a whole number, 8 to 2000, found "3"'],
  [['--faults', 'many'], '--faults: expected a whole number, 1 or more, found "many"'],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

test('draws are the same for a seed and a part, and differ between them', () => {
  const numbers = (seed: number, part: number) => {
    const draw = drawOf(seed, part);
    return Array.from({ length: 8 }, () => draw.below(1_000));
  };
  expect(numbers(1, 2)).toEqual(numbers(1, 2));
  const all = [numbers(1, 1), numbers(1, 2), numbers(2, 1)].map((some) => some.join());
  expect(new Set(all).size).toBe(3);
  const draw = drawOf(1, 1);
  expect(draw.some([1, 2, 3], 5).sort()).toEqual([1, 2, 3]);
  const rows = [
    { name: 'never', weight: 0 },
    { name: 'always', weight: 2 },
  ];
  expect(Array.from({ length: 20 }, () => draw.weighted(rows)?.name)).not.toContain('never');
});
