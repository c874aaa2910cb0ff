import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { queueNames } from '../../src/adapters/bullmq/jobs.ts';
import { lookQueue } from '../../src/adapters/bullmq/look-jobs.ts';
import { queuePrefix, storeKey } from '../../src/adapters/redis/keys.ts';
import { storeSchema } from '../../src/core/store-schema.ts';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage } from './stage.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'pinwatch.js');
const reason = new RegExp(
  `data of a newer pinwatch \\(schema 99; this version knows schemas up to ${storeSchema}\\)`,
);

requires('redis-server')('a store that a newer version has used', () => {
  let stage: Stage;
  let redis: Redis;
  beforeEach(async () => {
    stage = await setStage();
    redis = new Redis(stage.redis.url, { maxRetriesPerRequest: null });
  });
  afterEach(async () => {
    redis.disconnect();
    await stage.close();
  });
  const upgrade = () => redis.hset(storeKey, 'schema', 99);

  test.each(['run', 'server', 'worker'] as const)(
    'ends the start of an older %s with the reason, and nothing is written',
    async (role) => {
      await upgrade();
      const service = stage.start({ config: await stage.configure([]), role });
      expect(await service.exited).toBe(69);
      const told = service.lines.filter(({ level }) => level === 'error' || level === 'fatal');
      expect(told.map(({ event, msg }) => [event, msg])).toEqual([
        ['store_newer', expect.stringMatching(reason)],
        ['refused', expect.stringMatching(reason)],
      ]);
      expect(await redis.keys('pinwatch:*')).toEqual([]);
      expect(await redis.hgetall(storeKey)).toEqual({ schema: '99' });
    },
  );

  test('is not used by running processes: they log why, take no jobs, and still serve health and metrics', async () => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)]);
    const inWest = await stage.configure([], { region: 'eu-west' });
    const services = (['run', 'server', 'worker'] as const).map((role) =>
      stage.start({ config: role === 'worker' ? inWest : config, role }),
    );
    await Promise.all(services.map((service) => service.readiness(200)));
    await Promise.any(services.map((service) => probed(service, [api.name], 'match')));
    expect(await redis.hget(storeKey, 'schema')).toBe(String(storeSchema));

    await upgrade();
    for (const service of services) {
      await service.line('store_newer', ({ level, msg }) => level === 'error' && reason.test(msg));
      expect(await service.readiness(503)).toEqual([expect.stringMatching(reason)]);
      expect((await service.get('/healthz')).status).toBe(200);
      expect((await service.get('/metrics')).status).toBe(200);
    }
    const names = [...queueNames, lookQueue('default'), lookQueue('eu-west')];
    const queues = names.map((name) => new Queue(name, { connection: redis, prefix: queuePrefix }));
    await vi.waitUntil(
      async () =>
        (await Promise.all(queues.map((queue) => queue.getWorkersCount()))).every((count) => count === 0),
      {
        timeout: 30_000,
        interval: 50,
      },
    );
    await Promise.all(queues.map((queue) => queue.close()));

    const { address } = await (services[0] ?? stage.start({ config })).line('listening');
    const answer = await fetch(`${address}/v1/accounts`);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { code: 'store_newer', detail: expect.stringMatching(reason) },
    ]);
  });

  test('is not adopted, and gets no token from an older command', async () => {
    await upgrade();
    const config = await stage.configure([]);
    for (const words of [
      ['store', 'adopt'],
      ['token', 'create', 'ops', '--role', 'admin', '--local'],
    ]) {
      const args = [program, ...words, '--config', config];
      const { status, stderr } = await new Promise<{ status: number; stderr: string }>((resolve) => {
        execFile(process.execPath, args, (error, _stdout, text) =>
          resolve({ status: error === null ? 0 : Number(error.code), stderr: text }),
        );
      });
      expect([words, status]).toEqual([words, 2]);
      expect(stderr).toMatch(reason);
    }
    expect(await redis.hgetall(storeKey)).toEqual({ schema: '99' });
  });
});
