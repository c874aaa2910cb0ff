import { expect, test } from 'vitest';
import { fnv1a } from '../../src/core/hash.ts';
import { shareOf } from '../../src/core/share.ts';

const hashes = Array.from({ length: 20_000 }, (_, index) =>
  fnv1a(`account-${index % 20}/api-${index}.example.com`),
);
const sharesAmong = (workers: readonly number[]) => hashes.map((hash) => shareOf(hash, workers));

test('one worker has no share: it has everything', () => {
  expect(shareOf(1, [])).toBeNull();
  expect(shareOf(1, [7])).toBeNull();
});

test('shares are even, however many workers there are', () => {
  for (const count of [2, 3, 10, 16, 64]) {
    const sizes = new Map<number | null, number>();
    for (const share of sharesAmong(Array.from({ length: count }, (_, index) => index + 1))) {
      sizes.set(share, (sizes.get(share) ?? 0) + 1);
    }
    expect(sizes.size).toBe(count);
    const even = hashes.length / count;
    // Five standard deviations of a fair draw.
    const most = 5 * Math.sqrt(even);
    for (const size of sizes.values()) expect(Math.abs(size - even)).toBeLessThan(most);
  }
});

test('they are even at each moment of the interval, which comes from the same hash', () => {
  const early = hashes.filter((hash) => hash % 810_000 < 81_000);
  const ofFirst = early.filter((hash) => shareOf(hash, [1, 2]) === 1).length;
  expect(Math.abs(ofFirst - early.length / 2)).toBeLessThan(2.5 * Math.sqrt(early.length));
});

test('only the domains of a worker that goes change hands, and come back with it', () => {
  const before = sharesAmong([1, 2, 3, 5]);
  const after = sharesAmong([1, 3, 5]);
  for (const [index, share] of before.entries()) {
    if (share !== 2) expect(after[index]).toBe(share);
  }
  // In whichever order they are listed.
  expect(sharesAmong([5, 2, 1, 3])).toEqual(before);
});
