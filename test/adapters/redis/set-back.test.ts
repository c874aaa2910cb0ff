import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { defineRateLimit } from '../../../src/adapters/redis/rate-limit.ts';
import { createTokens } from '../../../src/adapters/redis/tokens.ts';
import { now } from '../../support/observations.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from './link.ts';

const hour = 3_600_000;

requires('redis-server')('after a clock was set back', () => {
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
  const tokenMadeAt = async (at: number, lifeMs: number | null) => {
    const tokens = createTokens(link.redis);
    const expiresAt = lifeMs === null ? null : at + lifeMs;
    const made = await tokens.create(
      { name: 'ops', role: 'admin', account: null, createdAt: at, createdBy: 'loopback', expiresAt },
      { kind: 'always' },
    );
    if (made === null) throw new Error('expected a token');
    return { tokens, text: made.text };
  };

  test('a token has its intended lifetime, from its first use on', async () => {
    const { tokens, text } = await tokenMadeAt(now + 8_760 * hour, hour);
    expect(await tokens.verify(text, now)).toMatchObject({ name: 'ops' });
    expect(await tokens.verify(text, now + hour - 1)).toMatchObject({ name: 'ops' });
    expect(await tokens.verify(text, now + hour)).toBeNull();
    expect((await tokens.list())[0]).toMatchObject({ createdAt: now, expiresAt: now + hour });
  });

  test('a token made by a clock a little ahead, or one that does not expire, is unchanged', async () => {
    for (const [at, life] of [
      [now + 300_000, hour],
      [now + 8_760 * hour, null],
    ] as const) {
      const { tokens, text } = await tokenMadeAt(at, life);
      const before = await tokens.list();
      expect(await tokens.verify(text, now)).toMatchObject({ name: 'ops' });
      expect((await tokens.list()).map(({ createdAt, expiresAt }) => [createdAt, expiresAt])).toEqual(
        before.map(({ createdAt, expiresAt }) => [createdAt, expiresAt]),
      );
    }
  });

  test('the use of a token is recorded again', async () => {
    const { tokens, text } = await tokenMadeAt(now, null);
    await tokens.verify(text, now + 2 * hour);
    await tokens.verify(text, now);
    expect((await tokens.list())[0]?.lastUsedAt).toBe(now);
  });

  test('a window of requests that would last for hours is cut to its length', async () => {
    const { redis } = link;
    defineRateLimit(redis);
    const count = async () =>
      (await (redis as unknown as Counter).rateLimit('requests', 60_000, 10, false, false)) as number[];
    expect(await count()).toEqual([1, 60_000]);
    const [second, left = 0] = await count();
    expect(second).toBe(2);
    expect(left).toBeGreaterThan(0);
    await redis.pexpire('requests', 2 * hour);
    expect(await count()).toEqual([3, 60_000]);
    expect(await redis.pttl('requests')).toBeLessThanOrEqual(60_000);
  });
});

interface Counter {
  rateLimit(...args: unknown[]): Promise<unknown>;
}
