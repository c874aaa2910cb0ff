import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import type { ClientTls, RedisAddress } from '../../../src/adapters/redis/address.ts';
import { connectRedis } from '../../../src/adapters/redis/connect.ts';
import type { RedisEvent } from '../../../src/adapters/redis/link-state.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { makeRedisTls, type ServerTls } from '../../support/redis-tls.ts';
import { requires } from '../../support/requires.ts';
import { type Sentinels, startSentinels } from '../../support/sentinels.ts';

const never = new AbortController().signal;

requires('redis-server')('a Redis that demands client certificates', () => {
  let directory: string;
  let tls: ServerTls;
  let server: RedisServer;
  let setUp: Sentinels;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinwatch-redis-tls-'));
    tls = await makeRedisTls(directory);
    server = await startRedis({ tls });
    setUp = await startSentinels({ tls });
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await server.close();
    await setUp.close();
    await rm(directory, { recursive: true });
  });

  const usual = (): ClientTls => {
    const { ca, cert, key, servername } = tls.client;
    return { ca, client: { cert, key }, serverName: servername };
  };

  function watch(at: RedisAddress) {
    const emitter = new EventEmitter();
    const event = ({ kind }: RedisEvent) => void emitter.emit(kind);
    const link = connectRedis(at, { event, ready: () => {} });
    closers.push(link.close);
    return { link, next: (kind: RedisEvent['kind']) => once(emitter, kind) };
  }

  test('is used with the right ones, for every connection', async () => {
    const { link } = watch({ url: server.url, tls: usual() });
    await link.whenFit(never);
    const copy = (link.redis as Redis).duplicate();
    expect(await copy.ping()).toBe('PONG');
    copy.disconnect();
  });

  test('is used behind sentinels that demand them, too', async () => {
    const addresses = setUp.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    const login = { user: null, password: null, database: 0, sentinelUser: null, sentinelPassword: null };
    const sentinel = { addresses, name: setUp.name, ...login, sentinelTls: usual() };
    const { link } = watch({ url: null, sentinel, tls: usual() });
    await link.whenFit(never);
    expect(await link.redis.config('GET', 'tls-port')).toEqual(['tls-port', String(setUp.master.port)]);

    const other = createRoot({ commonName: 'Other CA' }).pem;
    const misled = watch({
      url: null,
      sentinel: { ...sentinel, sentinelTls: { ...usual(), ca: other } },
      tls: usual(),
    });
    await misled.next('away');
    expect(misled.link.trouble()).toMatch(
      /^no sentinel can be used: 127\.0\.0\.1:\d+: the server's certificate is signed by no root in caFile/,
    );
  });

  test.each<[string, (right: ClientTls) => ClientTls | null, RegExp]>([
    [
      'the CA is another one',
      (right) => ({ ...right, ca: createRoot({ commonName: 'Other CA' }).pem }),
      /^the server's certificate is signed by no root in caFile \(/,
    ],
    [
      'no CA is given',
      () => null,
      /^the server's certificate is signed by no root that Node\.js trusts: name the right one in caFile \(/,
    ],
    [
      'the name is another one',
      (right) => ({ ...right, serverName: 'other.example.com' }),
      /^the server's certificate is for another name: set serverName to a name that it has \(.*redis\.example\.com/,
    ],
    ['no name is given', (right) => ({ ...right, serverName: null }), /is for another name: set serverName/],
    [
      'no client certificate is given',
      (right) => ({ ...right, client: null }),
      /^the server demands a client certificate: set certFile and keyFile \(/,
    ],
    [
      'the client certificate is by another CA',
      (right) => {
        const { pem, keyPem } = createRoot({ commonName: 'Other CA' }).leaf({ names: ['a.example.com'] });
        return { ...right, client: { cert: pem, key: keyPem } };
      },
      /^the server refuses the client certificate in certFile \(/,
    ],
  ])('is away if %s, with the reason', async (_, wrong, reason) => {
    const { link, next } = watch({ url: server.url, tls: wrong(usual()) });
    await next('away');
    expect(link.trouble()).toMatch(reason);
  });

  test('is away if it speaks no TLS on this port, with the reason', async () => {
    const plain = await startRedis();
    closers.push(plain.close);
    const { link, next } = watch({ url: plain.url.replace('redis:', 'rediss:') });
    await next('away');
    expect(link.trouble()).toMatch(/does the server speak TLS on this port/);
  });
});
