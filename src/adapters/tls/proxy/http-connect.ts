import { STATUS_CODES } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Failure } from '../../../core/observation.ts';
import type { ProbeProxy } from '../../../core/probe-proxy.ts';
import type { Place } from '../route.ts';
import { proxyFailed } from './proxy-failed.ts';

/** Of an answer's header. */
const mostBytes = 16_384;

/** Asks an HTTP proxy for a tunnel (RFC 9110, section 9.3.6). */
export async function connectThrough(
  socket: Socket,
  { address, port }: Place,
  { credentials }: ProbeProxy,
): Promise<Failure | null> {
  const authority = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, 'User-Agent: pinwatch'];
  if (credentials !== null) {
    const { user, password } = credentials;
    lines.push(`Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const header = await readHeader(socket);
  if (header === null) return proxyFailed('it gave no HTTP answer');
  const [, digits = ''] = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/.exec(header) ?? [];
  const status = Number(digits);
  if (status >= 200 && status < 300) return null;
  if (status === 407) return proxyFailed('it wants other credentials (HTTP status 407)');
  // Of the answer only the number is shown: the rest is anybody's text.
  return proxyFailed(status === 0 ? 'it gave no HTTP answer' : `HTTP status ${digits}${nameOf(status)}`);
}

function nameOf(status: number): string {
  const name = STATUS_CODES[status];
  return name === undefined ? '' : ` (${name})`;
}

/** Up to the empty line; null: there was none. What follows it stays in the socket. */
async function readHeader(socket: Socket): Promise<string | null> {
  let received: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed) return null;
      await readable(socket);
      continue;
    }
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\r\n\r\n');
    if (end >= 0) {
      const rest = received.subarray(end + 4);
      if (rest.length > 0) socket.unshift(rest);
      return received.toString('latin1', 0, end + 2);
    }
    if (received.length > mostBytes) return null;
  }
}

/** Also resolves when nothing more can be read. */
function readable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    const events = ['readable', 'end', 'close', 'error'] as const;
    for (const event of events) socket.on(event, done);
  });
}
