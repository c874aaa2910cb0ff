/**
 * A front in front of a TLS server: it reads each ClientHello, and passes the connection on or ends it at one point of
 * the handshake. To a client, a balancer with a dead machine, a connection limit and a middlebox all look like this.
 */
import { connect, createServer, type Socket } from 'node:net';
import { type ClientHello, parseClientHello } from './client-hello.ts';
import { type Endpoint, listen } from './sockets.ts';
import { alert } from './tls-records.ts';

export interface Ending {
  /**
   * `hello`: nothing was answered. `certificate`: the server's Certificate was passed on, and nothing after it (TLS 1.2).
   * `flight`: the server's first flight was passed on, and the client has answered it.
   */
  readonly at: 'hello' | 'certificate' | 'flight';
  /** `silence` keeps the connection open. A number is a fatal alert. */
  readonly by: 'reset' | 'close' | 'silence' | number;
}

export interface FrontOptions {
  readonly to: { readonly host: string; readonly port: number };
  /** null passes the connection on. `index` counts connections, from 0. */
  readonly ending: (hello: ClientHello, index: number) => Ending | null;
  /** A loopback address. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
}

export interface Front extends Endpoint {
  readonly hellos: readonly ClientHello[];
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const hellos: ClientHello[] = [];
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => {}); // it may vanish at any time
    client.once('data', (bytes) => {
      const hello = parseClientHello(bytes);
      const ending = options.ending(hello, hellos.length);
      hellos.push(hello);
      if (ending?.at === 'hello') end(client, ending);
      else relay(client, bytes, options.to, ending);
    });
  });
  const endpoint = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  return Object.assign(endpoint, { hellos });
}

function relay(client: Socket, hello: Buffer, to: FrontOptions['to'], ending: Ending | null): void {
  const upstream = connect(to);
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.end());
  upstream.write(hello);
  const finish = () => {
    if (ending === null) return;
    client.removeAllListeners('data');
    upstream.removeAllListeners('data');
    client.resume();
    upstream.resume();
    end(client, ending);
  };
  client.on('data', (bytes) => (ending?.at === 'flight' ? finish() : upstream.write(bytes)));
  let seen = Buffer.alloc(0);
  upstream.on('data', (bytes) => {
    if (ending?.at !== 'certificate') {
      client.write(bytes);
      return;
    }
    const before = seen.length;
    seen = Buffer.concat([seen, bytes]);
    const until = endOfCertificate(seen);
    client.write(seen.subarray(before, until ?? seen.length), () => (until === null ? undefined : finish()));
  });
}

function end(client: Socket, { by }: Ending): void {
  if (by === 'reset') client.resetAndDestroy();
  else if (by === 'close') client.end();
  else if (by !== 'silence') client.end(alert('fatal', by));
}

/** The end of the record with the TLS 1.2 Certificate message; null until all of it has arrived. */
function endOfCertificate(bytes: Buffer): number | null {
  let at = 0;
  while (at + 6 <= bytes.length) {
    const next = at + 5 + bytes.readUInt16BE(at + 3);
    if (next > bytes.length) return null;
    if (bytes.readUInt8(at) === 22 && bytes.readUInt8(at + 5) === 11) return next;
    at = next;
  }
  return null;
}
