/** Questions to name servers over TLS (RFC 7858) or HTTPS (RFC 8484), whose certificates are verified. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import packet from 'dns-packet';
import type { NameServer } from '../../core/name-server.ts';

export type Encrypted = Exclude<NameServer, { kind: 'dns' }>;
export type AddressType = 'A' | 'AAAA';

/** The addresses of a name of one type. Rejects with an error whose `code` is one of c-ares, such as `ENOTFOUND`. */
export type AskType = (name: string, type: AddressType, signal: AbortSignal) => Promise<string[]>;

/** Of a message, as its length field allows (RFC 1035, section 4.2.2). */
const mostBytes = 65_535;

/** `ca`: PEM of the roots that replace the default ones for these servers; null: the default ones. */
export function createAsker(server: Encrypted, ca: string | null): AskType {
  const exchange = server.kind === 'tls' ? overTls(server, ca) : overHttps(server, ca);
  return async (name, type, signal) => {
    // DNS over HTTPS wants 0, for caches (RFC 8484, section 4.1).
    const id = server.kind === 'tls' ? randomInt(65_536) : 0;
    const question = { type, name, class: 'IN' } as const;
    const query = packet.encode({
      type: 'query',
      id,
      flags: packet.RECURSION_DESIRED,
      questions: [question],
      // So that no one learns from its length which name is asked for (RFC 8467, section 4.1).
      additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 4_096, flags: 0, options: [padding(name)] }],
    } as unknown as packet.Packet);
    return addressesIn(await exchange(query, signal), id, type);
  };
}

/** To the next multiple of 128 bytes. */
function padding(name: string): object {
  const length = 12 + name.length + 2 + 4 + 11 + 4;
  return { code: 'PADDING', length: (128 - (length % 128)) % 128 };
}

type Exchange = (query: Buffer, signal: AbortSignal) => Promise<Buffer>;

function overTls({ host, port }: Extract<Encrypted, { kind: 'tls' }>, ca: string | null): Exchange {
  return async (query, signal) => {
    signal.throwIfAborted();
    const socket = connect({
      ...{ host, port },
      servername: isIP(host) === 0 ? host : '',
      ...(ca === null ? {} : { ca }),
    });
    // A destroyed socket may still emit an error, and an unhandled one ends the process.
    socket.on('error', () => {});
    const onAbort = () => socket.destroy(new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await once(socket, 'secureConnect');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
      return await readMessage(socket);
    } finally {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    }
  };
}

/** The first message of a stream: its length in two bytes, then as many. */
async function readMessage(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  let received: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2) continue;
    const end = 2 + received.readUInt16BE(0);
    if (received.length >= end) return received.subarray(2, end);
  }
  throw coded('ECONNRESET', 'the connection ended before the answer');
}

/** By HTTP/2, the least that RFC 8484, section 5.2, recommends, and all that some servers speak. */
function overHttps({ url }: Extract<Encrypted, { kind: 'https' }>, ca: string | null): Exchange {
  const { origin, pathname } = new URL(url);
  let kept: ClientHttp2Session | undefined;
  const connected = (): ClientHttp2Session => {
    if (kept !== undefined && !kept.closed && !kept.destroyed) return kept;
    const session = connectHttp2(origin, ca === null ? {} : { ca });
    // Each request reports it as well.
    session.on('error', () => {});
    session.setTimeout(idleMs, () => session.close());
    session.unref();
    kept = session;
    return session;
  };
  async function post(session: ClientHttp2Session, query: Buffer, signal: AbortSignal): Promise<Buffer> {
    // Its error says more than that of a request which waits for it.
    if (session.connecting) await once(session, 'connect', { signal });
    const stream = session.request(
      {
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: pathname,
        [constants.HTTP2_HEADER_ACCEPT]: mediaType,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: mediaType,
        [constants.HTTP2_HEADER_CONTENT_LENGTH]: query.length,
      },
      { signal },
    );
    // It may come between two of the listeners below, and an unhandled one ends the process.
    stream.on('error', () => {});
    try {
      stream.end(query);
      const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & IncomingHttpStatusHeader];
      const status = headers[':status'];
      if (status !== 200) throw coded('EREFUSED', `HTTP status ${status}`);
      return await readAll(stream);
    } finally {
      stream.destroy();
    }
  }
  let answered = 0;
  return async (query, signal) => {
    signal.throwIfAborted();
    const before = answered;
    const isReused = kept !== undefined && !kept.closed && !kept.destroyed;
    const session = connected();
    try {
      const answer = await post(session, query, signal);
      answered += 1;
      return answer;
    } catch (error) {
      // Silent or broken: the next question gets another connection. The server may have been about to close this one. If it
      // answers others meanwhile, it is the name that takes long.
      if (!isAnswered(error) && answered === before) session.destroy();
      if (signal.aborted || !isReused || isAnswered(error)) throw error;
      return post(connected(), query, signal);
    }
  };
}

const mediaType = 'application/dns-message';

/** How long a connection is kept for the next question. */
const idleMs = 30_000;

function isAnswered(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EREFUSED', 'EBADRESP'].includes(String(error.code));
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > mostBytes) throw coded('EBADRESP', 'the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Response codes (RFC 1035, section 4.1.1) as c-ares names them. */
const codes: Readonly<Record<string, string>> = {
  FORMERR: 'EFORMERR',
  SERVFAIL: 'ESERVFAIL',
  NXDOMAIN: 'ENOTFOUND',
  NOTIMP: 'ENOTIMP',
  REFUSED: 'EREFUSED',
};

function addressesIn(message: Buffer, id: number, type: AddressType): string[] {
  const answer = decode(message);
  if (answer.type !== 'response' || answer.id !== id)
    throw coded('EBADRESP', 'not an answer to the question');
  const { rcode } = answer as { rcode?: string };
  if (rcode !== 'NOERROR') throw coded(codes[rcode ?? ''] ?? 'EBADRESP', `the answer is ${rcode}`);
  // The server follows aliases, and its answers end with the addresses of the last one.
  const addresses = (answer.answers ?? []).flatMap((record) => (record.type === type ? [record.data] : []));
  if (addresses.length === 0) throw coded('ENODATA', `no ${type} record`);
  return addresses;
}

function decode(message: Buffer): packet.Packet {
  try {
    return packet.decode(message);
  } catch {
    throw coded('EBADRESP', 'an answer that cannot be decoded');
  }
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
