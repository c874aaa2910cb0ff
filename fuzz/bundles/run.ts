import { webcrypto } from 'node:crypto';
import { mutant } from '../../verify/differential/mutant.ts';
import { verifyBundle } from '../../verify/typescript/src/bundle.ts';
import { channel, root, spareRoot } from '../../verify/vectors/generator/bundle.ts';
import { problemOf } from './plausible.ts';

export interface BundleOutcome {
  /** How often each outcome came. */
  readonly counts: ReadonlyMap<string, number>;
  /** Seeds of bundles that were accepted although they should not be. */
  readonly wrong: readonly string[];
  /** The CPU that one bundle took at most, in milliseconds. */
  readonly longestMs: number;
}

const trust = { roots: [root.point, spareRoot.point], audience: channel };

/** `runs` seeds from `from` on. Rejects with the seed of a bundle that the verifier throws for. */
export async function fuzzBundles(from: number, runs: number): Promise<BundleOutcome> {
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  let longestMs = 0;
  for (let seed = from; seed < from + runs; seed += 1) {
    const bundle = mutant(seed);
    const before = process.cpuUsage();
    const found = await verifyBundle(bundle, trust, null, webcrypto.subtle).catch((error) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    const { user, system } = process.cpuUsage(before);
    longestMs = Math.max(longestMs, (user + system) / 1_000);
    counts.set(found.outcome, (counts.get(found.outcome) ?? 0) + 1);
    const problem = found.bundle === null ? null : problemOf(bundle);
    if (problem !== null) wrong.push(`seed ${seed}: ${problem}`);
  }
  return { counts, wrong, longestMs };
}
