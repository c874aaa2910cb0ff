import { afterEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { type Stage, setStage } from './stage.ts';

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
