import { expect, type TestContext, test as vitest } from 'vitest';
import { requires } from '../support/requires.ts';
import { type SwallowingLink, swallowingLink } from '../support/swallowing-link.ts';
import { within } from '../support/within.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

const silent = 'redis: no answer on an open connection';
/** Prometheus gives up after so long. */
const scrapeMs = 10_000;
/** Far below what TCP would take, on a busy machine too. How soon it is at best is tested in one process. */
const soonMs = 30_000;

// They wait for deadlines, so they all wait at once.
const test = vitest.concurrent;

async function setting(
  onTestFinished: TestContext['onTestFinished'],
): Promise<{ stage: Stage; way: SwallowingLink }> {
  const stage = await setStage();
  const way = await swallowingLink(stage.redis.url);
  onTestFinished(async () => {
    stage.redis.thaw();
    await stage.close();
    await way.close();
  });
  return { stage, way };
}

requires('redis-server')('a Redis that hangs', () => {
  test('is reported as away, keeps no client waiting, and delays nothing once it answers', async ({
    onTestFinished,
  }) => {
    const { stage } = await setting(onTestFinished);
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)]);
    const [server, worker] = [
      stage.start({ config, role: 'server' }),
      stage.start({ config, role: 'worker' }),
    ];
    const services = [server, worker];
    await Promise.all(services.map((service) => service.readiness(200)));
    await probed(worker, [api.name], 'match');
    const ofDomain = `pinwatch_pin_mismatch{account="acme",domain="${api.name}"} 0`;
    expect((await server.get('/metrics')).text).toContain(ofDomain);

    stage.redis.freeze();
    api.server.rotate([api.strange]);
    const asked = server.get('/v1/accounts');
    const scraped = server.get('/metrics');
    const away = Promise.all(services.map((service) => service.line('redis_away')));
    // Before it is known to be away: neither tokens nor stored data can be read.
    expect(await within(scrapeMs, scraped)).toBe(true);
    expect((await scraped).text).toContain(ofDomain);
    expect((await server.get('/healthz')).status).toBe(200);
    expect(await within(soonMs, away)).toBe(true);
    expect(await within(soonMs, asked)).toBe(true);
    expect((await asked).status).toBe(503);
    expect((await asked).text).toContain('store_away');
    for (const service of services) {
      expect(await service.readiness(503)).toEqual([silent]);
      expect((await service.get('/metrics')).text).toMatch(/^pinwatch_redis_up 0$/m);
      expect((await service.get('/healthz')).status).toBe(200);
    }
    expect((await server.get('/metrics')).text).toContain(ofDomain);
    expect((await server.get('/v1/accounts')).status).toBe(503);
    expect((await server.get('/queues/')).status).toBe(503);

    stage.redis.thaw();
    const back = Promise.all(services.map((service) => service.readiness(200)));
    expect(await within(soonMs, back)).toBe(true);
    await expect.poll(async () => (await server.get('/v1/accounts')).status).toBe(200);
    expect((await worker.get('/metrics')).text).toMatch(/^pinwatch_redis_up 1$/m);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    await worker.sweeps(2);
    expect(stage.smtp.received).toHaveLength(1);
  });

  test('does not keep a service from stopping', async ({ onTestFinished }) => {
    const { stage } = await setting(onTestFinished);
    const api = await stage.api('api.example.com');
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await probed(service, [api.name], 'match');
    stage.redis.freeze();
    await service.line('redis_away');
    expect(await service.stop()).toBe(0);
    expect(service.lines.at(-1)?.event).toBe('stopped');
  });

  test('or a path that swallows the packets of open connections: new ones are made, and problems are reported', async ({
    onTestFinished,
  }) => {
    const { stage, way } = await setting(onTestFinished);
    const api = await stage.api('api.example.com');
    const redis = { redis: { url: way.url } };
    const service = stage.start({ config: await stage.configure([entryOf(api)], redis) });
    await probed(service, [api.name], 'match');
    way.swallow('open');
    api.server.rotate([api.strange]);
    expect(await within(soonMs, service.line('redis_away'))).toBe(true);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    expect(await service.readiness(200)).toEqual([]);
  });

  test('or only the connection that waits for jobs: this is reported, and another one is made', async ({
    onTestFinished,
  }) => {
    const { stage, way } = await setting(onTestFinished);
    const api = await stage.api('api.example.com');
    const redis = { redis: { url: way.url } };
    const service = stage.start({ config: await stage.configure([entryOf(api)], redis) });
    await probed(service, [api.name], 'match');
    // BullMQ names each blocking connection after its queue.
    way.swallow('open', (sent) => /setname/i.test(sent));
    api.server.rotate([api.strange]);
    expect(await within(soonMs, service.line('redis_away'))).toBe(true);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
  });
});
