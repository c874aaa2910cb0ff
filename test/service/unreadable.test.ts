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
  const api = async (path: string, init?: RequestInit) => {
    const { address } = await service.line('listening');
    const response = await fetch(`${address}/v1/accounts/acme/domains${path}`, init);
    // biome-ignore lint/suspicious/noExplicitAny: what came over the wire.
    const json: any = response.status === 204 ? null : await response.json();
    return { status: response.status, json };
  };
  /** Adds another name of the first server. */
  const add = async (host: string) => {
    const { pins } = apis[0];
    const body = JSON.stringify({ host, pins, connect: ['127.0.0.1'] });
    const headers = { 'content-type': 'application/json' };
    expect((await api('', { method: 'POST', headers, body })).status).toBe(201);
  };
  const unreadableValues = async (count: number) => {
    const { text } = await service.get('/metrics');
    expect(text).toMatch(new RegExp(`^pinwatch_unreadable_values ${count}$`, 'm'));
  };

  test('unreadable settings cost their own domain, which is named, until they are repaired', async () => {
    const texts = ['not JSON', '', '[]', '42', 'null', '{}', '{"host":"x","port":443,"pins":7}'];
    const broken = texts.map((text, index) => ({ text, name: `broken-${index}.example.com` }));
    for (const { text, name } of broken) {
      await add(name);
      await redis.hset(keys.domains, name, text);
    }
    await Promise.all(broken.map(({ name }) => named(`${keys.domains} ${name}`)));
    await othersGoOn();
    await unreadableValues(texts.length);
    const entry = (name: string, unreadable: boolean) => expect.objectContaining({ name, unreadable });
    expect((await api('')).json.domains).toEqual(
      expect.arrayContaining([
        ...broken.map(({ name }) => entry(name, true)),
        entry(apis[0].name, false),
        entry(apis[1].name, false),
      ]),
    );
    for (const { text, name } of broken) {
      const shown = await api(`/${name}`);
      expect([shown.status, shown.json.code], text).toEqual([500, 'unreadable']);
      expect((await api(`/${name}`, { method: 'DELETE' })).status, text).toBe(204);
    }
    await othersGoOn();
    await unreadableValues(0);
  });

  test('an unreadable record counts as missing: the next probe replaces it', async () => {
    const texts = [
      'not JSON',
      '',
      '7 ',
      '7 [1]',
      '7 {"incidents":5}',
      '7 {"lastCheck":{}}',
      '{"incidents":{}}',
    ];
    const damaged = texts.map((text, index) => {
      const name = `damaged-${index}.example.com:${apis[0].server.port}`;
      return { text, name };
    });
    const names = damaged.map(({ name }) => name);
    for (const name of names) await add(name);
    await probed(service, names, 'match');
    await Promise.all(
      damaged.map(async ({ text, name }) => {
        let isNamed = false;
        const naming = named(`${keys.records} ${name}`).then(() => {
          isNamed = true;
        });
        // Another first probe, still in flight, replaces the record unread: then it is damaged again.
        while (!isNamed) {
          const since = service.lines.length;
          await redis.hset(keys.records, name, text);
          await Promise.race([naming, probed(service, [name], 'match', since)]);
        }
      }),
    );
    const since = service.lines.length;
    await probed(service, names, 'match', since);
    for (const { text, name } of damaged)
      expect(await redis.hget(keys.records, name), text).toMatch(/^\d+ y/);
    await othersGoOn();
  });

  test('an unreadable status counts as that of a domain that was never probed', async () => {
    for (const text of [
      'not JSON',
      '[]',
      '{"values":"x"}',
      '{"values":[null,"x"],"open":[],"verdict":null}',
    ]) {
      await field(keys.statuses, text);
      await othersGoOn();
      const since = service.lines.length;
      await probed(service, [apis[0].name], 'match', since);
      await unreadableValues(0);
    }
  });

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
