import { constants, createSecureServer } from 'node:http2';
import type { Server } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRoot, pemChain } from '../../../lab/authority.ts';
import { freePort } from '../../../lab/child.ts';
import { listen } from '../../../lab/sockets.ts';
import { startUnbound, type Unbound } from '../../../lab/unbound.ts';
import { createResolver } from '../../../src/adapters/dns/resolver.ts';
import type { NameServer } from '../../../src/core/name-server.ts';
import { requires } from '../../support/requires.ts';

const root = createRoot();
const chain = [root.leaf({ names: ['dns.example.net', 'localhost', '127.0.0.1'] })];
const name = 'api.example.com';
const closing: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

function resolve(
  servers: readonly NameServer[],
  host = name,
  { ca = root.pem as string | null, ms = 3_000 } = {},
) {
  const resolver = createResolver({ servers, ca, hostsFile: '/dev/null' });
  return resolver.resolve(host, ms, new AbortController().signal);
}

requires('unbound')('encrypted name servers', () => {
  let unbound: Unbound;
  const forms = (): Readonly<Record<string, NameServer>> => ({
    'over TLS': { kind: 'tls', host: '127.0.0.1', port: unbound.tlsPort },
    'over HTTPS': { kind: 'https', url: `https://127.0.0.1:${unbound.httpsPort}/dns-query` },
  });
  beforeAll(async () => {
    unbound = await startUnbound(
      [
        ...[`${name}. A 192.0.2.10`, `${name}. A 192.0.2.9`, `${name}. AAAA 2001:db8::a`],
        ...['four.example.com. A 192.0.2.4', 'text.example.com. TXT hello'],
      ],
      { key: chain[0]?.keyPem ?? '', certificate: pemChain(chain) },
    );
  });
  afterAll(() => unbound.close());

  test.each(['over TLS', 'over HTTPS'])('answer %s', async (form) => {
    const servers = [forms()[form] as NameServer];
    expect(await resolve(servers)).toEqual(['192.0.2.10', '192.0.2.9', '2001:db8::a']);
    expect(await resolve(servers, 'four.example.com')).toEqual(['192.0.2.4']);
    expect(await resolve(servers, 'gone.example.com')).toMatchObject({
      code: 'dns_not_found',
      message: expect.stringContaining('NXDOMAIN'),
    });
    expect(await resolve(servers, 'text.example.com')).toMatchObject({
      code: 'dns_not_found',
      message: expect.stringContaining('no IPv4 or IPv6 address'),
    });
  });

  test.each(['over TLS', 'over HTTPS'])('of another authority are not believed %s', async (form) => {
    const servers = [forms()[form] as NameServer];
    expect(await resolve(servers, name, { ca: null })).toMatchObject({
      code: 'dns_failed',
      message: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
    });
  });

  test('come one after another, each with its share of the time', async () => {
    const dead: NameServer = { kind: 'tls', host: '127.0.0.1', port: await freePort() };
    const silent = await listen(createServer({}), '127.0.0.1', 0);
    closing.push(silent);
    const mute: NameServer = { kind: 'https', url: `https://127.0.0.1:${silent.port}/dns-query` };
    const servers = [dead, mute, forms()['over HTTPS'] as NameServer];
    expect(await resolve(servers)).toContain('192.0.2.10');
    expect(await resolve([dead, mute], name, { ms: 300 })).toMatchObject({ code: 'dns_failed' });
  });
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.of(0, 0)],
  ['nonsense', Buffer.from([0, 4, 1, 2, 3, 4])],
  ['an answer to another question', Buffer.from([0, 12, 0, 1, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0])],
  [
    'a compression loop',
    Buffer.from([0, 18, 0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]),
  ],
])('an answer of %s fails the name', async (_, answer) => {
  const key = { key: chain[0]?.keyPem ?? '', cert: pemChain(chain) };
  const server = createServer(key, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  const endpoint = await listen(server, '127.0.0.1', 0);
  closing.push(endpoint);
  expect(await resolve([{ kind: 'tls', host: 'localhost', port: endpoint.port }])).toMatchObject({
    code: 'dns_failed',
    message: `the name ${name} could not be resolved (EBADRESP)`,
  });
});

test('an answer that is broken off at once fails the name, and nothing else', async () => {
  const key = { key: chain[0]?.keyPem ?? '', cert: pemChain(chain) };
  const http = createSecureServer(key);
  http
    .on('sessionError', () => {})
    .on('stream', (stream) => {
      stream.on('error', () => {});
      stream.respond({ ':status': 200 });
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  const endpoint = await listen(http as unknown as Server, '127.0.0.1', 0);
  closing.push(endpoint);
  const url = `https://localhost:${endpoint.port}/dns-query`;
  for (let round = 0; round < 20; round += 1) {
    expect(await resolve([{ kind: 'https', url }])).toMatchObject({ code: 'dns_failed' });
  }
});

test.each([
  ['without an error', constants.NGHTTP2_NO_ERROR],
  ['as if it was called off', constants.NGHTTP2_CANCEL],
])('a request that is closed %s before the answer fails the name', async (_, code) => {
  const key = { key: chain[0]?.keyPem ?? '', cert: pemChain(chain) };
  const http = createSecureServer(key);
  http
    .on('sessionError', () => {})
    .on('stream', (stream) => {
      stream.on('error', () => {});
      stream.close(code);
    });
  const endpoint = await listen(http as unknown as Server, '127.0.0.1', 0);
  closing.push(endpoint);
  const url = `https://localhost:${endpoint.port}/dns-query`;
  expect(await resolve([{ kind: 'https', url }], name, { ms: 500 })).toMatchObject({ code: 'dns_failed' });
});
