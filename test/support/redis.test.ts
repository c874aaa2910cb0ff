import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from './redis.ts';
import { requires } from './requires.ts';

requires('redis-server')('redis', () => {
  async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(url, { retryStrategy: null, lazyConnect: true });
    redis.on('error', () => {}); // connect() rejects with the same
    await redis.connect();
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  test('returns on the same port after an outage, empty without an append-only file', async () => {
    const server = await startRedis();
    await ask(server.url, (redis) => redis.set('key', 'value'));
    await server.stop('SIGKILL');
    await expect(ask(server.url, (redis) => redis.get('key'))).rejects.toThrow();
    await server.start();
    expect(await ask(server.url, (redis) => redis.get('key'))).toBeNull();
    await server.close();
  });

  test('keeps its data over a restart if requested, with the requested eviction policy', async () => {
    const server = await startRedis({ appendonly: true, maxmemoryPolicy: 'allkeys-lru' });
    await ask(server.url, (redis) => redis.set('key', 'value'));
    await server.stop();
    await server.start();
    expect(await ask(server.url, (redis) => redis.get('key'))).toBe('value');
    expect(await ask(server.url, (redis) => redis.config('GET', 'maxmemory-policy'))).toContain(
      'allkeys-lru',
    );
    await server.close();
  });

  test('as a cluster refuses keys of several slots', async () => {
    const server = await startRedis({ cluster: true });
    await server.stop();
    await server.start();
    expect(await ask(server.url, (redis) => redis.mset('{a}1', '1', '{a}2', '2'))).toBe('OK');
    await expect(ask(server.url, (redis) => redis.mset('a', '1', 'b', '2'))).rejects.toThrow('CROSSSLOT');
    await server.close();
  });

  test('that cannot start says why', async () => {
    await expect(startRedis({ maxmemoryPolicy: 'nonsense' })).rejects.toThrow('nonsense');
  });
});
