import { connect } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { createRoot, type Issued, selfSigned } from '../../lab/authority.ts';
import { sharedPort } from '../../lab/child.ts';
import { generateKeys } from '../../lab/keys.ts';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../lab/tls-server.ts';
import { handshake } from './handshake.ts';

const open: TlsServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});
async function start(options: TlsServerOptions): Promise<TlsServer> {
  const server = await startTlsServer(options);
  open.push(server);
  return server;
}

const root = createRoot();
const intermediate = root.intermediate();
const leaf = intermediate.leaf({ names: ['api.example.com'] });
const der = (chain: readonly Issued[]) => chain.map((certificate) => certificate.der);

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a chain is sent on %s exactly in its order', async (version) => {
  const chain = [leaf, root.issued, selfSigned(), intermediate.issued, intermediate.issued];
  const server = await start({ chains: [chain], minVersion: version, maxVersion: version });
  const shown = await handshake(server, { servername: 'api.example.com' });
  expect(shown).toEqual({ protocol: version, chain: der(chain) });
  expect(server.serverNames).toEqual(['api.example.com']);
  await handshake(server);
  expect(server.connections).toBe(2);
  expect(server.serverNames).toHaveLength(1);
  await server.allClosed();
  expect(server.openSockets).toBe(0);
});

test('a lone leaf is sent alone', async () => {
  const server = await start({ chains: [[leaf]] });
  expect((await handshake(server)).chain).toEqual([leaf.der]);
});

test('an ECDSA and an RSA chain are served side by side, and rotated while running', async () => {
  const rsaKeys = generateKeys('rsa-2048');
  const pair = () => [[intermediate.leaf(), intermediate.issued], [root.leaf({ keys: rsaKeys })]] as const;
  const [before, after] = [pair(), pair()];
  const server = await start({ chains: before });
  const schemes = ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256:RSA+SHA256'] as const;
  const seen = () => Promise.all(schemes.map((sigalgs) => handshake(server, { sigalgs })));
  expect((await seen()).map(({ chain }) => chain)).toEqual(before.map(der));
  server.rotate(after);
  expect((await seen()).map(({ chain }) => chain)).toEqual(after.map(der));
});

test('a name gets its own certificate, any other the default', async () => {
  const own = root.leaf({ names: ['own.example.com'] });
  const server = await start({ chains: [[leaf]], byName: { 'own.example.com': [[own]] } });
  expect((await handshake(server, { servername: 'own.example.com' })).chain).toEqual([own.der]);
  expect((await handshake(server, { servername: 'other.example.com' })).chain).toEqual([leaf.der]);
});

test('a required client certificate is really required', async () => {
  const clients = createRoot();
  const clientCertificate = { policy: 'require', ca: clients.pem } as const;
  const server = await start({ chains: [[leaf]], clientCertificate, maxVersion: 'TLSv1.2' });
  await expect(handshake(server)).rejects.toThrow();
  const client = clients.leaf();
  expect((await handshake(server, { cert: client.pem, key: client.keyPem })).chain).toEqual([leaf.der]);
});

test('several loopback addresses share one port', async () => {
  const port = await sharedPort(['127.0.0.1', '127.0.0.2', '::1']);
  const first = await start({ chains: [[leaf]], port });
  const second = await start({ chains: [[selfSigned()]], host: '127.0.0.2', port });
  const third = await start({ chains: [[leaf]], host: '::1', port });
  expect([second.port, third.port]).toEqual([first.port, first.port]);
  const [a, b, c] = await Promise.all([first, second, third].map((server) => handshake(server)));
  expect(a?.chain).toEqual(c?.chain);
  expect(a?.chain).not.toEqual(b?.chain);
});

test('huge certificates and long chains are sent whole', async () => {
  const huge = root.leaf({
    extensions: [{ oid: '1.3.6.1.4.1.99999.1', value: Buffer.alloc(70_000) }],
  });
  expect(huge.der.length).toBeGreaterThan(65_536);
  const one = await start({ chains: [[huge]] });
  expect((await handshake(one)).chain).toEqual([huge.der]);
  const many = await start({ chains: [[leaf, ...Array<Issued>(25).fill(intermediate.issued)]] });
  expect((await handshake(many)).chain).toHaveLength(26);
});

test('close() ends connections that are open', async () => {
  const server = await start({ chains: [[leaf]] });
  const socket = connect({ host: server.host, port: server.port, rejectUnauthorized: false });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await server.close();
  await closed;
  expect(server.openSockets).toBe(0);
});
