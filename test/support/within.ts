import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/**
 * Whether it ended before a timer of that many milliseconds that started with it. On a busy machine both are late, so
 * this measures the work; a clock would measure the machine.
 */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const late = async () => {
    await delay(ms, undefined, { signal: patience.signal });
    // Work that was due earlier, in the same turn of the loop, is reported in the next turns.
    for (let turns = 0; turns < 3; turns += 1) await turn();
    return false;
  };
  try {
    return await Promise.race([work.then(() => true), late()]);
  } finally {
    patience.abort();
  }
}
