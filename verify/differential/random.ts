/** Choices by chance, the same for the same seed. */
import { generator } from '../../lab/generator.ts';

export interface Random {
  /** From 0 to count - 1. */
  below(count: number): number;
  /** True in this share of all cases. */
  chance(share: number): boolean;
  pick<T>(choices: readonly T[]): T;
}

export function randomOf(seed: number): Random {
  const next = generator(seed);
  const below = (count: number) => Math.floor(next() * count);
  return {
    below,
    chance: (share) => next() < share,
    pick(choices) {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new Error('expected something to choose from');
      return chosen;
    },
  };
}
