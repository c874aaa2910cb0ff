/** One connection on which a server is asked for no more than what proves that it is as known. */
import { setMaxListeners } from 'node:events';
import { connect } from 'node:net';
import type { Dialogue, Proof, Room } from './dialogue.ts';
import { rooms } from './rooms.ts';
import { Surprise } from './surprise.ts';

/**
 * - `surprise`: what the server says is not for here. It will most likely say so again.
 * - `broken`: the connection failed or took too long.
 */
export type Unproven = 'surprise' | 'broken';

export interface Target {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** Rejects with the signal's reason, and for nothing else. */
export function ask(
  { address, port, timeoutMs }: Target,
  converse: (room: Room) => Dialogue,
  signal: AbortSignal,
): Promise<Proof | Unproven> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const room = rooms.take();
    const dialogue = converse(room);
    let filled = 0;
    let isSettled = false;

    const close = () => {
      isSettled = true;
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    };
    const settle = (outcome: Proof | Unproven) => {
      if (isSettled) return;
      close();
      resolve(outcome);
    };
    const onAbort = () => {
      if (isSettled) return;
      close();
      reject(signal.reason);
    };
    /** Whether to go on reading. */
    const receive = (bytes: number): boolean => {
      if (isSettled) return false;
      filled += bytes;
      try {
        const proof = dialogue.receive(filled);
        if (proof !== null) {
          // Small enough to leave at once: nothing waits in the socket when it is closed.
          socket.write(proof.farewell);
          settle(proof);
        } else if (filled === room.received.length) {
          settle('surprise');
        }
      } catch (error) {
        if (!(error instanceof Surprise)) throw error;
        settle('surprise');
      }
      return !isSettled;
    };

    const socket = connect({
      host: address,
      port,
      noDelay: true,
      onread: { buffer: () => room.received.subarray(filled), callback: receive },
    });
    const deadline = setTimeout(settle, timeoutMs, 'broken');
    // One signal is for all endpoints of a domain: many listeners are no leak here, and Node would warn of eleven.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', () => settle('broken'));
    socket.on('end', () => settle('broken'));
    // Only now does nothing write into it any more.
    socket.on('close', () => rooms.giveBack(room));
    socket.write(dialogue.opening);
  });
}
