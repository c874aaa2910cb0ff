import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { regionsKey } from '../../../src/adapters/redis/keys.ts';
import { createRegionStore } from '../../../src/adapters/redis/regions.ts';
import { awayAfterMs } from '../../../src/core/region.ts';
import { createRegionWatch } from '../../../src/flow/looks/watch-regions.ts';
import { linkTo } from '../../adapters/redis/link.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';

requires('redis-server')('the watch of regions', () => {
  let server: RedisServer;
  let link: RedisLink;
  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });

  test('may not know all right after its start, and after Redis has lost one', async () => {
    const store = createRegionStore(link.redis);
    let steady = 1e6;
    const worker = { id: 'a', region: 'eu-west' };
    const times = { steady: () => steady, roundMs: () => 1e6 };
    const watch = createRegionWatch(store, worker, () => {}, times);
    await watch.look();
    expect(watch.areComplete()).toBe(false);
    steady += awayAfterMs + 1;
    await store.announce('b', 'us-east');
    await watch.look();
    expect(watch.areComplete()).toBe(true);
    await link.redis.del(regionsKey);
    await watch.look();
    expect(watch.known().map(({ name }) => name)).toEqual(['eu-west']);
    expect(watch.areComplete()).toBe(false);
    steady += awayAfterMs + 1;
    expect(watch.areComplete()).toBe(true);
  });
});
