import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/**
 * Whether it ended before a timer of so many milliseconds that began with it. On a machine that is busy both are late: a
 * clock would tell of the machine.
 */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const late = async () => {
    await delay(ms, undefined, { signal: patience.signal });
    // What was due before, and came with the same turn of the loop, is told in the next ones.
    for (let turns = 0; turns < 3; turns += 1) await turn();
    return false;
  };
  try {
    return await Promise.race([work.then(() => true), late()]);
  } finally {
    patience.abort();
  }
}
