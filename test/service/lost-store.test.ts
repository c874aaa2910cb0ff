import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { entryOf, probed, type Stage, setStage } from './stage.ts';

requires('redis-server')('a store that lost its data', () => {
  let stage: Stage;
  let redis: Redis;
  beforeEach(async () => {
    stage = await setStage({ appendonly: true });
    redis = new Redis(stage.redis.url, { maxRetriesPerRequest: null });
    redis.on('error', () => {});
  });
  afterEach(async () => {
    redis.disconnect();
    await stage.close();
  });

  async function call(service: Service, path: string, token?: string, init: RequestInit = {}) {
    const { address } = await service.line('listening');
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(init.body ? { 'content-type': 'application/json' } : {}),
    };
    const response = await fetch(`${address}${path}`, { ...init, headers });
    const text = await response.text();
    return { status: response.status, text, json: /^[{[]/.test(text) ? JSON.parse(text) : null };
  }

  async function firstToken(service: Service): Promise<string> {
    const body = JSON.stringify({ name: 'root', role: 'admin' });
    const { status, json } = await call(service, '/v1/tokens', undefined, { method: 'POST', body });
    expect(status).toBe(201);
    return json.token;
  }

  const adopt = (config: string) => stage.command(['store', 'adopt', '--config', config, '--json']);

  /** Closed for everyone, reported everywhere, and no account's data can be read. */
  async function expectClosed(service: Service, reason: RegExp, ...tokens: (string | undefined)[]) {
    await service.line('store_closed', (line) => line.level === 'error' && reason.test(String(line.reason)));
    for (const token of tokens) {
      for (const path of ['/v1/me', '/v1/accounts', '/queues']) {
        const { status, json } = await call(service, path, token);
        expect([path, status, json.code]).toEqual([path, 503, 'store_replaced']);
        expect(json.detail).toMatch(reason);
        expect(json.detail).toContain('pinwatch store adopt');
      }
    }
    expect((await service.readiness(503)).join()).toMatch(reason);
    expect((await call(service, '/healthz')).status).toBe(200);
    const { status, text } = await call(service, '/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/^pinwatch_store_replaced 1$/m);
    expect(text).not.toContain('account=');
  }

  async function expectOpen(service: Service) {
    await service.readiness(200);
    expect((await call(service, '/v1/me')).status).not.toBe(503);
  }

  test('by FLUSHALL keeps everyone out, watches what is in the file, and opens once it is adopted', async () => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)]);
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    const token = await firstToken(service);
    expect((await call(service, '/metrics')).status).toBe(401);
    expect((await call(service, '/metrics', token)).text).toMatch(/^pinwatch_store_replaced 0$/m);

    await redis.flushall();
    // By the first request, before any periodic check.
    expect((await call(service, '/v1/me')).status).toBe(503);
    await expectClosed(service, /lost its data/, undefined, token, 'wrong');
    const since = service.lines.length;
    await probed(service, [api.name], 'match', since);
    api.server.rotate([api.strange]);
    expect((await stage.mail()).mail.subject).toContain('api.example.com');

    const { status, stdout } = await adopt(config);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ adopted: true, accounts: 1, domains: 1, hasTokens: false });
    await service.line('store_adopted');
    await expectOpen(service);
    expect((await call(service, '/v1/me')).json).toMatchObject({ role: 'admin' });
    expect((await call(service, '/v1/me', token)).status).toBe(401);
    expect((await call(service, '/metrics')).text).toMatch(/^pinwatch_store_replaced 0$/m);
    expect(JSON.parse((await adopt(config)).stdout)).toMatchObject({ adopted: false });
  });

  test('its tokens alone keeps everybody out, and one whose last token was revoked does not', async () => {
    const config = await stage.configure([]);
    const service = stage.start({ config });
    await service.line('working');
    const token = await firstToken(service);
    const [{ id }] = (await call(service, '/v1/tokens', token)).json.tokens;
    expect((await call(service, `/v1/tokens/${id}`, token, { method: 'DELETE' })).status).toBe(204);
    expect((await call(service, '/v1/me')).json).toMatchObject({ role: 'admin' });

    const again = await firstToken(service);
    await redis.del('pinwatch:tokens');
    expect((await call(service, '/v1/me')).status).toBe(503);
    await expectClosed(service, /lost its tokens/, undefined, again);
    expect((await adopt(config)).status).toBe(0);
    await service.line('store_adopted');
    await expectOpen(service);
    expect((await call(service, '/v1/me')).json).toMatchObject({ role: 'admin' });
  });

  test('by a restart without it is noticed, even by an installation that never had a token', async () => {
    const config = await stage.configure([]);
    const service = stage.start({ config });
    await service.line('working');
    expect((await call(service, '/v1/me')).status).toBe(200);
    const directory = await directoryOf(redis, stage);
    await stage.redis.stop();
    await service.line('redis_away');
    await rm(join(directory, 'appendonlydir'), { recursive: true });
    await stage.redis.start();
    await expectClosed(service, /lost its data/, undefined);
    // A start finds what was remembered, and does not mistake an empty store for a first one.
    await service.stop();
    const next = stage.start({ config });
    await next.line('working');
    await expectClosed(next, /lost its data/, undefined);
    // A process without any memory relies on those that have one.
    const other = await stage.configure([], { stateDir: join(stage.directory, 'elsewhere') });
    const newcomer = stage.start({ config: other });
    await newcomer.line('working');
    await expectClosed(newcomer, /lost its data/, undefined);
    expect((await adopt(config)).status).toBe(0);
    await expectOpen(next);
    await expectOpen(newcomer);
  });

  test('and comes back as an older backup is not accepted', async () => {
    const config = await stage.configure([]);
    const service = stage.start({ config });
    await service.line('working');
    const token = await firstToken(service);
    const directory = await directoryOf(redis, stage);
    await service.stop();
    await stage.redis.stop();
    const backup = join(stage.directory, 'backup');
    await cp(join(directory, 'appendonlydir'), backup, { recursive: true });
    await stage.redis.start();
    // As after some minutes of service.
    const memory = join(stage.directory, 'state', 'store.json');
    const { id } = JSON.parse(await readFile(memory, 'utf8'));
    await writeFile(memory, JSON.stringify({ id, generation: 5 }));
    await redis.hset('{pinwatch:tokens}:store', 'generation', 7);
    const later = stage.start({ config });
    await later.line('working');
    expect((await call(later, '/v1/me', token)).status).toBe(200);
    await stage.redis.stop();
    await later.line('redis_away');
    await rm(join(directory, 'appendonlydir'), { recursive: true });
    await cp(backup, join(directory, 'appendonlydir'), { recursive: true });
    await stage.redis.start();
    await expectClosed(later, /older than when it was last seen/, undefined, token);
    const { stdout } = await adopt(config);
    expect(JSON.parse(stdout)).toMatchObject({ adopted: true, hasTokens: true });
    await expectOpen(later);
    expect((await call(later, '/v1/me', token)).status).toBe(200);
  });

  test('is adopted once for all its processes, each with its own memory', async () => {
    const api = await stage.api('api.example.com');
    const files = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        stage.configure([entryOf(api)], { stateDir: join(stage.directory, name) }),
      ),
    );
    const [one, two] = files.map((config) => stage.start({ config, role: 'server' })) as [Service, Service];
    const worker = stage.start({ config: files[2] ?? '', role: 'worker' });
    await Promise.all([one.line('working'), two.line('working'), worker.line('working')]);
    await redis.flushall();
    for (const server of [one, two]) await expectClosed(server, /lost its data/, undefined);
    await worker.readiness(503);
    const since = worker.lines.length;
    await probed(worker, [api.name], 'match', since);
    expect((await adopt(files[1] ?? '')).status).toBe(0);
    for (const server of [one, two]) await expectOpen(server);
    await worker.readiness(200);
  });

  test('of the local Redis is adopted while run serves it', async () => {
    const config = await stage.configure([], { redis: {} });
    const first = stage.start({ config });
    await first.line('working');
    await first.stop();
    await rm(join(stage.directory, 'state', 'redis'), { recursive: true });
    expect(await adopt(config)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('start pinwatch'),
    });
    const service = stage.start({ config });
    await service.line('working');
    await expectClosed(service, /lost its data/, undefined);
    expect((await adopt(config)).status).toBe(0);
    await expectOpen(service);
  });

  test.each([
    ['{pinwatch:tokens}:store', /lost its data/],
    ['pinwatch:tokens', /the store's tokens cannot be read/],
  ])('in which %s has the wrong type is closed until it is adopted', async (key, reason) => {
    const config = await stage.configure([]);
    const service = stage.start({ config });
    await service.line('working');
    const token = await firstToken(service);
    await redis.del(key);
    await redis.set(key, 'x');
    await expectClosed(service, reason, undefined, token);
    await service.stop();
    const next = stage.start({ config });
    await next.line('working');
    await expectClosed(next, reason, undefined);
    expect((await adopt(config)).status).toBe(0);
    await expectOpen(next);
  });

  test('is not trusted if what was remembered cannot be read', async () => {
    const config = await stage.configure([]);
    await mkdir(join(stage.directory, 'state'), { recursive: true });
    await writeFile(join(stage.directory, 'state', 'store.json'), '{"id":');
    const service = stage.start({ config });
    await service.line('working');
    await expectClosed(service, /cannot be read/, undefined);
    expect((await service.line('store_unreadable')).reason).toMatch(/store\.json: expected JSON/);
    expect((await adopt(config)).status).toBe(0);
    await expectOpen(service);
  });
});

/** Where the server keeps its data, which the stage does not provide. */
async function directoryOf(redis: Redis, stage: Stage): Promise<string> {
  await redis.ping().catch(() => {});
  const [, directory = ''] = (await redis.config('GET', 'dir')) as string[];
  expect(directory, stage.redis.url).not.toBe('');
  return directory;
}
