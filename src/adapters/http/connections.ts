import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Requests that are being answered. */
  busy: number;
}

/**
 * At most `most` connections at a time. Beyond that, a new one replaces the oldest one without a request in progress: a
 * client that opens connections and stays silent, or sends headers byte by byte, must not keep others out. If all are
 * busy, the new one is closed. `onFull` is called for each connection closed.
 */
export function capConnections(server: Server, most: number, onFull: () => void): void {
  // In the order in which they were opened. By address and port, because over TLS a request has another socket.
  const open = new Map<string, Connection>();
  const keyOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;

  server.on('connection', (socket: Socket) => {
    if (open.size >= most) {
      onFull();
      const [idleKey, idle] = [...open].find(([, { busy }]) => busy === 0) ?? [];
      if (idleKey === undefined || idle === undefined) {
        socket.destroy();
        return;
      }
      open.delete(idleKey);
      idle.socket.destroy();
    }
    const key = keyOf(socket);
    const connection: Connection = { socket, busy: 0 };
    open.set(key, connection);
    socket.once('close', () => {
      if (open.get(key) === connection) open.delete(key);
    });
  });
  server.on('request', ({ socket }, response) => {
    const connection = open.get(keyOf(socket));
    if (connection === undefined) return;
    connection.busy += 1;
    response.once('close', () => {
      connection.busy -= 1;
    });
  });
}
