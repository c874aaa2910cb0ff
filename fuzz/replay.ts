import { rooms } from '../src/adapters/tls/fast/rooms.ts';
import { Surprise } from '../src/adapters/tls/fast/surprise.ts';
import type { Flight } from './flight.ts';

/** `more`: the client would go on waiting, for as long as it has time. */
export type Heard = 'shown' | 'surprise' | 'more';

/** What becomes of these bytes, which arrive in pieces of these lengths by turns. Anything but a Surprise is thrown on. */
export function replay(flight: Flight, parts: readonly Buffer[], pieces: readonly number[]): Heard {
  const room = rooms.take();
  try {
    return hear(flight.converse(room), room.received, parts, pieces);
  } catch (error) {
    if (error instanceof Surprise) return 'surprise';
    throw error;
  } finally {
    rooms.giveBack(room);
  }
}

function hear(
  dialogue: ReturnType<Flight['converse']>,
  received: Buffer,
  parts: readonly Buffer[],
  pieces: readonly number[],
): Heard {
  let filled = 0;
  let count = 0;
  for (const part of parts) {
    let isAnswered = false;
    for (let at = 0; at < part.length; ) {
      const length = Math.min(pieces[count % pieces.length] ?? part.length, part.length - at);
      // What has no room is never read: the connection is over.
      if (length > received.length - filled) return 'surprise';
      part.copy(received, filled, at, at + length);
      at += length;
      filled += length;
      count += 1;
      const turn = dialogue.receive(filled);
      if (turn?.shown) return 'shown';
      if (turn !== null) isAnswered = true;
    }
    // Its next words answer what the client has not said.
    if (!isAnswered) return 'more';
  }
  return 'more';
}
