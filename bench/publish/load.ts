/**
 * A client that asks for one path again and again over a few kept connections, as a process of its own. Its argument is
 * a `Load` as JSON. Prints `ready`, begins at the first line of input, and prints the milliseconds that it took.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface Load {
  readonly port: number;
  readonly path: string;
  /** Whole lines, each with its end. */
  readonly headers: string;
  readonly requests: number;
  readonly connections: number;
  readonly status: number;
}

const load = JSON.parse(process.argv[2] ?? '') as Load;
let left = load.requests;

async function work(): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: load.port, noDelay: true });
  await once(socket, 'connect');
  const request = Buffer.from(
    `GET ${load.path} HTTP/1.1\r\nhost: bench.example\r\n${load.headers}\r\n`,
    'latin1',
  );
  let kept: Buffer = Buffer.alloc(0);
  const ask = () => {
    if (left === 0) return void socket.end();
    left -= 1;
    socket.write(request);
  };
  socket.on('data', (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const end = kept.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = kept.toString('latin1', 0, end);
    if (!head.startsWith(`HTTP/1.1 ${load.status} `)) throw new Error(head);
    const length = /^content-length: (\d+)/im.exec(head)?.[1];
    if (kept.length < end + 4 + (load.status === 304 ? 0 : Number(length))) return;
    kept = Buffer.alloc(0);
    ask();
  });
  ask();
  await once(socket, 'close');
}

console.log('ready');
await once(process.stdin, 'data');
const startedAt = performance.now();
// A server may close a connection after some requests.
const connection = async () => {
  while (left > 0) await work();
};
await Promise.all(Array.from({ length: load.connections }, connection));
console.log(`done ${performance.now() - startedAt}`);
process.exit();
