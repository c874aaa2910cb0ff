import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface Tap {
  /** For TLS: what it says goes to the server, and what the server says comes from it. */
  readonly stream: Duplex;
  /** What the server has sent so far; null: more than was to be kept. */
  received(): Buffer | null;
}

/** Keeps up to `most` bytes of what a server sends. The socket stays the caller's, with its errors. */
export function tap(socket: Socket, most: number): Tap {
  let kept: Buffer[] | null = [];
  let bytes = 0;
  const stream = new Duplex({
    // An end is passed on by hand: the other direction may still have something to say.
    allowHalfOpen: true,
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, (error) => done(error)),
    final: (done) => void socket.end(() => done()),
  });
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) kept = null;
    kept?.push(chunk);
    if (!stream.push(chunk)) socket.pause();
  });
  socket.once('end', () => stream.push(null));
  socket.once('close', () => stream.destroy());
  return { stream, received: () => (kept === null ? null : Buffer.concat(kept)) };
}
