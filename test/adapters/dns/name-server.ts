import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import type { NameServer as Setting } from '../../../src/core/name-server.ts';

export type RecordType = 'A' | 'AAAA';

/** What a name answers for one type: addresses, `[]` for NODATA, a response code of RFC 1035, or nothing at all. */
export type Answer = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'silence';

export interface NameServer {
  /** As a resolver's setting. */
  readonly server: Extract<Setting, { kind: 'dns' }>;
  /** `name type` of each query, in order of arrival. */
  readonly queries: readonly string[];
  close(): Promise<void>;
}

const responseCodes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;
const types: Readonly<Record<number, RecordType>> = { 1: 'A', 28: 'AAAA' };

/** A DNS server on loopback, UDP only, that knows just enough of RFC 1035 to answer one question. */
export async function startNameServer(
  answer: (name: string, type: RecordType) => Answer,
): Promise<NameServer> {
  const queries: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query: Buffer, client: RemoteInfo) => {
    const { name, type, end } = readQuestion(query);
    queries.push(`${name} ${type}`);
    const found = answer(name, type);
    if (found === 'silence') return;
    socket.send(response(query, end, found), client.port, client.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: { kind: 'dns', address: '127.0.0.1', port: socket.address().port },
    queries,
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

function readQuestion(query: Buffer): { name: string; type: RecordType; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = types[query.readUInt16BE(at + 1)];
  if (type === undefined) throw new TypeError('only A and AAAA are asked for');
  return { name: labels.join('.'), type, end: at + 5 };
}

function response(query: Buffer, end: number, found: Exclude<Answer, 'silence'>): Buffer {
  const records = typeof found === 'string' ? [] : found.map(record);
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (typeof found === 'string' ? responseCodes[found] : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}

function record(address: string): Buffer {
  const bytes = isIP(address) === 4 ? address.split('.').map(Number) : ipv6Bytes(address);
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc00c, 0); // the name of the question
  fixed.writeUInt16BE(bytes.length === 4 ? 1 : 28, 2);
  fixed.writeUInt16BE(1, 4); // IN
  fixed.writeUInt32BE(60, 6);
  fixed.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([fixed, Buffer.from(bytes)]);
}

/** `head::tail` or eight groups. */
function ipv6Bytes(address: string): number[] {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)];
  return all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
}
