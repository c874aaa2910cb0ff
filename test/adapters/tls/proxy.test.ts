import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { freePort } from '../../../lab/child.ts';
import { type ForwardProxy, startMicrosocks, startTinyproxy } from '../../../lab/forward-proxies.ts';
import { listen } from '../../../lab/sockets.ts';
import { startTlsServer, type TlsServer } from '../../../lab/tls-server.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import { proxied } from '../../../src/adapters/tls/proxy/proxied.ts';
import { proxyOf } from '../../../src/core/probe-proxy.ts';
import type { HandshakeRequest } from '../../../src/flow/handshaker.ts';
import { testRequiring } from '../../support/requires.ts';

const host = 'api.example.com';
const root = createRoot();
const leaf = root.leaf({ names: [host] });
const credentials = { user: 'pinwatch', password: 's3cret-word' };
const closing: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});
const started = async <T extends { close(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
  const one = await starting;
  closing.push(one);
  return one;
};

function shake(url: string, { port, address = '127.0.0.1' }: { port: number; address?: string }) {
  const request: HandshakeRequest = {
    ...{ address, port, host, offer: 'ecdsa', breadth: 'app', alpn: ['h2', 'http/1.1'] },
    ...{ connectTimeoutMs: 2_000, handshakeTimeoutMs: 2_000, timeoutMs: 2_000 },
  };
  return createHandshaker(proxied(proxyOf(url))).handshake(request, new AbortController().signal);
}

function urlOf(scheme: string, { port }: ForwardProxy, login: typeof credentials | null): string {
  const url = new URL(`http://127.0.0.1:${port}`);
  if (login !== null) [url.username, url.password] = [login.user, login.password];
  return url.href.replace(/^http/, scheme);
}

const server = (): Promise<TlsServer> => started(startTlsServer({ chains: [[leaf]] }));

const proxies = {
  http: { tool: 'tinyproxy', start: startTinyproxy },
  socks5: {
    tool: 'microsocks',
    start: (_: readonly number[], login: typeof credentials | null) => startMicrosocks(login),
  },
};

for (const [scheme, { tool, start }] of Object.entries(proxies)) {
  const testWith = testRequiring(tool);

  testWith.each([null, credentials])(`${tool} leads to the server, with %j`, async (login) => {
    const api = await server();
    const proxy = await started(start([api.port], login));
    const shown = await shake(urlOf(scheme, proxy, login), api);
    expect(shown).toMatchObject({ failure: null, protocol: 'TLSv1.3', broken: null });
    expect(api.serverNames).toEqual([host]);
    expect(shown.failure === null && shown.chain).toEqual([new Uint8Array(leaf.der)]);
  });

  testWith(`${tool} refuses other credentials`, async () => {
    const api = await server();
    const proxy = await started(start([api.port], credentials));
    for (const login of [null, { ...credentials, password: 'wrong' }]) {
      const { failure } = await shake(urlOf(scheme, proxy, login), api);
      expect(failure).toMatchObject({ code: 'proxy_failed' });
      expect(failure?.message).not.toContain('wrong');
    }
    expect(api.connections).toBe(0);
  });

  testWith(`${tool} finds nobody there`, async () => {
    const port = await freePort();
    const proxy = await started(start([port], null));
    const { failure } = await shake(urlOf(scheme, proxy, null), { port });
    // An HTTP proxy has no words for it.
    expect(failure?.code).toBe(scheme === 'http' ? 'proxy_failed' : 'connection_refused');
  });

  test(`a ${scheme} proxy that is away is at fault, not the server`, async () => {
    const api = await server();
    const { failure } = await shake(`${scheme}://127.0.0.1:${await freePort()}`, api);
    expect(failure).toEqual({
      code: 'proxy_failed',
      message: 'the proxy made no connection: it cannot be reached (ECONNREFUSED)',
    });
  });

  test.each([
    ['silence', 'connection_timeout', () => {}],
    ['an end', 'proxy_failed', (socket: { end(): void }) => socket.end()],
    [
      'nonsense',
      'proxy_failed',
      (socket: { end(text: string): void }) => socket.end('\u0005nonsense\r\n\r\n'),
    ],
  ] as const)(`a ${scheme} proxy whose answer is %s`, async (_, code, answer) => {
    const api = await server();
    const tcp: TcpServer = createTcpServer((socket) => {
      socket.on('error', () => {}).resume();
      answer(socket);
    });
    const proxy = await started(listen(tcp, '127.0.0.1', 0));
    expect((await shake(`${scheme}://127.0.0.1:${proxy.port}`, api)).failure).toMatchObject({ code });
    await proxy.allClosed();
  });
}

test('a reply that SOCKS5 does not have is said to be unknown', async () => {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Uint8Array.of(5, 0));
      socket.once('data', () => socket.end(Uint8Array.of(5, 99, 0, 1, 0, 0, 0, 0, 0, 0)));
    });
  });
  const proxy = await started(listen(tcp, '127.0.0.1', 0));
  expect((await shake(`socks5://127.0.0.1:${proxy.port}`, { port: 1 })).failure).toEqual({
    code: 'proxy_failed',
    message: 'the proxy made no connection: it gave an unknown reason',
  });
});

test('an endless answer is cut off', async () => {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => {});
    const fill = () => {
      while (socket.writable && socket.write('x'.repeat(4_096)));
    };
    socket.on('drain', fill);
    fill();
  });
  const proxy = await started(listen(tcp, '127.0.0.1', 0));
  const { failure } = await shake(`http://127.0.0.1:${proxy.port}`, { port: 1 });
  expect(failure).toMatchObject({ code: 'proxy_failed' });
  await proxy.allClosed();
});

test('IPv6 addresses are named in brackets, and a fault of the server behind is its own', async () => {
  const asked: string[] = [];
  const http: Server = createServer().on('connect', ({ url }, socket) => {
    asked.push(url ?? '');
    const target = connect({ host: '127.0.0.1', port: Number(url?.split(':').at(-1)) });
    target.on('connect', () => {
      socket.write('HTTP/1.0 200 fine\r\nvia: me\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  const proxy = await started(listen(http, '127.0.0.1', 0));
  const api = await server();
  const url = `http://127.0.0.1:${proxy.port}`;
  expect(await shake(url, { port: api.port, address: '2001:db8::1' })).toMatchObject({ failure: null });
  expect(asked).toEqual([`[2001:db8::1]:${api.port}`]);
  const plain = await started(
    listen(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      }),
      '127.0.0.1',
      0,
    ),
  );
  expect((await shake(url, plain)).failure).toMatchObject({ code: 'not_tls' });
});
