import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { batchOf, createRig } from './rig.ts';

requires('redis-server')('a full Redis', () => {
  test('is asked now and then, reported once, and named as the trouble until there is room', async () => {
    const server = await startRedis();
    const redis = new Redis(server.url);
    const rig = await createRig(server.url, {}, 50, false);
    try {
      await rig.queues.enqueue([batchOf(['api.example.com'])]);
      await redis.config('SET', 'maxmemory', '1');
      rig.workers.start();
      await expect.poll(() => rig.workers.trouble()).toMatch(/^the \w+ worker gets no jobs: OOM /);

      // Asked again at once, it would have refused about as often as it answers here.
      const before = await refusals(redis);
      for (let i = 0; i < 1_000; i += 1) await redis.ping();
      expect((await refusals(redis)) - before).toBeLessThan(50);
      // It has refused a few times by then.
      await expect.poll(() => refusals(redis), { timeout: 20_000 }).toBeGreaterThan(before + 2);
      const errors = rig.troubles.filter(({ queue }) => queue === 'batch').map(({ reason }) => reason);
      expect(errors).toEqual([...new Set(errors)]);

      await redis.config('SET', 'maxmemory', '0');
      await rig.runs(1);
      expect(rig.ran).toEqual(['ready api.example.com']);
      await expect.poll(() => rig.workers.trouble()).toBeNull();
    } finally {
      await rig.close();
      redis.disconnect();
      await server.close();
    }
  });
});

async function refusals(redis: Redis): Promise<number> {
  return Number(/errorstat_OOM:count=(\d+)/.exec(await redis.info('errorstats'))?.[1] ?? 0);
}
