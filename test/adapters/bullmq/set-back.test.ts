import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { replan } from '../../../src/adapters/bullmq/replan.ts';
import { boundLocks, takeover } from '../../../src/adapters/bullmq/takeover.ts';
import { queuePrefix } from '../../../src/adapters/redis/keys.ts';
import type { Batch } from '../../../src/flow/batches.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { batchOf, createRig, gate, type Rig } from './rig.ts';

const hour = 3_600_000;
const interval = 900_000;
const probing = { batch: interval, slow: interval, first: interval, probe: interval };
const horizon = { sweep: interval, ...probing, notices: 300_000 };

/** A clock that was set back by two hours has left everything two hours too far ahead. */
requires('redis-server')('after a clock was set back', () => {
  let server: RedisServer;
  let redis: Redis;
  const rigs: Rig[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  beforeEach(async () => {
    await redis.flushall();
  });
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.close()));
  });
  const rigOf = async (...options: Parameters<typeof createRig> extends [string, ...infer R] ? R : never) => {
    const rig = await createRig(server.url, ...options);
    rigs.push(rig);
    return rig;
  };
  const planned = (count: number, delayOf: (index: number) => number): Batch[] =>
    Array.from({ length: count }, (_, index) =>
      batchOf([`${index}.example.com`], { name: `ready ${index} 0`, delayMs: delayOf(index) }),
    );
  const dueIn = async (queue: string) => {
    const flat = await redis.zrange(`${queuePrefix}:${queue}:delayed`, '0', '-1', 'WITHSCORES');
    const scores = flat.filter((_, index) => index % 2 === 1);
    return scores.map((score) => Math.floor(Number(score) / 0x1000) - Date.now());
  };

  test('the probes of a round keep their places in the interval; what is due soon enough is left alone', async () => {
    const rig = await rigOf({}, 50, false);
    // More than one batch, spread over the interval.
    const count = 600;
    const places = (index: number) => 60_000 + index * 1_000;
    await rig.queues.enqueue(planned(count, (index) => 2 * hour + places(index)));
    await rig.queues.enqueue([
      batchOf(['in-time.example.com'], { name: 'in time', delayMs: interval - 1_000 }),
    ]);
    expect(await replan(redis, rig.queues, horizon, interval, Date.now)).toBe(count);
    const due = (await dueIn('batch')).sort((a, b) => a - b);
    expect(due).toHaveLength(count + 1);
    // Two hours are eight intervals.
    for (const [index, ms] of due.slice(0, count).entries()) {
      expect(Math.abs(ms - places(index))).toBeLessThan(30_000);
    }
    expect(await replan(redis, rig.queues, horizon, interval, Date.now)).toBe(0);
  });

  test('a round of notices, a job to retry and a requested probe are due now', async () => {
    const failing = gate();
    const rig = await rigOf({
      async probe() {
        await failing.passed;
        throw new Error('Redis was away');
      },
    });
    const [asked] = await rig.desk.request([{ account: 'acme', domain: 'a.example.com' }]);
    await rig.queues.nudge('acme', 2 * hour);
    const before = await dueIn('notices');
    expect(before[0]).toBeGreaterThan(hour);
    await replan(redis, rig.queues, horizon, interval, Date.now);
    await rig.runs(1);
    expect(rig.ran).toEqual(['notices acme']);
    failing.open();
    await expect.poll(() => dueIn('probe')).toHaveLength(1);
    await redis.zincrby(`${queuePrefix}:probe:delayed`, 2 * hour * 0x1000, asked?.id ?? '');
    expect(await replan(redis, rig.queues, horizon, interval, Date.now)).toBe(1);
    // It may have been tried again, and failed.
    expect((await dueIn('probe'))[0] ?? 0).toBeLessThan(60_000);
  });

  test('what was far ahead only because Redis was slow is left alone', async () => {
    const rig = await rigOf({}, 50, false);
    await rig.queues.enqueue(planned(3, () => interval - 1_000));
    // Asked before a hang of two hours, answered after it.
    const times = [Date.now() - 2 * hour, Date.now()];
    const clock = () => times.shift() ?? Date.now();
    const probes = { shown: () => rig.queues.shown().filter(({ name }) => name === 'batch') };
    expect(await replan(redis, probes, horizon, interval, clock)).toBe(0);
    expect(times).toEqual([]);
  });

  test('a delayed id without a job is skipped', async () => {
    const rig = await rigOf({}, 50, false);
    await rig.queues.enqueue(planned(1, () => 2 * hour));
    const score = (Date.now() + 3 * hour) * 0x1000;
    await redis.zadd(`${queuePrefix}:batch:delayed`, score, 'nobody', score + 1, 'nobody-either');
    expect(await replan(redis, rig.queues, horizon, interval, Date.now)).toBe(1);
  });

  test('locks and the pause between checks last no longer than intended, by the clock of Redis', async () => {
    const [running, held] = [gate(), gate()];
    const rig = await rigOf({
      async batch() {
        running.open();
        await held.passed;
        return [];
      },
    });
    await rig.queues.enqueue(planned(1, () => 0));
    await running.passed;
    const [id = ''] = await redis.lrange(`${queuePrefix}:batch:active`, 0, -1);
    const lasting = [`${queuePrefix}:batch:${id}:lock`, `${queuePrefix}:batch:stalled-check`];
    const left = () => Promise.all(lasting.map((key) => redis.pttl(key)));
    await boundLocks(redis, rig.queues.shown());
    const before = await left();
    expect(before.every((ms) => ms > 0 && ms <= takeover.lockDuration)).toBe(true);
    for (const key of lasting) await redis.pexpire(key, 2 * hour);
    await boundLocks(redis, rig.queues.shown());
    expect((await left()).every((ms) => ms > 0 && ms <= takeover.lockDuration)).toBe(true);
    held.open();
    await rig.runs(1);
  });

  test('a running job keeps its lock, whatever the time of day', async () => {
    const [running, held] = [gate(), gate()];
    const rig = await rigOf({
      async batch() {
        running.open();
        await held.passed;
        return [];
      },
    });
    await rig.queues.enqueue(planned(1, () => 0));
    await running.passed;
    const [id = ''] = await redis.lrange(`${queuePrefix}:batch:active`, 0, -1);
    const lock = `${queuePrefix}:batch:${id}:lock`;
    const realNow = Date.now;
    Date.now = () => realNow() - 2 * hour;
    try {
      // About to expire: only a renewal extends it.
      await redis.pexpire(lock, takeover.lockDuration / 2);
      const renewed = () => redis.pttl(lock);
      await expect
        .poll(renewed, { timeout: takeover.lockDuration / 2 - 500, interval: 100 })
        .toBeGreaterThan(takeover.lockDuration * 0.9);
    } finally {
      Date.now = realNow;
    }
    held.open();
    await rig.runs(1);
    expect(rig.troubles).toEqual([]);
  });
});
