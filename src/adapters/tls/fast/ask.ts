/** One connection on which a server is asked for no more than what proves that it is as known. */
import { connect } from 'node:net';
import { onAbort } from '../../../flow/on-abort.ts';
import { startDeadline } from '../deadline.ts';
import type { Dialogue, Room } from './dialogue.ts';
import { freshRandom } from './fresh-random.ts';
import { rooms } from './rooms.ts';
import { Surprise } from './surprise.ts';

/** What the dialogue was to find out. For a chain: the known one, as it came, of a server that holds its key. */
export interface Proof<Shown = readonly Uint8Array[]> {
  readonly shown: Shown;
}

export interface Unproven {
  /**
   * - `surprise`: what the server says is not for here. It will most likely say so again.
   * - `broken`: the connection failed or took too long.
   */
  readonly unproven: 'surprise' | 'broken';
  /** For tests and debugging. */
  readonly reason: string;
}

export interface Target {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** Rejects with the signal's reason, and for nothing else. */
export function ask<Shown>(
  { address, port, timeoutMs }: Target,
  converse: (room: Room, fresh: Buffer) => Dialogue<Shown>,
  signal: AbortSignal,
): Promise<Proof<Shown> | Unproven> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const room = rooms.take();
    const dialogue = converse(room, freshRandom());
    let filled = 0;
    let isSettled = false;

    const close = () => {
      isSettled = true;
      deadline.cancel();
      callOff();
      // No more I/O happens on it from here on, says its documentation: nothing writes into the room any more. Until its
      // 'close' event, so many others would begin that rooms run out.
      socket.destroy();
      rooms.giveBack(room);
    };
    const settle = (outcome: Proof<Shown> | Unproven) => {
      if (isSettled) return;
      close();
      resolve(outcome);
    };
    /** Whether to go on reading. */
    const receive = (bytes: number): boolean => {
      if (isSettled) return false;
      filled += bytes;
      try {
        const turn = dialogue.receive(filled);
        // Small enough to leave at once: nothing waits in the socket when it is closed.
        if (turn !== null && turn.say.length > 0) socket.write(turn.say);
        if (turn !== null && turn.shown !== null) {
          settle({ shown: turn.shown });
        } else if (filled === room.received.length) {
          settle(surprise('a longer flight than there is room for'));
        }
      } catch (error) {
        // Whatever else goes wrong goes wrong over these bytes: no crash that a server can cause. The fuzzer sees it.
        settle(surprise(error instanceof Surprise ? error.message : 'an error of another kind'));
      }
      return !isSettled;
    };

    const socket = connect({
      host: address,
      port,
      onread: { buffer: () => room.received.subarray(filled), callback: receive },
    });
    // What is written before would wait in the socket, at the cost of two more listeners.
    socket.on('connect', () => socket.write(dialogue.opening));
    const deadline = startDeadline(timeoutMs, () => settle(broken('too late')));
    const callOff = onAbort(signal, () => {
      if (isSettled) return;
      close();
      reject(signal.reason);
    });
    socket.on('error', ({ message }) => settle(broken(message)));
    socket.on('end', () => settle(broken('the end of the connection')));
  });
}

function surprise(reason: string): Unproven {
  return { unproven: 'surprise', reason };
}

function broken(reason: string): Unproven {
  return { unproven: 'broken', reason };
}
