/** Random choices that are the same for the same seed. */
import { generator } from '../lab/generator.ts';

export interface Draw {
  /** A whole number from 0 up to, not including, `count`. */
  below(count: number): number;
  isTrue(chance: number): boolean;
  /** undefined only if the list is empty. */
  one<T>(list: readonly T[]): T | undefined;
  /** `count` of them, or all if there are fewer, each once, in random order. */
  some<T>(list: readonly T[], count: number): T[];
  /** One of them, the likelier the greater its weight. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T | undefined;
}

/** `part` tells the draws of one seed apart. */
export function drawOf(seed: number, part: number): Draw {
  // Numbers that follow each other start alike, so the first few are thrown away.
  const next = generator((Math.imul(seed, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b)) | 0);
  for (let skipped = 0; skipped < 3; skipped += 1) next();
  const below = (count: number) => Math.floor(next() * count);
  return {
    below,
    isTrue: (chance) => next() < chance,
    one: (list) => list[below(list.length)],
    some(list, count) {
      const rest = [...list];
      return Array.from({ length: Math.min(count, rest.length) }, () =>
        rest.splice(below(rest.length), 1),
      ).flat();
    },
    weighted(list) {
      let left = next() * list.reduce((sum, { weight }) => sum + weight, 0);
      return list.find(({ weight }) => {
        left -= weight;
        return left < 0;
      });
    },
  };
}
