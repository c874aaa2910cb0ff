import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('outages', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  test('of Redis are waited out, reported by /readyz, and lose nothing', async () => {
    stage = await setStage({ appendonly: true });
    const api = await stage.api('api.example.com');
    const notify = { groupWait: '4s', groupInterval: '200ms' };
    const service = stage.start({ config: await stage.configure([entryOf(api)], { notify }) });
    await probed(service, [api.name], 'match');
    expect((await service.get('/readyz')).status).toBe(200);
    const ofDomain = `pinwatch_pin_mismatch{account="acme",domain="${api.name}"}`;
    expect((await service.get('/metrics')).text.includes(ofDomain)).toBe(true);
    api.server.rotate([api.strange]);
    await service.line('incident_opened');

    await stage.redis.stop();
    const [reason] = await service.readiness(503);
    expect(reason).toMatch(/^redis: /);
    await service.line('redis_away');
    // Alive, and a restart would not help.
    expect((await service.get('/healthz')).status).toBe(200);
    const during = await service.get('/metrics');
    expect(during.status).toBe(200);
    // The last known state, so that no alert resolves by itself.
    expect(during.text.includes(ofDomain)).toBe(true);
    // Long enough for several reconnects.
    await refusedConnections(stage.redis.port, 4);
    const noise = service.lines.filter(({ level }) => level === 'error').length;
    expect(noise).toBeLessThan(20);

    await stage.redis.start();
    const since = service.lines.length;
    await service.readiness(200);
    await service.line('redis_ready', undefined, since);
    await service.sweeps(3);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    await service.sweeps(2);
    expect(stage.smtp.received).toHaveLength(1);
  });

  test('of Redis at the start are waited out, too', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    await stage.redis.stop();
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await service.line('redis_away');
    const reasons = await service.readiness(503);
    expect(reasons.join()).toContain('ECONNREFUSED');
    // No account is known yet: the process reports only itself.
    const { status, text } = await service.get('/metrics');
    expect(status).toBe(200);
    expect(text).toContain('pinwatch_build_info');
    expect(text).not.toContain('account=');
    await stage.redis.start();
    await probed(service, [api.name], 'match');
    expect(await service.readiness(200)).toEqual([]);
    expect((await service.get('/metrics')).text.includes(`domain="${api.name}"`)).toBe(true);
  });

  test('of Redis do not keep a service from stopping', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)]);
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    await stage.redis.stop();
    const late = stage.start({ config });
    await Promise.all([service.line('redis_away'), late.line('redis_away')]);
    expect(await late.stop()).toBe(0);
    expect(await service.stop()).toBe(0);
  });

  test('a Redis that comes back empty has its domains and schedule restored', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await probed(service, [api.name], 'match');
    await stage.redis.stop('SIGKILL');
    await service.line('redis_away');
    const since = service.lines.length;
    await stage.redis.start();
    await service.line('provisioned', ({ added }) => added === 1, since);
    await probed(service, [api.name], 'match', since);
    await service.sweeps(2);
    api.server.rotate([api.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
  });

  test('a Redis that evicts data is refused with the reason', async () => {
    stage = await setStage({ maxmemoryPolicy: 'allkeys-lru' });
    const service = stage.start({ config: await stage.configure([]) });
    expect(await service.exited).toBe(69);
    const fatal = service.lines.filter(({ level }) => level === 'fatal').map(({ msg }) => msg);
    expect(fatal.join()).toMatch(/maxmemory-policy is allkeys-lru.*set maxmemory-policy to noeviction/);
    const redis = new Redis(stage.redis.url);
    expect(await redis.dbsize()).toBe(0);
    redis.disconnect();
  });

  test('of the mail server hold one letter back, which then reports everything once', async () => {
    stage = await setStage();
    const apis = await Promise.all(['a', 'b'].map((name) => stage.api(`${name}.example.com`)));
    const service = stage.start({ config: await stage.configure(apis.map((api) => entryOf(api))) });
    await probed(
      service,
      apis.map(({ name }) => name),
      'match',
    );
    await stage.smtp.stop();
    apis[0]?.server.rotate([apis[0].strange]);
    await service.line('mail_failed_temporary');
    apis[1]?.server.rotate([apis[1].strange]);
    // New notices join the undelivered letter, which is tried at once.
    await service.line('mail_failed_temporary', ({ notices }) => notices === 2);
    const during = await service.get('/metrics');
    expect(during.text).toMatch(/^pinwatch_notices_pending 2$/m);
    await stage.smtp.start();
    expect(told(await stage.mail())).toEqual(apis.map(({ name }) => `opened ${name} pin_mismatch`));
    await service.sweeps(2);
    expect(stage.smtp.received).toHaveLength(1);
    const after = await service.get('/metrics');
    expect(after.text).toMatch(/^pinwatch_notices_pending 0$/m);
    expect(after.text).toMatch(/^pinwatch_notices_total\{outcome="sent"\} 2$/m);
  });

  test('a permanently refused address keeps no other from its mail', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    const contacts = ['gone@example.com', 'devops@example.com'];
    const config = await stage.configure([], { accounts: { acme: { contacts, domains: [entryOf(api)] } } });
    stage.smtp.fail('gone@example.com', 550);
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    api.server.rotate([api.strange]);
    const alarm = await stage.mail();
    expect(alarm.to).toEqual(['devops@example.com']);
    const failed = await service.line('mail_failed_permanent');
    expect(failed.recipient).toBe('gone@example.com');
    await service.sweeps(2);
    expect(stage.smtp.received).toHaveLength(1);
    const { text } = await service.get('/metrics');
    expect(text).toMatch(/^pinwatch_notices_total\{outcome="failed_permanent"\} 1$/m);
    expect(text).toMatch(/^pinwatch_notices_total\{outcome="sent"\} 1$/m);
    expect(text).toMatch(/^pinwatch_notices_pending 0$/m);
  });
});

/** Resolves when this port has refused that many connections, a few of them per second. */
async function refusedConnections(port: number, count: number): Promise<void> {
  const redis = new Redis({ port, lazyConnect: true, retryStrategy: () => 500, maxRetriesPerRequest: null });
  let refused = 0;
  await new Promise<void>((resolve) => {
    redis.on('error', () => {
      refused += 1;
      if (refused === count) resolve();
    });
    redis.connect().catch(() => {});
  });
  redis.disconnect();
}
