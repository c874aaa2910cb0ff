/** What a real server said in one handshake, and all that it takes to hear it again: the client says the same each time. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Chain } from '../lab/tls-server.ts';
import type { HelloRequest } from '../src/adapters/tls/fast/client-hello.ts';
import { type Dialogue, freshBytes, type Known, type Room } from '../src/adapters/tls/fast/dialogue.ts';
import { converse12 } from '../src/adapters/tls/fast/handshake12.ts';
import { converse13 } from '../src/adapters/tls/fast/handshake13.ts';
import { rooms } from '../src/adapters/tls/fast/rooms.ts';
import { serverKeyOf } from '../src/adapters/tls/fast/server-key.ts';
import { fingerprintOf } from '../src/adapters/tls/fingerprint.ts';

export interface Flight {
  readonly title: string;
  /** The server's bytes, by the client's turn that they answer. */
  readonly parts: readonly Buffer[];
  converse(room: Room): Dialogue;
}

export interface Recorded {
  readonly title: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly protocol: 'TLSv1.2' | 'TLSv1.3';
  readonly chain: Chain;
  readonly request: HelloRequest;
}

/** Rejects if the server is not known again. */
export function recordFlight({ title, server, protocol, chain, request }: Recorded): Promise<Flight> {
  const leaf = chain[0];
  const key = leaf === undefined ? null : serverKeyOf(leaf.der);
  if (key === null) throw new TypeError(`${title}: expected a leaf with a key that apps take`);
  const known: Known = { fingerprint: fingerprintOf(chain.map(({ der }) => der)), key };
  const fresh = randomBytes(freshBytes);
  const form = protocol === 'TLSv1.2' ? converse12 : converse13;
  const converse = (room: Room) => form(request, known, room, fresh);
  const room = rooms.take();
  const dialogue = converse(room);
  const parts: Buffer[] = [];
  return new Promise((resolve, reject) => {
    let filled = 0;
    let heard = 0;
    const socket = connect(server.port, server.host, () => socket.write(dialogue.opening));
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      bytes.copy(room.received, filled);
      filled += bytes.length;
      try {
        const turn = dialogue.receive(filled);
        if (turn === null) return;
        socket.write(turn.say);
        parts.push(Buffer.from(room.received.subarray(heard, filled)));
        heard = filled;
        if (turn.shown === null) return;
        socket.end();
        rooms.giveBack(room);
        resolve({ title, parts, converse });
      } catch (error) {
        socket.destroy();
        reject(error);
      }
    });
  });
}
