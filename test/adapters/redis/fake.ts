/** A server that speaks just enough of Redis to be asked for INFO: for versions and policies that can't be installed. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface FakeRedis {
  readonly url: string;
  /** What INFO says from now on. */
  say(info: string): void;
  /** Ends every connection, so that the client comes again. */
  drop(): void;
  close(): Promise<void>;
}

export async function startFakeRedis(info: string): Promise<FakeRedis> {
  let text = info;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      // One answer for each command (RESP array) of the segment.
      for (const command of data
        .toString()
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        socket.write(/\binfo\b/i.test(command) ? `$${text.length}\r\n${text}\r\n` : '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    say: (next) => {
      text = next;
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
