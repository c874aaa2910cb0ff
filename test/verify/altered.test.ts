import { expect, test } from 'vitest';
import { verifyBundle } from '../../verify/typescript/src/bundle.ts';
import { bundleOf, subtle, trust } from './bundles.ts';

const right = bundleOf();
const outcome = async (bytes: Uint8Array) => (await verifyBundle(bytes, trust, null, subtle)).outcome;

/** The places of all altered bundles that are not refused. */
async function taken(alter: (at: number) => readonly Uint8Array[]): Promise<readonly number[]> {
  const found: number[] = [];
  for (let at = 0; at < right.length; at += 1) {
    for (const altered of alter(at)) if ((await outcome(altered)) === 'accepted') found.push(at);
  }
  return found;
}

test('the bundle itself is accepted', async () => {
  expect(await outcome(right)).toBe('accepted');
});

test('with any bit of any byte flipped it is refused', async () => {
  const flips = (at: number) =>
    [1, 2, 4, 8, 16, 32, 64, 128].map((bit) => {
      const altered = Uint8Array.from(right);
      altered[at] = (altered[at] ?? 0) ^ bit;
      return altered;
    });
  expect(await taken(flips)).toEqual([]);
});

test('with any byte taken away, doubled, or replaced by a dot, LF or NUL it is refused', async () => {
  const others = (at: number) => {
    const [before, after] = [right.subarray(0, at), right.subarray(at + 1)];
    const byte = right.subarray(at, at + 1);
    const replaced = [0x2e, 0x0a, 0x00].filter((value) => value !== byte[0]).map((value) => Buffer.of(value));
    return [
      Buffer.concat([before, after]),
      Buffer.concat([before, byte, byte, after]),
      ...replaced.map((value) => Buffer.concat([before, value, after])),
    ];
  };
  expect(await taken(others)).toEqual([]);
});

test('cut off anywhere it is refused', async () => {
  expect(await taken((at) => [right.subarray(0, at)])).toEqual([]);
});
