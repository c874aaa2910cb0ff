import { expect, test } from 'vitest';
import { replay } from '../../../../fuzz/replay.ts';
import { fuzz } from '../../../../fuzz/run.ts';
import { recordFlights } from '../../../../fuzz/servers.ts';

test('a flight with faults is never taken for that of the known server', async () => {
  const flights = await recordFlights();
  expect(flights).toHaveLength(6);
  for (const flight of flights) {
    expect(replay(flight, flight.parts, [1 << 20]), flight.title).toBe('shown');
    // However it arrives.
    expect(replay(flight, flight.parts, [1]), flight.title).toBe('shown');
  }
  const { counts, wrong } = fuzz(flights, 1, 100);
  expect(wrong).toEqual([]);
  // Each kind of end is among them: else the faults would be too coarse, or none.
  expect(counts.shown).toBeGreaterThan(0);
  expect(counts.more).toBeGreaterThan(0);
  expect(counts.surprise).toBeGreaterThan(300);
}, 60_000);
