/** A path to Redis that can silently swallow packets, like a firewall that forgot a connection. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SwallowingLink {
  readonly url: string;
  /** From now on nothing gets through on matching open connections; with `all`, on new ones either. */
  swallow(which: 'open' | 'all', fits?: (sent: string) => boolean): void;
  /** New connections get through again; those that were swallowed stay dead. */
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** The first bytes sent, which identify a connection. */
  sent: string;
  dead: boolean;
}

export async function swallowingLink(redisUrl: string): Promise<SwallowingLink> {
  const { hostname, port } = new URL(redisUrl);
  const pairs = new Set<Pair>();
  let swallowsNew = false;
  // The end is swallowed like everything else: neither side notices.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const pair: Pair = { near, far, sent: '', dead: swallowsNew };
    pairs.add(pair);
    near.on('data', (chunk) => {
      if (pair.sent.length < 4_096) pair.sent += chunk.toString('latin1');
      if (!pair.dead) far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (!pair.dead) near.write(chunk);
    });
    near
      .on('error', () => {})
      .on('close', () => {
        pairs.delete(pair);
        far.destroy();
      });
    far
      .on('error', () => {})
      .on('close', () => {
        if (!pair.dead) near.destroy();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallow(which, fits = () => true) {
      swallowsNew = which === 'all';
      for (const pair of pairs) pair.dead ||= fits(pair.sent);
    },
    heal() {
      swallowsNew = false;
    },
    async close() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
