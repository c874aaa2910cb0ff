/** A kind of key that a server was found not to have: asked for with one hello, as long as it is refused as before. */
import { afterEach, describe, expect, test } from 'vitest';
import { createRoot } from '../../../../lab/authority.ts';
import { alerts, closeAfterClientHello } from '../../../../lab/hostile.ts';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../../../lab/tls-server.ts';
import { converseRefused } from '../../../../src/adapters/tls/fast/refused.ts';
import { rooms } from '../../../../src/adapters/tls/fast/rooms.ts';
import { Surprise } from '../../../../src/adapters/tls/fast/surprise.ts';
import { host, sparing } from './sparing-rig.ts';

const root = createRoot();
const chainOf = (algorithm: 'ec-p256' | 'rsa-2048') => [root.leaf({ names: [host], algorithm }), root.issued];
const ecdsa = chainOf('ec-p256');
const rsa = chainOf('rsa-2048');
const dayMs = 86_400_000;

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
async function serve(options: TlsServerOptions): Promise<TlsServer> {
  const server = await startTlsServer(options);
  servers.push(server);
  return server;
}

describe.each([
  ['TLSv1.2', 'rsa', ecdsa],
  ['TLSv1.2', 'ecdsa', rsa],
  ['TLSv1.3', 'rsa', ecdsa],
  ['TLSv1.3', 'ecdsa', rsa],
  ['TLSv1.3', 'eddsa', rsa],
] as const)('%s without a key for %s', (version, offer, served) => {
  const versions = { minVersion: version, maxVersion: version };

  test('is asked once, and in full again when its word has aged', async () => {
    const server = await serve({ ...versions, chains: [served] });
    const { shake, pass, fullRequests, kinds } = sparing();
    const first = await shake(server, { offer });
    expect(first).toMatchObject({ refused: 'alert' });
    const { connections } = server;
    expect(await shake(server, { offer })).toEqual(first);
    expect(await shake(server, { offer })).toEqual(first);
    expect(server.connections).toBe(connections + 2);
    expect(fullRequests).toHaveLength(1);
    pass(dayMs);
    expect(await shake(server, { offer })).toEqual(first);
    expect(await shake(server, { offer, inFull: true })).toEqual(first);
    expect(fullRequests).toHaveLength(3);
    expect(kinds).toEqual(['full', 'fast', 'fast', 'full', 'full']);
  });

  test('shows one as soon as it has one', async () => {
    const server = await serve({ ...versions, chains: [served] });
    const { shake, kinds } = sparing();
    await shake(server, { offer });
    const algorithm = { rsa: 'rsa-2048', ecdsa: 'ec-p256', eddsa: 'ed25519' } as const;
    const chain = [root.leaf({ names: [host], algorithm: algorithm[offer] }), root.issued];
    server.rotate([served, chain]);
    expect(await shake(server, { offer })).toMatchObject({ failure: null });
    expect(await shake(server, { offer })).toMatchObject({ isKnown: true });
    expect(kinds).toEqual(['full', 'fallback', 'fast']);
  });
});

test('the hello has all that apps offer', async () => {
  const options: Partial<TlsServerOptions>[] = [
    { groups: 'X25519' },
    { groups: 'P-384' },
    { ciphers: 'ECDHE-RSA-CHACHA20-POLY1305:TLS_CHACHA20_POLY1305_SHA256' },
    { ciphers: 'AES256-SHA', maxVersion: 'TLSv1.2' },
    { alpn: ['http/1.1'] },
  ];
  for (const option of options) {
    const server = await serve({ ...option, chains: [ecdsa] });
    const { shake } = sparing();
    const asked = { offer: 'rsa', alpn: ['h2', 'http/1.1'] } as const;
    expect(await shake(server, asked)).toMatchObject({ refused: 'alert' });
    server.rotate([ecdsa, rsa]);
    expect(await shake(server, asked)).toMatchObject({ failure: null });
  }
});

test('another alert than before is for a handshake in full to judge, for a day', async () => {
  const first = await alerts('fatal', 40);
  servers.push(first);
  const { shake, fullRequests, pass } = sparing();
  const refused = await shake(first);
  expect(refused).toMatchObject({ refused: 'alert' });
  expect(await shake(first)).toEqual(refused);
  expect(fullRequests).toHaveLength(1);
  await first.close();
  const second = await alerts('fatal', 71, first);
  servers.push(second);
  const other = await shake(second);
  expect(other).toMatchObject({ failure: { message: expect.stringContaining('insufficient_security') } });
  expect(await shake(second)).toEqual(other);
  expect(fullRequests).toHaveLength(3);
  pass(dayMs);
  await shake(second);
  expect(await shake(second)).toEqual(other);
  expect(fullRequests).toHaveLength(4);
});

test.each([
  ['another alert', () => alerts('fatal', 80)],
  ['a warning', () => alerts('warning', 40)],
  ['a broken connection', closeAfterClientHello],
])('%s is never remembered', async (_, start) => {
  const server = await start();
  servers.push(server);
  const { shake, fullRequests, kinds } = sparing();
  for (let count = 1; count <= 2; count += 1) {
    await shake(server);
    expect(fullRequests).toHaveLength(count);
  }
  expect(kinds).toEqual(['full', 'full']);
});

test('distrusted, it asks and lets a handshake in full answer', async () => {
  const server = await serve({ chains: [ecdsa] });
  const { shake, fullRequests } = sparing({ isDistrusted: true });
  const first = await shake(server, { offer: 'rsa' });
  expect(await shake(server, { offer: 'rsa' })).toEqual(first);
  expect(fullRequests).toHaveLength(2);
});

test.each([
  ['a refusal', '15030300020228', 40],
  ['one of an old record version', '15030100020247', 71],
  ['in pieces', '150303', null],
  ['nothing', '', null],
])('of bytes, %s', (_, hex, shown) => {
  expect(hear(hex)).toBe(shown);
});

test.each([
  ['a warning', '15030300020128'],
  ['a close', '15030300020100'],
  ['another alert', '15030300020250'],
  ['an alert of another length', '1503030003022800'],
  ['another protocol', '15020300020228'],
  ['a handshake', '16030300020228'],
  ['text', '485454502f312e31'],
])('of bytes, %s is a surprise', (_, hex) => {
  expect(() => hear(hex)).toThrow(Surprise);
});

function hear(hex: string): number | null {
  const room = rooms.take();
  try {
    const request = { host, offer: 'rsa', alpn: [] } as const;
    const dialogue = converseRefused(request, room, Buffer.alloc(64));
    const bytes = Buffer.from(hex, 'hex');
    bytes.copy(room.received);
    return dialogue.receive(bytes.length)?.shown ?? null;
  } finally {
    rooms.giveBack(room);
  }
}
