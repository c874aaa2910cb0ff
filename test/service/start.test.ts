import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { entryOf, type Stage, setStage } from './stage.ts';

requires('redis-server')('a start that cannot go on', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  test('on a Redis that evicts reports the reason once, and ends', async () => {
    stage = await setStage({ maxmemoryPolicy: 'allkeys-lru' });
    const service = stage.start({ config: await stage.configure([]) });
    expect(await service.exited).toBe(69);
    const fatal = service.lines.filter(({ level }) => level === 'fatal');
    expect(fatal.map(({ event, msg }) => [event, msg])).toEqual([
      ['redis_unfit', expect.stringContaining('maxmemory-policy is allkeys-lru')],
      ['refused', 'nothing was started on this Redis'],
    ]);
  });

  test.each(['run', 'server', 'worker'] as const)(
    'on a Redis that is full waits until there is room, and says so: %s',
    async (role) => {
      stage = await setStage();
      const redis = new Redis(stage.redis.url);
      try {
        const api = await stage.api('api.example.com');
        const config = await stage.configure([entryOf(api)]);
        await redis.config('SET', 'maxmemory', '1');
        const service = stage.start({ config, role });
        const { msg, reason } = await service.line('trouble');
        expect([msg, reason]).toEqual([
          'the start waits until Redis can write',
          expect.stringMatching(/^OOM command not allowed/),
        ]);
        expect(await service.readiness(503)).toEqual([
          expect.stringMatching(/^starting: Redis does not write: OOM /),
        ]);
        await redis.config('SET', 'maxmemory', '0');
        await service.line('working');
        expect(await service.readiness(200)).toEqual([]);
        expect(service.lines.filter(({ event }) => event === 'trouble')).toHaveLength(1);
      } finally {
        redis.disconnect();
      }
    },
  );

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'in a folder in use reports that, and ends at once at %s',
    async (signal) => {
      stage = await setStage();
      const config = await stage.configure([], { redis: {} });
      const first = stage.start({ config });
      await first.line('working');
      const second = stage.start({ config });
      const { redisPid: pid, msg } = await second.line('redis_in_use');
      expect(msg).toMatch(
        /^waiting for the other pinwatch on .* to end \(its redis-server has process id \d+\)$/,
      );
      expect(await first.leftovers(stage.directory)).toContainEqual(
        expect.stringMatching(`^${pid} .*redis-server`),
      );
      expect(await second.stop(signal)).toBe(0);
      expect(second.lines.map(({ event }) => event)).toEqual([
        'config_warning',
        'redis_in_use',
        'stopping',
        'stopped',
      ]);
      // The other one has not noticed.
      expect(await first.readiness(200)).toEqual([]);
      expect(await first.stop()).toBe(0);
    },
  );
});
