import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { workersKey } from '../../../src/adapters/redis/keys.ts';
import { createRosterStore } from '../../../src/adapters/redis/roster-store.ts';
import { lapseMs, type RosterStore } from '../../../src/flow/roster.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from './link.ts';

requires('redis-server')('the list of workers', () => {
  let server: RedisServer;
  let link: RedisLink;
  let redis: Redis;
  let store: RosterStore;
  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
    redis = link.redis as Redis;
    store = createRosterStore(redis);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(() => redis.flushall());

  /** The last sign of life of this worker was so long ago. */
  async function silence(number: number, ms: number): Promise<void> {
    const [seconds] = await redis.time();
    const [, name = ''] = ((await redis.hget(workersKey, String(number))) ?? '').split(' ');
    await redis.hset(workersKey, number, `${Number(seconds) * 1_000 - ms} ${name}`);
  }
  const numbers = async (name: string | null = null) => {
    const { own, workers } = await store.attend(name);
    return {
      own,
      gone: workers.filter(({ quietMs }) => quietMs > lapseMs).map(({ number }) => number),
      all: workers.length,
    };
  };

  test('gives each worker a number, which it keeps', async () => {
    expect(await numbers()).toEqual({ own: null, gone: [], all: 0 });
    expect(await numbers('a')).toEqual({ own: 1, gone: [], all: 1 });
    expect(await numbers('b')).toEqual({ own: 2, gone: [], all: 2 });
    expect(await numbers('a')).toEqual({ own: 1, gone: [], all: 2 });
    expect(await numbers()).toEqual({ own: null, gone: [], all: 2 });
  });

  test('a new worker gets the number of one that is gone, and this one another if it was only frozen', async () => {
    for (const name of ['a', 'b', 'c']) await store.attend(name);
    await silence(2, lapseMs + 2_000);
    expect(await numbers('a')).toEqual({ own: 1, gone: [2], all: 3 });
    expect(await numbers('d')).toEqual({ own: 2, gone: [], all: 3 });
    expect(await numbers('b')).toEqual({ own: 4, gone: [], all: 4 });
  });

  test('one that was frozen, and whose number is still free, keeps it', async () => {
    for (const name of ['a', 'b']) await store.attend(name);
    await silence(2, lapseMs + 2_000);
    expect(await numbers('b')).toEqual({ own: 2, gone: [], all: 2 });
  });

  test('one that leaves is gone at once, and forgotten when the last of its jobs must be over', async () => {
    for (const name of ['a', 'b']) await store.attend(name);
    await store.depart('b');
    expect(await numbers('a')).toEqual({ own: 1, gone: [2], all: 2 });
    await store.forget(2, 60_000);
    expect(await numbers('a')).toEqual({ own: 1, gone: [2], all: 2 });
    await silence(2, 70_000);
    await store.forget(2, 60_000);
    expect(await numbers('a')).toEqual({ own: 1, gone: [], all: 1 });
    // Somebody else may have forgotten it.
    await store.forget(2, 60_000);
    await store.depart('b');
    expect(await numbers('b')).toEqual({ own: 2, gone: [], all: 2 });
  });

  test('a clock that is set back makes no worker alive for longer', async () => {
    for (const name of ['a', 'b']) await store.attend(name);
    await silence(2, -3_600_000);
    expect(await numbers('a')).toEqual({ own: 1, gone: [], all: 2 });
    // From now on its silence counts.
    await store.attend('a');
    const at = Number(((await redis.hget(workersKey, '2')) ?? '').split(' ')[0]);
    const [seconds] = await redis.time();
    expect(at).toBeLessThanOrEqual((Number(seconds) + 1) * 1_000);
  });

  test('what is no entry is dropped', async () => {
    await redis.hset(workersKey, { x: 'y', 3: 'nonsense', 4: '12' });
    expect(await numbers('a')).toEqual({ own: 1, gone: [], all: 1 });
    expect(await redis.hkeys(workersKey)).toEqual(['1']);
    await redis.set(workersKey, 'text');
    expect(await numbers('a')).toEqual({ own: 1, gone: [], all: 1 });
  });
});
