import { once } from 'node:events';
import { createServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createRoot, type Issued, pemChain } from '../../../../lab/authority.ts';
import { listen } from '../../../../lab/sockets.ts';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../../../lab/tls-server.ts';
import { host, sparing } from './sparing-rig.ts';

const root = createRoot();
const intermediate = root.intermediate();
const names = [host];
const chainOf = (algorithm: 'ec-p256' | 'ec-p384' | 'rsa-2048' | 'ed25519'): [Issued, Issued] => [
  intermediate.leaf({ names, algorithm }),
  intermediate.issued,
];
const ecdsa = chainOf('ec-p256');
const rsa = chainOf('rsa-2048');
const der = (chain: readonly Issued[]) => chain.map((issued) => Uint8Array.from(issued.der));
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

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const versions = { minVersion: version, maxVersion: version };

  test.each([
    ['ec-p256', 'ecdsa'],
    ['ec-p384', 'ecdsa'],
    ['rsa-2048', 'rsa'],
    ['ed25519', 'eddsa'],
  ] as const)('a server with the %s chain that was validated is known again', async (key, offer) => {
    const chain = chainOf(key);
    const server = await serve({ ...versions, chains: [chain] });
    const { shake, fullRequests } = sparing();
    const first = await shake(server, { offer });
    expect(first).toMatchObject({ failure: null, broken: null, chain: der(chain), protocol: version });
    expect(await shake(server, { offer })).toEqual({ ...first, isKnown: true });
    expect(fullRequests).toHaveLength(1);
    expect(server.serverNames).toEqual([host, host]);
  });

  test('each kind of key has a memory of its own', async () => {
    const server = await serve({ ...versions, chains: [ecdsa, rsa], alpn: ['h2'] });
    const { shake } = sparing();
    const asked = { alpn: ['h2', 'http/1.1'] };
    for (const isKnown of [undefined, true] as const) {
      expect((await shake(server, { ...asked, offer: 'ecdsa' })).isKnown).toBe(isKnown);
      expect((await shake(server, { ...asked, offer: 'rsa' })).isKnown).toBe(isKnown);
    }
    expect(await shake(server, { ...asked, offer: 'rsa' })).toMatchObject({ chain: der(rsa), isKnown: true });
  });

  test('another hello, a look in full, and a memory that has aged are asked in full', async () => {
    const server = await serve({ ...versions, chains: [ecdsa] });
    const { shake, pass } = sparing();
    await shake(server);
    expect(await shake(server)).toMatchObject({ isKnown: true });
    for (const asked of [
      { alpn: ['h2'] },
      { offer: 'any' },
      { breadth: 'wide' },
      { inFull: true },
    ] as const) {
      expect(await shake(server, asked)).not.toHaveProperty('isKnown');
    }
    pass(dayMs - 1);
    expect(await shake(server)).toMatchObject({ isKnown: true });
    pass(dayMs);
    expect(await shake(server)).not.toHaveProperty('isKnown');
    // A clock that was set back knows nothing of what was validated since.
    pass(-1);
    expect(await shake(server)).not.toHaveProperty('isKnown');
  });

  test.each([
    ['another leaf', chainOf('ec-p256')],
    ['one certificate less', [ecdsa[0]]],
    ['a stray more', [...ecdsa, root.issued]],
    ['the leaf twice', [ecdsa[0], ...ecdsa]],
  ])('%s is shown by a handshake in full, and known from then on', async (_, other) => {
    const server = await serve({ ...versions, chains: [ecdsa] });
    const { shake, fullRequests } = sparing();
    await shake(server);
    server.rotate([other]);
    expect(await shake(server)).toEqual(expect.objectContaining({ chain: der(other), broken: null }));
    expect(fullRequests).toHaveLength(2);
    expect(await shake(server)).toMatchObject({ chain: der(other), isKnown: true });
  });

  test('a server by turns with another one is asked in full', async () => {
    const server = await serve({ ...versions, chains: [ecdsa] });
    const { shake, fullRequests } = sparing();
    await shake(server);
    server.balance([[chainOf('ec-p256')], [ecdsa]]);
    expect(await shake(server)).toMatchObject({ chain: der(ecdsa) });
    expect(fullRequests).toHaveLength(2);
  });

  test.each<[what: string, options: Partial<TlsServerOptions>]>([
    ['neither P-256 nor P-384', { groups: 'X25519' }],
    ['another suite', { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305:TLS_CHACHA20_POLY1305_SHA256' }],
    ['a wish for a client certificate', { clientCertificate: { policy: 'request', ca: createRoot().pem } }],
  ])('a server with %s costs one handshake more in a day', async (_, options) => {
    const server = await serve({ ...versions, chains: [ecdsa], ...options });
    const { shake, pass } = sparing();
    const first = await shake(server);
    expect(first).toMatchObject({ chain: der(ecdsa) });
    expect(await shake(server)).toEqual(first);
    expect(server.connections).toBe(3);
    expect(await shake(server)).toEqual(first);
    expect(server.connections).toBe(4);
    pass(dayMs);
    await shake(server); // aged
    await shake(server);
    expect(server.connections).toBe(7);
  });

  test.each([
    ['in full', true],
    ['of no more than is needed', false],
  ])('a server sees a handshake %s end in good order', async (_, inFull) => {
    const errors: Error[] = [];
    const options = { cert: pemChain(ecdsa), key: ecdsa[0].keyPem, ALPNProtocols: ['h2'] };
    const server = createServer({ ...options, ...versions });
    server.on('tlsClientError', (error) => errors.push(error));
    server.on('secureConnection', (socket) => socket.on('error', (error) => errors.push(error)).resume());
    const listening = await listen(server, '127.0.0.1', 0);
    servers.push(listening);
    const { shake } = sparing();
    await shake(listening);
    await listening.allClosed();
    const arriving = once(server, 'secureConnection');
    expect((await shake(listening, { inFull })).isKnown ?? false).toBe(!inFull);
    const [socket] = await arriving;
    await once(socket, 'end');
    await listening.allClosed();
    expect(errors).toEqual([]);
  });
});

test('what a server that went away is called is for a handshake in full to say', async () => {
  const server = await serve({ chains: [ecdsa] });
  const { shake } = sparing();
  await shake(server);
  await server.close();
  expect(await shake(server)).toMatchObject({ failure: { code: 'connection_refused' } });
});

test('distrusted, it asks and lets a handshake in full answer', async () => {
  const server = await serve({ chains: [ecdsa] });
  const { shake } = sparing({ isDistrusted: true });
  const first = await shake(server);
  expect(await shake(server)).toEqual(first);
  expect(server.connections).toBe(3);
});
