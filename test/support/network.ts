/**
 * A network of its own for processes of a test (ip-netns(8)): another loopback, and one way out, to some ports of this
 * machine. Needs root and iproute2.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import type { Issued } from '../../lab/authority.ts';
import { pemChain } from '../../lab/authority.ts';
import { findTool, tool } from '../../lab/child.ts';

export interface Network {
  readonly name: string;
  /** This machine, as seen from there. */
  readonly host: string;
  close(): Promise<void>;
}

/** Why there can be no such networks here; null if there can. */
export function noNetworks(): string | null {
  if (findTool('ip') === undefined) return 'needs ip (iproute2), not found on this machine';
  const name = `pinwatch-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return null;
  } catch {
    return 'needs network namespaces, which this user may not make';
  }
}

/** `ports` of 127.0.0.1 can be reached from there, at `host`. */
export async function createNetwork(ports: readonly number[]): Promise<Network> {
  const id = Math.floor(Math.random() * 16_384);
  const name = `pinwatch-${process.pid}-${id}`;
  // Of the block for benchmarks of network devices (RFC 2544), which nobody routes.
  const block = `198.18.${id >> 6}`;
  const [host, inside] = [`${block}.${4 * (id & 63) + 1}`, `${block}.${4 * (id & 63) + 2}`];
  const [ours, theirs] = [`pwo${id}`, `pwi${id}`];
  ip('netns', 'add', name);
  ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', name);
  ip('addr', 'add', `${host}/30`, 'dev', ours);
  ip('link', 'set', ours, 'up');
  ip('-n', name, 'addr', 'add', `${inside}/30`, 'dev', theirs);
  ip('-n', name, 'link', 'set', theirs, 'up');
  ip('-n', name, 'link', 'set', 'lo', 'up');
  const gates = await Promise.all(ports.map((port) => forward(host, port)));
  return {
    name,
    host,
    async close() {
      for (const gate of gates) gate();
      ip('netns', 'del', name);
    },
  };
}

async function forward(host: string, port: number): Promise<() => void> {
  const open = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => {
    const target = connect(port, '127.0.0.1');
    for (const one of [socket, target]) {
      open.add(one);
      one.on('error', () => {}).on('close', () => open.delete(one));
    }
    socket.pipe(target).pipe(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return () => {
    server.close();
    for (const one of open) one.destroy();
  };
}

const script = `
const tls = require('node:tls');
const server = tls.createServer({}, (socket) => socket.on('error', () => {}).resume());
server.on('tlsClientError', () => {});
process.on('disconnect', () => process.exit());
process.on('message', ({ port, key, cert }) => {
  server.setSecureContext({ key, cert });
  if (server.listening) process.send('served');
  else server.listen(port, '127.0.0.1', () => process.send('served'));
});
`;

export interface DistantServer {
  /** From now on, new connections are shown this chain. */
  serve(chain: readonly Issued[]): Promise<void>;
  close(): Promise<void>;
}

/** A TLS server on 127.0.0.1 of that network. */
export async function startDistantServer(
  { name }: Network,
  port: number,
  chain: readonly Issued[],
): Promise<DistantServer> {
  const child = spawn(tool('ip'), ['netns', 'exec', name, process.execPath, '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const serve: DistantServer['serve'] = async (served) => {
    const answer = once(child, 'message');
    child.send({ port, key: served[0]?.keyPem ?? '', cert: pemChain(served) });
    await answer;
  };
  await serve(chain);
  return {
    serve,
    async close() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

function ip(...args: readonly string[]): void {
  execFileSync(tool('ip'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
