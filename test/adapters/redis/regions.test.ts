import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { regionsKey, regionWorkersKey } from '../../../src/adapters/redis/keys.ts';
import { createRegionStore } from '../../../src/adapters/redis/regions.ts';
import { awayAfterMs, forgottenAfterMs, mostRegions } from '../../../src/core/region.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from './link.ts';

requires('redis-server')('the regions in Redis', () => {
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
  beforeEach(async () => {
    await link.redis.flushall();
  });

  const store = () => createRegionStore(link.redis);
  const shown = async () =>
    (await store().read()).map(({ name, workers, silentMs }) => [
      name,
      workers,
      Math.round(silentMs / 1_000),
    ]);
  /** As if everything had been announced that long ago. */
  async function passed(ms: number) {
    for (const key of [regionsKey, regionWorkersKey]) {
      for (const [field, value] of Object.entries(await link.redis.hgetall(key))) {
        const [at = '', ...rest] = value.split(' ');
        await link.redis.hset(key, field, [Number(at) - ms, ...rest].join(' '));
      }
    }
  }

  test('are those that workers have announced, each with its workers', async () => {
    expect(await shown()).toEqual([]);
    await store().announce('a', 'us-east');
    await store().announce('b', 'eu west.1');
    await store().announce('b', 'eu west.1');
    const known = await store().announce('c', 'us-east');
    expect(known.map(({ name, workers }) => `${name} ${workers}`)).toEqual(['eu west.1 1', 'us-east 2']);
  });

  test('are away once none of their workers is heard from, and forgotten a day later', async () => {
    await store().announce('a', 'eu-west');
    await passed(awayAfterMs + 1_000);
    await store().announce('b', 'us-east');
    expect(await shown()).toEqual([
      ['eu-west', 0, 31],
      ['us-east', 1, 0],
    ]);
    await passed(forgottenAfterMs - awayAfterMs);
    await store().announce('b', 'us-east');
    expect(await shown()).toEqual([['us-east', 1, 0]]);
    expect(await link.redis.hlen(regionWorkersKey)).toBe(1);
  });

  test('are away at once if their last worker ends in good order', async () => {
    await store().announce('a', 'eu-west');
    await store().announce('b', 'eu-west');
    await store().leave('a', 'eu-west');
    expect(await shown()).toEqual([['eu-west', 1, 0]]);
    await store().leave('b', 'eu-west');
    expect(await shown()).toEqual([['eu-west', 0, 0]]);
  });

  test('do not live for ever because the clock of Redis was set back', async () => {
    await store().announce('a', 'eu-west');
    await passed(-3_600_000);
    expect(await shown()).toEqual([['eu-west', 0, 0]]);
    await passed(1_000);
    expect(await shown()).toEqual([['eu-west', 0, 1]]);
  });

  test('are bounded, and what is no name is left out', async () => {
    await link.redis.hset(regionsKey, 'eu:west', Date.now(), 'us-east', 'yesterday', 'ok', Date.now());
    await link.redis.hset(regionWorkersKey, 'x', 'nothing', 'y', `${Date.now()} ok`);
    expect(await shown()).toEqual([['ok', 1, 0]]);
    for (let index = 0; index < mostRegions + 5; index += 1)
      await link.redis.hset(regionsKey, `region-${index}`, Date.now());
    const known = await store().read();
    expect(known).toHaveLength(mostRegions);
    expect(known.map(({ name }) => name)).toContain('ok');
  });

  test('stay the same if there are too many with workers, whichever announces itself', async () => {
    const names = async () => (await store().read()).map(({ name }) => name);
    for (let index = 0; index < mostRegions + 5; index += 1)
      await store().announce(`${index}`, `region-${index}`);
    await passed(1_000);
    const before = await names();
    await store().announce('x', `region-${mostRegions + 4}`);
    await store().announce('y', 'region-0');
    expect(await names()).toEqual(before);
  });
});
