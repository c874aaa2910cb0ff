/** A fault that hangs: the soak must end all the same. */
import { expect, test } from 'vitest';
import { drawOf } from '../../soak/draw.ts';
import type { FaultKind, Running } from '../../soak/faults/fault.ts';
import type { Fleet } from '../../soak/fleet.ts';
import { createGaps } from '../../soak/gaps.ts';
import { makeFault } from '../../soak/make-fault.ts';
import { parseOptions } from '../../soak/options.ts';

// A fault of its own touches nothing else of the fleet.
const fleet = { options: parseOptions([]), gaps: createGaps([], 5_000) } as unknown as Fleet;
const never = () => new Promise<never>(() => {});

/** Stops the soak as soon as the fault hangs. */
async function stopped(begin: (hangs: () => void) => Promise<Running>): Promise<unknown> {
  const stop = new AbortController();
  const kind: FaultKind = {
    ...{ name: 'hangs', lanes: 'store', weight: 1 },
    begin: () => begin(() => stop.abort(new Error('stopped'))),
  };
  let begun = 0;
  const made = makeFault(fleet, { kind, lane: 'store' }, drawOf(1, 1), stop.signal, () => {
    begun += 1;
  });
  const reason = await made.catch((error: unknown) => error);
  // Whoever waits for its beginning goes on.
  expect(begun).toBeGreaterThan(0);
  return reason;
}

const hung = (hangs: () => void) => {
  hangs();
  return never();
};

test.each<[string, (hangs: () => void) => Promise<Running>]>([
  ['beginning', hung],
  ['middle', async (hangs) => ({ seen: hung(hangs), end: async () => {} })],
  ['end', async (hangs) => ({ seen: Promise.resolve(), end: () => hung(hangs) })],
])('a soak that is stopped does not wait for a fault that hangs in its %s', async (_, begin) => {
  expect(await stopped(begin)).toMatchObject({ message: 'stopped' });
});
