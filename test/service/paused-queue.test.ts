import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queueNames } from '../../src/adapters/bullmq/jobs.ts';
import { queuePrefix } from '../../src/adapters/redis/keys.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { entryOf, probed, type Stage, setStage } from './stage.ts';

requires('redis-server')('a paused queue', () => {
  let stage: Stage;
  let connection: Redis;
  let services: Service[];
  let name: string;
  beforeAll(async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    name = api.name;
    const config = await stage.configure([entryOf(api)]);
    services = (['run', 'server', 'worker'] as const).map((role) => stage.start({ config, role }));
    await Promise.all(services.map((service) => service.readiness(200)));
    connection = new Redis(stage.redis.url);
  });
  afterAll(async () => {
    connection.disconnect();
    await stage.close();
  });

  const queueOf = (name: string) => new Queue(name, { connection, prefix: queuePrefix });

  test('is named by every role until it is resumed', async () => {
    const queues = queueNames.map(queueOf);
    for (const queue of queues) await queue.pause();
    await Promise.all(
      services.flatMap((service) =>
        queueNames.map((name) => service.line('queue_paused', ({ queue }) => queue === name)),
      ),
    );
    const reasons = await Promise.all(services.map((service) => service.readiness(503)));
    expect(reasons).toEqual(services.map(() => queueNames.map((name) => `the ${name} queue is paused`)));
    for (const queue of queues) await queue.resume();
    await Promise.all(services.map((service) => service.readiness(200)));
    await Promise.all(services.map((service) => service.line('queue_resumed', undefined, 0, 3)));
    await Promise.all(queues.map((queue) => queue.close()));
  });

  test('a queue paused before the start is named as well', async () => {
    const queue = queueOf('probe');
    await queue.pause();
    const late = stage.start({ config: await stage.configure([]), role: 'worker' });
    await late.line('working');
    expect(await late.readiness(503)).toEqual(['the probe queue is paused']);
    const all = [...services, late];
    const since = all.map(({ lines }) => lines.length);
    await queue.resume();
    await queue.close();
    // The waiting jobs are done, by whichever worker: the domain may be in the share of the late one.
    await Promise.any(all.map((service, index) => probed(service, [name], 'match', since[index])));
  });
});
