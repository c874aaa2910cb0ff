import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountKeys, historyKey } from '../../src/adapters/redis/keys.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { type Api, entryOf, probed, type Stage, setStage } from './stage.ts';

requires('redis-server')('a value that cannot be read', () => {
  let stage: Stage;
  let redis: Redis;
  let service: Service;
  let apis: [hurt: Api, sibling: Api, neighbour: Api];
  const keys = accountKeys('acme');
  const contacts = ['devops@example.com'];

  beforeEach(async () => {
    stage = await setStage();
    redis = new Redis(stage.redis.url);
    apis = [
      await stage.api('hurt.example.com'),
      await stage.api('sibling.example.com'),
      await stage.api('neighbour.example.com'),
    ];
    const accounts = {
      acme: { contacts, domains: [entryOf(apis[0]), entryOf(apis[1])] },
      // Behind it, in the order of the checks.
      zeta: { contacts, domains: [entryOf(apis[2])] },
    };
    service = stage.start({ config: await stage.configure([], { accounts }) });
    await probed(
      service,
      apis.map(({ name }) => name),
      'match',
    );
  });
  afterEach(async () => {
    redis.disconnect();
    await stage.close();
  });

  const othersGoOn = async () => {
    const since = service.lines.length;
    await service.sweeps(2);
    const [, sibling, neighbour] = apis;
    await probed(service, [sibling.name, neighbour.name], 'match', since);
    await service.readiness(200);
  };
  const field = async (key: string, text: string) => redis.hset(key, apis[0].name, text);
  const named = (place: string) =>
    service.line('unreadable', (line) => line.level === 'error' && `${line.key} ${line.field}` === place);

  test.each(['not JSON', '', '[]', '42', 'null', '{}', '{"host":"x","port":443,"pins":7}'])(
    'settings %j cost their own domain, which is named, until they are repaired',
    async (text) => {
      await field(keys.domains, text);
      await named(`${keys.domains} ${apis[0].name}`);
      await othersGoOn();
      const { text: metrics } = await service.get('/metrics');
      expect(metrics).toMatch(/^pinwatch_unreadable_values 1$/m);
      const { address } = await service.line('listening');
      const api = async (path: string, init?: RequestInit) => {
        const response = await fetch(`${address}/v1/accounts/acme/domains${path}`, init);
        // biome-ignore lint/suspicious/noExplicitAny: what came over the wire.
        const json: any = response.status === 204 ? null : await response.json();
        return { status: response.status, json };
      };
      const list = await api('');
      expect(list.json.domains).toMatchObject([
        { name: apis[0].name, unreadable: true },
        { name: apis[1].name, unreadable: false },
      ]);
      const shown = await api(`/${apis[0].name}`);
      expect([shown.status, shown.json.code]).toEqual([500, 'unreadable']);
      expect((await api(`/${apis[0].name}`, { method: 'DELETE' })).status).toBe(204);
      await othersGoOn();
      expect((await service.get('/metrics')).text).toMatch(/^pinwatch_unreadable_values 0$/m);
    },
  );

  test.each(['not JSON', '', '7 ', '7 [1]', '7 {"incidents":5}', '7 {"lastCheck":{}}', '{"incidents":{}}'])(
    'a record %j counts as missing: the next probe replaces it',
    async (text) => {
      const since = service.lines.length;
      await field(keys.records, text);
      await named(`${keys.records} ${apis[0].name}`);
      await probed(service, [apis[0].name], 'match', since);
      await othersGoOn();
      expect(await redis.hget(keys.records, apis[0].name)).toMatch(/^\d+ \{"/);
    },
  );

  test.each(['not JSON', '[]', '{"values":"x"}', '{"values":[null,"x"],"open":[],"verdict":null}'])(
    'a status %j counts as that of a domain that was never probed',
    async (text) => {
      await field(keys.statuses, text);
      await othersGoOn();
      const since = service.lines.length;
      await probed(service, [apis[0].name], 'match', since);
      expect((await service.get('/metrics')).text).toMatch(/^pinwatch_unreadable_values 0$/m);
    },
  );

  test('an unreadable account keeps its domains watched, and affects no other', async () => {
    await redis.set(keys.account, '{"contacts":');
    await service.line('unreadable', ({ key }) => key === keys.account);
    await othersGoOn();
    apis[2].server.rotate([apis[2].strange]);
    expect((await stage.mail()).mail.subject).toContain('neighbour.example.com');
  });

  const wrong: [string, (key: string) => Promise<unknown>][] = [
    ['a text', (key) => redis.set(key, 'x')],
    ['a list', (key) => redis.rpush(key, 'x')],
    ['a set', (key) => redis.sadd(key, 'x')],
  ];
  test.each(
    (['domains', 'roots', 'records', 'statuses', 'notices', 'letters'] as const).map(
      (name, index) => [name, keys[name], wrong[index % wrong.length]] as const,
    ),
  )(
    'a wrong type in place of %s is set aside, and named',
    async (name, key, kind) => {
      const [, put] = kind ?? wrong[0] ?? [];
      await redis.del(key);
      // A list is what some of them are.
      if (/notices|audit/i.test(name)) await redis.set(key, 'x');
      else await put?.(key);
      // What a probe writes only when something happens.
      apis[0].server.rotate([apis[0].strange]);
      await service.line('unreadable', (line) => line.key === key && line.level === 'error');
      await othersGoOn();
      const since = service.lines.length;
      await probed(service, [apis[0].name], 'mismatch', since);
      expect(await redis.exists(`${key}:unreadable`)).toBe(1);
      expect((await service.get('/metrics')).text).toMatch(/^pinwatch_unreadable_values [1-9]/m);
    },
    150_000,
  );

  test('a wrong type in place of a history is set aside by the next transition', async () => {
    await redis.set(historyKey('acme', apis[0].name), 'x');
    apis[0].server.rotate([apis[0].strange]);
    await service.line('incident_opened', ({ domain }) => domain === apis[0].name);
    await othersGoOn();
  });

  test('a wrong type in place of the time of the last sweep is overwritten', async () => {
    await redis.del('pinwatch:sweep');
    await redis.rpush('pinwatch:sweep', 'x');
    await othersGoOn();
    expect((await service.get('/metrics')).text).toMatch(
      /^pinwatch_sweep_last_start_timestamp_seconds [1-9]/m,
    );
  });
});
