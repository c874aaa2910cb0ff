import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { capConnections } from '../../../src/adapters/http/connections.ts';

const most = 3;
let server: ReturnType<typeof createServer>;
let sockets: Socket[];
let held: ServerResponse[];
let closed: number;

beforeEach(async () => {
  [sockets, held, closed] = [[], [], 0];
  server = createServer((request, response) => {
    if (request.url === '/held') held.push(response);
    else response.end('here');
  });
  capConnections(server, most, () => {
    closed += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Accepted by the server, and in its order. */
async function open(): Promise<Socket> {
  const accepted = once(server, 'connection');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  sockets.push(socket);
  await accepted;
  return socket;
}

const ask = (socket: Socket, path = '/', connection = 'close') =>
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`);

test('silent connections make room for new ones, the oldest first', async () => {
  const silent = [await open(), await open(), await open()];
  const ended = once(silent[0] as Socket, 'close');
  const late = await open();
  await ended;
  ask(late);
  expect(await text(late)).toContain('here');
  expect(silent.slice(1).map(({ destroyed }) => destroyed)).toEqual([false, false]);
  expect(closed).toBe(1);
});

test('busy connections are kept, and if all are busy, a new one is closed', async () => {
  const busy = [await open(), await open()];
  for (const socket of busy) {
    const asked = once(server, 'request');
    ask(socket, '/held', 'keep-alive');
    await asked;
  }
  const idle = await open();
  const idleEnded = once(idle, 'close');
  const third = await open();
  await idleEnded;
  const asked = once(server, 'request');
  ask(third, '/held');
  await asked;
  const refused = await open();
  await once(refused, 'close');
  expect(closed).toBe(2);

  // Answered, and kept alive: idle from then on.
  const answered = once(busy[0] as Socket, 'data');
  held[0]?.end();
  await answered;
  const ended = once(busy[0] as Socket, 'close');
  const next = await open();
  await ended;
  ask(next);
  expect(await text(next)).toContain('here');
  expect(busy[1]?.destroyed).toBe(false);
});
