/**
 * A rolling upgrade from the version before, with real processes of both on one Redis. By default that is the commit before;
 * PINWATCH_UPGRADE_FROM names another one.
 */
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { storeKey } from '../../src/adapters/redis/keys.ts';
import { restoringSchema, storeSchema } from '../../src/core/store-schema.ts';
import { buildPrevious, type PreviousVersion } from '../support/previous-version.ts';
import { requires } from '../support/requires.ts';
import type { Service, ServiceOptions } from '../support/service.ts';
import { type Api, entryOf, probed, type Stage, setStage, told } from './stage.ts';

const buildMs = 300_000;
/** Six processes, one after the other. */
const slowMs = 180_000;

requires(
  'redis-server',
  'git',
  'tar',
)('a rolling upgrade', () => {
  let previous: PreviousVersion;
  let stage: Stage;
  let redis: Redis;
  beforeAll(async () => {
    previous = await buildPrevious();
  }, buildMs);
  afterAll(() => previous?.remove());
  beforeEach(async () => {
    stage = await setStage();
    redis = new Redis(stage.redis.url, { maxRetriesPerRequest: null });
  });
  afterEach(async () => {
    redis.disconnect();
    await stage.close();
  });

  const startOld = (options: ServiceOptions) => stage.start({ ...options, program: previous.program });
  /** What two mails say, in the order of the domains. */
  const mails = async (count: number) => {
    const transitions: string[] = [];
    while (transitions.length < count) transitions.push(...told(await stage.mail()));
    return transitions.sort();
  };

  test(
    'old server and new worker, new server and old worker: a rotation is told once, and nothing is lost',
    async () => {
      // Versions of different schemas don't work side by side, which the next test shows.
      if (previous.schema !== storeSchema) return;
      const names = ['first', 'second', 'third'];
      const apis = await Promise.all(names.map((name) => stage.api(`${name}.example.com`)));
      const [first, second, third] = apis as [Api, Api, Api];
      const config = await stage.configure(apis.map((api) => entryOf(api)));
      const all = apis.map(({ name }) => name);
      const breakKey = (api: Api) => api.server.rotate([api.strange]);
      const repair = (api: Api) => api.server.rotate([api.chain]);

      const oldServer = startOld({ config, role: 'server' });
      const oldWorker = startOld({ config, role: 'worker' });
      await probed(oldWorker, all, 'match');
      // The old worker has seen a rotation, and could not tell it.
      stage.smtp.fail('*', 451);
      breakKey(first);
      await oldWorker.line('incident_opened', ({ domain }) => domain === first.name);
      await oldWorker.line('mail_failed_temporary');

      // Old server, new worker.
      const newWorker = stage.start({ config, role: 'worker' });
      await newWorker.line('working');
      expect(await oldWorker.stop()).toBe(0);
      stage.smtp.fail('*', null);
      breakKey(second);
      expect(await mails(2)).toEqual([
        `opened ${first.name} pin_mismatch`,
        `opened ${second.name} pin_mismatch`,
      ]);
      await probed(newWorker, [third.name], 'match', newWorker.lines.length);

      // New server, old worker.
      const newServer = stage.start({ config, role: 'server' });
      await newServer.readiness(200);
      const otherWorker = startOld({ config, role: 'worker' });
      await otherWorker.line('working');
      await Promise.all([oldServer.stop(), newWorker.stop()]);
      repair(first);
      breakKey(third);
      expect(await mails(2)).toEqual([
        `closed ${first.name} pin_mismatch`,
        `opened ${third.name} pin_mismatch`,
      ]);

      // All new: the rest recovers.
      const lastWorker = stage.start({ config, role: 'worker' });
      await lastWorker.line('working');
      expect(await otherWorker.stop()).toBe(0);
      repair(second);
      repair(third);
      expect(await mails(2)).toEqual([
        `closed ${second.name} pin_mismatch`,
        `closed ${third.name} pin_mismatch`,
      ]);
      await probed(lastWorker, all, 'match', lastWorker.lines.length);

      const ids = stage.smtp.received.map(({ mail }) => mail.messageId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(stage.smtp.received.flatMap(told)).toHaveLength(6);
      const services: Service[] = [oldServer, oldWorker, newWorker, newServer, otherWorker, lastWorker];
      const troubles = services.flatMap(({ lines }) => lines.filter(({ event }) => isTrouble(event)));
      expect(troubles).toEqual([]);
      expect(await redis.hget(storeKey, 'schema')).toBe(String(storeSchema));
    },
    slowMs,
  );

  test('the schema goes up with the first new process, and the old version stops its work', async () => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)]);
    const old = startOld({ config });
    await probed(old, [api.name], 'match');
    expect(await redis.hget(storeKey, 'schema')).toBe(String(previous.schema));
    const next = stage.start({ config });
    await next.readiness(200);
    expect(await redis.hget(storeKey, 'schema')).toBe(String(storeSchema));
    // As the first process of a version with a new schema would leave it.
    await redis.hset(storeKey, 'schema', Math.max(storeSchema, previous.schema + 1));
    await old.line('store_newer');
    expect(await old.readiness(503)).toEqual([expect.stringContaining('newer pinwatch')]);
    const again = startOld({ config, role: 'worker' });
    expect(await again.exited).toBe(69);
  });

  test('the old version uses no store that is half restored', async () => {
    const config = await stage.configure([]);
    await redis.hset(storeKey, 'schema', restoringSchema);
    for (const role of ['run', 'worker'] as const) {
      expect(await startOld({ config, role }).exited).toBe(69);
    }
    expect(await redis.keys('pinwatch:*')).toEqual([]);
  });
});

function isTrouble(event: string | undefined): boolean {
  return ['trouble', 'job_failed', 'unreadable', 'store_closed', 'store_newer'].includes(event ?? '');
}
