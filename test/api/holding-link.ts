import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to Redis on which what is sent after a certain command can be held up. */
export async function holdingLink(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl);
  let word: string | undefined;
  let reached = () => {};
  let flush = () => {};
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const held: Buffer[] = [];
    let holds = false;
    near.on('data', (chunk) => {
      if (holds) return void held.push(chunk);
      far.write(chunk);
      if (word === undefined || !chunk.includes(word)) return;
      word = undefined;
      holds = true;
      flush = () => {
        holds = false;
        for (const one of held.splice(0)) far.write(one);
      };
      reached();
    });
    far.pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {}).on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as { port: number }).port}`,
    /** Resolves when the command has gone out. */
    holdAfter: (command: string) =>
      new Promise<void>((resolve) => {
        [word, reached] = [command, resolve];
      }),
    release: () => flush(),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
