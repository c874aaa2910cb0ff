import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { queuePrefix } from '../../../src/adapters/redis/keys.ts';
import type { Happening } from '../../../src/flow/journal.ts';
import { watchSchedule } from '../../../src/flow/watch-schedule.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { createRig, type Rig } from './rig.ts';

requires('redis-server')('the schedule of sweeps', () => {
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
  const rigOf = async (
    ...options: Parameters<typeof createRig> extends [string, ...infer Rest] ? Rest : never
  ) => {
    const rig = await createRig(server.url, ...options);
    rigs.push(rig);
    return rig;
  };
  const schedulers = () => redis.zrange(`${queuePrefix}:sweep:repeat`, '0', '-1');

  test('exists once, however often and from however many processes it is stored', async () => {
    const [one, other] = await Promise.all([rigOf({}, 1, false), rigOf({}, 1, false)]);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).queues.schedule(900_000, false)),
    );
    expect(await schedulers()).toEqual(['sweep']);
    const first = await one.queues.nextSweepAt();
    expect(Math.abs((first ?? 0) - Date.now())).toBeLessThan(60_000);
    // Stored again, it keeps its time: a restart neither skips nor adds a sweep.
    await other.queues.schedule(900_000, false);
    expect(await one.queues.nextSweepAt()).toBe(first);
    const counts = (await one.queues.counts()).filter(({ queue }) => queue === 'sweep');
    expect(counts.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(1);
  });

  test('names each sweep by its scheduled time, an interval apart to the millisecond', async () => {
    const rig = await rigOf();
    await rig.queues.schedule(300, false);
    await rig.runs(5);
    const gaps = rig.slots.slice(1).map((slot, index) => slot - (rig.slots[index] ?? 0));
    // A machine that is busy for longer than an interval skips a round, but never moves it.
    expect(gaps.map((gap) => gap % 300)).toEqual(gaps.map(() => 0));
    expect(Math.min(...gaps)).toBe(300);
    expect(Math.abs((rig.slots[0] ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('follows a changed interval, and still exists once', async () => {
    const rig = await rigOf();
    await rig.queues.schedule(900_000, false);
    await rig.runs(1);
    const next = (await rig.queues.nextSweepAt()) ?? 0;
    expect(next).toBe((rig.slots[0] ?? 0) + 900_000);
    await rig.queues.schedule(300, false);
    await rig.runs(4);
    expect(await schedulers()).toEqual(['sweep']);
    const gaps = rig.slots.slice(2).map((slot, index) => slot - (rig.slots[index + 1] ?? 0));
    expect(gaps.map((gap) => gap % 300)).toEqual(gaps.map(() => 0));
    await rig.queues.schedule(900_000, false);
    expect(await schedulers()).toEqual(['sweep']);
    expect(((await rig.queues.nextSweepAt()) ?? 0) - Date.now()).toBeLessThanOrEqual(900_000);
  });

  test('is restored by the watchdog if Redis has lost everything', async () => {
    const rig = await rigOf();
    const watch = async () => {
      const happenings: Happening[] = [];
      await watchSchedule({
        nextSweepAt: rig.queues.nextSweepAt,
        sweepWaits: rig.queues.sweepWaits,
        restore: (afresh) => rig.queues.schedule(900_000, afresh),
        clock: () => Date.now(),
        journal: (happening) => happenings.push(happening),
      });
      return happenings.map(({ kind }) => kind);
    };
    await rig.queues.schedule(900_000, false);
    await rig.runs(1);
    expect(await watch()).toEqual([]);
    await redis.flushall();
    expect(await rig.queues.nextSweepAt()).toBeNull();
    expect(await watch()).toEqual(['scheduler_repaired']);
    await rig.runs(2);
    expect(await watch()).toEqual([]);

    // Its next job is gone, and with it all later ones.
    const id = `repeat:sweep:${await rig.queues.nextSweepAt()}`;
    await redis.zrem(`${queuePrefix}:sweep:delayed`, id);
    await redis.del(`${queuePrefix}:sweep:${id}`);
    const overdue = Date.now() + 900_000 + 60_001;
    await watchSchedule({
      nextSweepAt: rig.queues.nextSweepAt,
      sweepWaits: rig.queues.sweepWaits,
      restore: (afresh) => rig.queues.schedule(900_000, afresh),
      clock: () => overdue,
      journal: () => {},
    });
    await rig.runs(3);
    expect(await schedulers()).toEqual(['sweep']);
  });

  test('is left overdue by the watchdog if no worker runs, so that the alert fires', async () => {
    const rig = await rigOf({}, 1, false);
    await rig.queues.schedule(900_000, false);
    const next = await rig.queues.nextSweepAt();
    const happenings: Happening[] = [];
    const look = () =>
      watchSchedule({
        nextSweepAt: rig.queues.nextSweepAt,
        sweepWaits: rig.queues.sweepWaits,
        restore: (afresh) => rig.queues.schedule(900_000, afresh),
        clock: () => Date.now() + 1_900_000,
        journal: (happening) => happenings.push(happening),
      });
    await look();
    await look();
    expect(await rig.queues.nextSweepAt()).toBe(next);
    expect(happenings.map(({ kind }) => kind)).toEqual(['sweep_unclaimed', 'sweep_unclaimed']);
    // A new worker takes it at once.
    rig.workers.start();
    await rig.runs(1);
    expect(await schedulers()).toEqual(['sweep']);
  });
});
