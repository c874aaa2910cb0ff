/** Questions to name servers over TLS (RFC 7858) or HTTPS (RFC 8484), whose certificates are verified. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import packet from 'dns-packet';
import type { NameServer } from '../../core/name-server.ts';
import { coded } from './coded.ts';
import { type Exchange, overHttps } from './over-https.ts';

export type Encrypted = Exclude<NameServer, { kind: 'dns' }>;
export type AddressType = 'A' | 'AAAA';

/** The addresses of a name of one type. Rejects with an error whose `code` is one of c-ares, such as `ENOTFOUND`. */
export type AskType = (name: string, type: AddressType, signal: AbortSignal) => Promise<string[]>;

/** `ca`: PEM of the roots that replace the default ones for these servers; null: the default ones. */
export function createAsker(server: Encrypted, ca: string | null): AskType {
  const exchange = server.kind === 'tls' ? overTls(server, ca) : overHttps(server.url, ca);
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
