import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cluster } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountKeys } from '../../src/adapters/redis/keys.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { within } from '../support/within.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

/** Far below what TCP would take, on a busy machine too. How soon it is at best is tested with one Redis. */
const hungMs = 30_000;

/** Their hash tags are in the slots of three masters; the job queue's is on the first. */
const accounts = ['hooli', 'umbrella', 'acme'] as const;

requires('redis-server')('the whole service on a Redis Cluster of three masters', () => {
  let stage: Stage;
  let cluster: RedisCluster;
  let client: Cluster;
  beforeEach(async () => {
    [stage, cluster] = await Promise.all([setStage(), startRedisCluster('p4ssword')]);
    const { hostname, port, password } = new URL(cluster.url);
    client = new Cluster([{ host: hostname, port: Number(port) }], { redisOptions: { password } });
  });
  afterEach(async () => {
    client.disconnect();
    await stage.close();
    await cluster.close();
  });

  /** How many masters hold any key of this account, and which. */
  async function holders(account: string): Promise<string[]> {
    const keys = Object.values(accountKeys(account));
    const found = await Promise.all(
      client.nodes('master').map(async (node) => {
        const stored = (await node.keys('*')).filter(
          (key) => keys.includes(key) || key.includes(`{${account}}`),
        );
        return stored.length > 0 ? [`${node.options.port}`] : [];
      }),
    );
    return found.flat();
  }

  test('probes, reports, serves the API and forgets what is deleted', async () => {
    const [hooli, umbrella, acme] = await Promise.all([
      stage.api('a.example.com'),
      stage.api('b.example.com'),
      stage.api('c.example.com'),
    ]);
    const contacts = ['devops@example.com'];
    const config = await stage.configure([], {
      redis: { url: cluster.url, cluster: true },
      accounts: {
        umbrella: { contacts, domains: [entryOf(umbrella)] },
        acme: { contacts, domains: [entryOf(acme)] },
      },
    });
    const service = stage.start({ config });
    await probed(service, [umbrella.name, acme.name], 'match');

    // The API makes a token, then an account of its own, whose domain is probed on request.
    const { token } = await ask(service, null, 'POST', '/v1/tokens', 201, { name: 'admin', role: 'admin' });
    await ask(service, null, 'GET', '/v1/accounts', 401);
    await ask(service, token, 'POST', '/v1/accounts', 201, { name: 'hooli', contacts });
    const ca = await readFile(join(stage.directory, 'root.pem'), 'utf8');
    const domain = { host: hooli.name, pins: hooli.pins, connect: ['127.0.0.1'], ca };
    await ask(service, token, 'POST', '/v1/accounts/hooli/domains', 201, domain);
    const { probes } = await ask(service, token, 'POST', '/v1/accounts/hooli/probes?wait=20s', 202, {});
    expect(probes).toMatchObject([{ domain: hooli.name, state: 'done', verdict: 'match' }]);
    expect(await ask(service, token, 'GET', '/v1/accounts', 200)).toEqual({ accounts: [...accounts].sort() });

    // Each on one master, and no two on the same.
    const masters = await Promise.all(accounts.map(holders));
    expect(masters.map((ports) => ports.length)).toEqual([1, 1, 1]);
    expect(new Set(masters.flat()).size).toBe(3);

    acme.server.rotate([acme.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${acme.name} pin_mismatch`]);
    const { metrics } = await ask(service, token, 'GET', '/metrics', 200);
    for (const [account, name, value] of [
      ['hooli', hooli.name, 0],
      ['umbrella', umbrella.name, 0],
      ['acme', acme.name, 1],
    ]) {
      expect(metrics).toContain(`pinwatch_pin_mismatch{account="${account}",domain="${name}"} ${value}\n`);
    }
    expect(metrics).toMatch(/^pinwatch_domains 3$/m);

    await ask(service, token, 'DELETE', '/v1/accounts/hooli', 204);
    expect(await holders('hooli')).toEqual([]);
    expect(await ask(service, token, 'GET', '/v1/accounts', 200)).toEqual({ accounts: ['acme', 'umbrella'] });
    await service.sweeps(2);
    expect(stage.smtp.received).toHaveLength(1);
    expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });

  test.each([
    ["an account's", 'acme'],
    ["the job queue's", 'pinwatch'],
  ])('continues after a master was away, %s, and then reports what broke meanwhile', async (_, tag) => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)], { redis: { url: cluster.url, cluster: true } });
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    const [holder] = await holders(tag);
    const node = cluster.nodes.find(({ port }) => String(port) === holder);
    await node?.stop('SIGKILL');
    expect(await service.readiness(503)).toEqual([expect.stringMatching(/^redis: /)]);
    api.server.rotate([api.strange]);
    await node?.start();
    expect(await service.readiness(200)).toEqual([]);
    // It came back without its data: what the file says and the schedule were restored.
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
  });

  test.each([
    ["an account's", 'acme'],
    ["the job queue's", 'pinwatch'],
  ])('continues after a master has hung, %s', async (_, tag) => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)], { redis: { url: cluster.url, cluster: true } });
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    const [holder] = await holders(tag);
    const node = cluster.nodes.find(({ port }) => String(port) === holder);
    await service.get('/metrics');
    node?.freeze();
    try {
      expect(await within(hungMs, service.line('redis_away'))).toBe(true);
      expect(await service.readiness(503)).toEqual([expect.stringMatching(/^redis: /)]);
      expect((await service.get('/metrics')).text).toContain(`domain="${api.name}"`);
      api.server.rotate([api.strange]);
    } finally {
      node?.thaw();
    }
    expect(await within(hungMs, service.readiness(200))).toBe(true);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
  });
});

interface Answer {
  readonly token: string;
  readonly probes: unknown;
  readonly metrics: string;
}

async function ask(
  service: Service,
  token: string | null,
  method: string,
  path: string,
  status: number,
  body?: unknown,
): Promise<Answer> {
  const { address } = await service.line('listening');
  const response = await fetch(`${address}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  expect([method, path, response.status, response.status === status ? '' : text]).toEqual([
    method,
    path,
    status,
    '',
  ]);
  if (path === '/metrics') return { token: '', probes: [], metrics: text };
  return (text === '' ? {} : JSON.parse(text)) as Answer;
}
