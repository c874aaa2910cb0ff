import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createRoot, pemChain } from '../../../lab/authority.ts';
import {
  closeAfterClientHello,
  floodOfBytes,
  plainHttp,
  resetOnAccept,
  silent,
} from '../../../lab/hostile.ts';
import { listen as listenOn } from '../../../lab/sockets.ts';
import { askListener } from '../../../src/adapters/http/ask-listener.ts';
import { type HttpListener, listen } from '../../../src/adapters/http/server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
function closing<T extends { close(): Promise<void> }>(endpoint: T): T {
  closers.push(() => endpoint.close());
  return endpoint;
}

// From an untrusted authority, and for another name.
const root = createRoot();
const leaf = root.leaf({ names: ['pinwatch.example.com'] });
const tls = { cert: pemChain([leaf, root.issued]), key: leaf.keyPem };

let unhealthy: string | null = null;
afterEach(() => {
  unhealthy = null;
});

async function own(host: string, withTls = false): Promise<HttpListener & { port: number }> {
  const options = {
    host,
    port: 0,
    tls: withTls ? tls : null,
    openMetrics: false,
    proxies: [],
    basePath: '',
    connections: 10,
    onError: () => {},
    onFull: () => {},
    onRefused: () => {},
  };
  const listener = await listen(options, {
    metrics: async () => ({ contentType: 'text/plain', parts: [''] }),
    unhealthy: () => unhealthy,
    unready: () => ['redis: away'],
    access: {
      whois: async () => null,
      hasTokens: async () => true,
      isUnknown: () => false,
      adminToken: null,
      closed: () => null,
      outdated: () => null,
      onFailure: async () => true,
    },
    api: null,
  });
  return closing({ ...listener, port: Number(new URL(listener.url).port) });
}

const patienceMs = 10_000;

describe('its own listener is healthy', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['::1', '::1', '[::1]'],
    ['localhost', 'localhost', 'localhost'],
    ['all addresses of IPv4', '0.0.0.0', '127.0.0.1', '127.0.0.1'],
    ['all addresses', '::', '[::1]', '::1'],
    ['all addresses, without IPv6 on loopback', '::', '127.0.0.1', '127.0.0.1'],
  ])('at %s', async (_, host, asked, bound = host) => {
    for (const isTls of [false, true]) {
      const { port } = await own(bound, isTls);
      expect(await askListener({ host, port, isTls }, patienceMs)).toEqual({
        url: `${isTls ? 'https' : 'http'}://${asked}:${port}/healthz`,
        status: 200,
        reason: null,
      });
    }
  });

  test('also while Redis is away, but not after it has ended', async () => {
    const listener = await own('127.0.0.1');
    const where = { host: '127.0.0.1', port: listener.port, isTls: false };
    expect(await askListener(where, patienceMs)).toMatchObject({ status: 200, reason: null });
    unhealthy = 'the watch has not run for 3 minutes';
    expect(await askListener(where, patienceMs)).toMatchObject({ status: 503, reason: unhealthy });
    await listener.close();
    expect(await askListener(where, patienceMs)).toMatchObject({
      status: null,
      reason: 'nothing listens there (ECONNREFUSED)',
    });
  });
});

describe('something else is not healthy', () => {
  const page = (status: number, headers = {}, text = '<html>fine</html>') =>
    listenOn(
      createServer((_, response) => response.writeHead(status, headers).end(text)),
      '127.0.0.1',
      0,
    );

  test.each([
    ['a page', () => page(200), 'answered 200, but not as pinwatch does'],
    [
      'a redirection',
      () => page(302, { location: '/healthz' }, ''),
      'answered 302, but not as pinwatch does',
    ],
    ['JSON of another form', () => page(200, {}, 'null'), 'answered 200, but not as pinwatch does'],
    ['another word than ok', () => page(200, {}, '{"status":"sick"}'), 'answered 200 (sick)'],
    ['a reset', () => resetOnAccept(), 'ECONNRESET'],
    ['not HTTP', () => floodOfBytes(), /^HPE_/],
    ['an answer without end', () => page(200, {}, 'x'.repeat(100_000)), 'the answer is too long'],
  ])('%s', async (_, serve, reason) => {
    const { port } = closing(await serve());
    const health = await askListener({ host: '127.0.0.1', port, isTls: false }, patienceMs);
    expect(health.reason).toMatch(reason);
  });

  test.each([
    ['HTTP instead of TLS', () => plainHttp(), /SSL|EPROTO/],
    ['TLS that breaks off', () => closeAfterClientHello(), 'ECONNRESET'],
  ])('%s', async (_, serve, reason) => {
    const { port } = closing(await serve());
    const health = await askListener({ host: '127.0.0.1', port, isTls: true }, patienceMs);
    expect(health.reason).toMatch(reason);
  });

  test('TLS instead of HTTP', async () => {
    const { port } = await own('127.0.0.1', true);
    const health = await askListener({ host: '127.0.0.1', port, isTls: false }, patienceMs);
    expect(health).toMatchObject({ status: null, reason: expect.any(String) });
  });

  const drip = () =>
    listenOn(
      createServer((_, response) => {
        const timer = setInterval(() => response.write(' '), 10);
        response.once('close', () => clearInterval(timer));
      }),
      '127.0.0.1',
      0,
    );

  test.each([
    ['silence', false, silent],
    ['silence instead of TLS', true, silent],
    ['an answer that drips', false, drip],
  ])('%s ends at the deadline', async (_, isTls, serve) => {
    const { port } = closing(await serve());
    expect(await askListener({ host: '127.0.0.1', port, isTls }, 200)).toMatchObject({
      status: null,
      reason: 'no answer within 200 ms',
    });
  });
});
