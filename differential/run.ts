import type { Case } from './case.ts';
import { type CompareOptions, compare } from './compare.ts';

export interface Outcome {
  readonly cases: number;
  readonly comparisons: number;
  /** How often each known difference explained something. */
  readonly explained: ReadonlyMap<string, number>;
  readonly disagreements: readonly string[];
}

/** Concurrent cases: one processor for the JVM, one for the rest. */
const width = 4;

export async function run(cases: readonly Case[], options: CompareOptions): Promise<Outcome> {
  const queue = cases[Symbol.iterator]();
  const explained = new Map<string, number>();
  const disagreements: string[] = [];
  let comparisons = 0;
  const lane = async () => {
    for (const one of queue) {
      const compared = await compare(one, options);
      comparisons += compared.comparisons;
      disagreements.push(...compared.disagreements);
      for (const name of compared.explained) explained.set(name, (explained.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { cases: cases.length, comparisons, explained, disagreements };
}
