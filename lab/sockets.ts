/** The connection counts and the end of every listener in the lab. */
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Those still open. */
  readonly openSockets: number;
  /** Resolves once no accepted connection is open any more. */
  allClosed(): Promise<void>;
  /** Ends the listener and every connection at once. */
  close(): Promise<void>;
}

/** Listens and counts connections. `port` 0 is a free one. Rejects if the address can't be bound. */
export async function listen(server: Server, host: string, port: number): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let waiting: (() => void)[] = [];
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    // A client may disappear at any time; many of these endpoints are made for that.
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
  });
  server.listen({ host, port });
  await once(server, 'listening'); // rejects on 'error'
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    get connections() {
      return connections;
    },
    get openSockets() {
      return sockets.size;
    },
    async allClosed() {
      if (sockets.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
