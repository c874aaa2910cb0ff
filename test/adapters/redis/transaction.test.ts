import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { runTransaction } from '../../../src/adapters/redis/transaction.ts';
import { startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';

requires('redis-server')('a transaction', () => {
  test('that a full Redis refuses rejects with that reason, and not with EXECABORT', async () => {
    const server = await startRedis({ args: ['--maxmemory', '1'] });
    const redis = new Redis(server.url);
    try {
      const step = redis.multi().hset('a', 'b', 'c').del('a');
      await expect(runTransaction(step)).rejects.toThrow(/^OOM command not allowed/);
    } finally {
      redis.disconnect();
      await server.close();
    }
  });

  test('rejects with the error of a command that fails when it is run', async () => {
    const server = await startRedis();
    const redis = new Redis(server.url);
    try {
      const step = redis.multi().set('a', 'text').hset('a', 'b', 'c');
      await expect(runTransaction(step)).rejects.toThrow(/^WRONGTYPE/);
    } finally {
      redis.disconnect();
      await server.close();
    }
  });
});
