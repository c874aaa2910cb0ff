import { essenceOf } from './essence.ts';
import type { Flight } from './flight.ts';
import { mutate } from './mutate.ts';
import { type Heard, replay } from './replay.ts';

export interface Outcome {
  readonly counts: Readonly<Record<Heard, number>>;
  /** Seeds of flights that were taken for the known server's although they say something else. */
  readonly wrong: readonly string[];
  /** The CPU that one flight took at most, in milliseconds. */
  readonly longestMs: number;
}

/** Each flight with `runs` seeds from `from` on. Throws whatever is no Surprise, with its seed. */
export function fuzz(flights: readonly Flight[], from: number, runs: number): Outcome {
  const counts = { shown: 0, surprise: 0, more: 0 };
  const wrong: string[] = [];
  let longestMs = 0;
  for (const flight of flights) {
    const essence = essenceOf(flight.parts);
    for (let seed = from; seed < from + runs; seed += 1) {
      const { parts, pieces } = mutate(flight.parts, seed);
      const before = process.cpuUsage();
      const heard = replayNamed(flight, parts, pieces, seed);
      const { user, system } = process.cpuUsage(before);
      longestMs = Math.max(longestMs, (user + system) / 1000);
      counts[heard] += 1;
      // What comes after its end is nothing to the handshake.
      if (heard === 'shown' && !essenceOf(parts).startsWith(essence))
        wrong.push(`${flight.title}, seed ${seed}`);
    }
  }
  return { counts, wrong, longestMs };
}

function replayNamed(
  flight: Flight,
  parts: readonly Buffer[],
  pieces: readonly number[],
  seed: number,
): Heard {
  try {
    return replay(flight, parts, pieces);
  } catch (error) {
    throw new Error(`${flight.title}, seed ${seed}`, { cause: error });
  }
}
