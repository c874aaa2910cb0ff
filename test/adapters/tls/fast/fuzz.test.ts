import { expect, test } from 'vitest';
import type { Flight } from '../../../../fuzz/flight.ts';
import { replay } from '../../../../fuzz/replay.ts';
import { fuzz } from '../../../../fuzz/run.ts';
import { recordFlights } from '../../../../fuzz/servers.ts';
import { rooms } from '../../../../src/adapters/tls/fast/rooms.ts';

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

/** Byte by byte; returns all that the client says. */
function* heard({ parts, converse }: Flight): Generator<undefined, string[]> {
  const room = rooms.take();
  const dialogue = converse(room);
  const said: string[] = [];
  for (const [at, byte] of Buffer.concat(parts).entries()) {
    room.received[at] = byte;
    const turn = dialogue.receive(at + 1);
    if (turn !== null) said.push(turn.say.toString('hex'));
    if (turn?.shown) break;
    yield;
  }
  rooms.giveBack(room);
  return said;
}

test('handshakes that arrive at the same time, byte by byte, say what each says alone', async () => {
  const flights = await recordFlights();
  const alone = flights.map((flight) => byTurns([heard(flight)])[0]);
  expect(alone.map((said) => said?.length)).toEqual([2, 2, 2, 1, 1, 1]);
  expect(byTurns([...flights, ...flights].map(heard))).toEqual([...alone, ...alone]);
});

function byTurns<T>(all: readonly Generator<unknown, T>[]): T[] {
  const ends = new Map<number, T>();
  while (ends.size < all.length) {
    for (const [index, one] of all.entries()) {
      if (ends.has(index)) continue;
      const step = one.next();
      if (step.done) ends.set(index, step.value);
    }
  }
  return all.map((_, index) => ends.get(index) as T);
}
