import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import {
  accountKeys,
  accountsKey,
  auditKey,
  sweepKey,
  tokenUseKey,
} from '../../../src/adapters/redis/keys.ts';
import { createMender } from '../../../src/adapters/redis/mend.ts';
import { createOverviewReader } from '../../../src/adapters/redis/overview.ts';
import { mendStore } from '../../../src/flow/mend-store.ts';
import type { UnreadableValue } from '../../../src/flow/unreadable-value.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from './link.ts';

requires('redis-server')('keys of the wrong type', () => {
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
    await link.redis.sadd(accountsKey, 'acme');
    await link.redis.set(accountKeys('acme').account, '{"contacts":[]}');
  });

  const told: UnreadableValue[] = [];
  const mend = () => {
    told.length = 0;
    return mendStore(createMender(link.redis), (value) => told.push(value));
  };

  test.each(Object.entries(accountKeys('acme')))(
    'in place of %s are set aside, and reported once',
    async (_, key) => {
      await link.redis.del(key);
      // No key of an account is a stream.
      await link.redis.xadd(key, '*', 'a', 'b');
      expect(await mend()).toBe(true);
      const problem = expect.stringMatching(/^expected a \w+, found a stream: set aside as .*:unreadable$/);
      expect(told).toEqual([{ key, field: null, account: 'acme', domain: null, problem }]);
      expect(await link.redis.exists(key)).toBe(0);
      expect(await link.redis.type(`${key}:unreadable`)).toBe('stream');
      expect(await createOverviewReader(link.redis).setAside()).toBe(1);
      expect(await mend()).toBe(false);
    },
  );

  test('in place of all accounts are set aside, and the accounts are found by their keys', async () => {
    for (const name of ['umbrella', 'a.b-c_d'])
      await link.redis.set(accountKeys(name).account, '{"contacts":[]}');
    await link.redis.del(accountsKey);
    await link.redis.set(accountsKey, 'x');
    expect(await mend()).toBe(true);
    expect(told.map(({ key }) => key)).toEqual([accountsKey]);
    expect((await link.redis.smembers(accountsKey)).sort()).toEqual(['a.b-c_d', 'acme', 'umbrella']);
  });

  test.each([auditKey, tokenUseKey, sweepKey])('in place of %s are set aside, too', async (key) => {
    await link.redis.xadd(key, '*', 'a', 'b');
    expect(await mend()).toBe(true);
    expect(told.map((value) => value.key)).toEqual([key]);
    expect(await link.redis.exists(key)).toBe(0);
    expect(await createOverviewReader(link.redis).setAside()).toBe(1);
  });

  test('of other programs are left alone', async () => {
    await link.redis.set('pinwatch:{acme}:other', 'x');
    await link.redis.set('somebody:else', 'x');
    expect(await mend()).toBe(false);
    expect(await link.redis.dbsize()).toBe(4);
  });
});
