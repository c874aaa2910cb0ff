import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createChannelKeys } from '../../lab/channel-keys.ts';
import { aclLine, deployText } from '../deploy/acl-line.ts';
import type { RedisOptions } from '../support/redis.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

const password = 's3cret';

requires('redis-server')('the whole service as the Redis user that the docs name', () => {
  let stage: Stage;
  let operator: Redis;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pinwatch-acl-'));
    await writeFile(join(folder, 'users.acl'), '');
  });
  afterEach(async () => {
    operator.disconnect();
    await stage.close();
    await rm(folder, { recursive: true });
  });

  /** A Redis that lets in this user and an operator, and nobody else. Its users survive a restart. */
  async function restricted(options: RedisOptions, more: readonly string[] = []): Promise<string> {
    stage = await setStage({ ...options, args: ['--aclfile', join(folder, 'users.acl')] });
    const first = new Redis(stage.redis.url);
    const line = await aclLine('ACL SETUSER pinwatch', password);
    expect(await first.call('ACL', 'SETUSER', ...line, ...more)).toBe('OK');
    await first.call('ACL', 'SETUSER', 'operator', 'on', '>all', '~*', '&*', '+@all');
    await first.call('ACL', 'SETUSER', 'default', 'off');
    await first.call('ACL', 'SAVE');
    first.disconnect();
    operator = new Redis(stage.redis.url.replace('//', '//operator:all@'), { maxRetriesPerRequest: null });
    operator.on('error', () => {});
    return stage.redis.url.replace('//', `//pinwatch:${password}@`);
  }

  /** What was refused, and where it was called. */
  async function refused(): Promise<string[]> {
    const log = (await operator.call('ACL', 'LOG')) as unknown[][];
    return log.map((entry) => [entry[3], entry[5], entry[7]].join(' '));
  }

  test('probes, sweeps, mails, changes, publishes and restores without one refusal', async () => {
    const url = `${await restricted({ appendonly: true })}/1`;
    const [api, other] = await Promise.all([stage.api('api.example.com'), stage.api('other.example.com')]);
    const keys = createChannelKeys();
    keys.install(join(stage.directory, 'keys'), 'acme');
    const config = await stage.configure([entryOf(api)], {
      redis: { url },
      http: { listen: '127.0.0.1:0', probesPerMinute: 1_000 },
      publish: { keyDir: 'keys', urls: [], renewEvery: '1m', validFor: '5m' },
    });
    const server = stage.start({ config, role: 'server' });
    const worker = stage.start({ config, role: 'worker' });
    await probed(worker, [api.name], 'match');
    await worker.sweeps(1);

    const ask = asking(server);
    const domains = '/accounts/acme/domains';
    await ask('GET', '/status');
    await ask('PUT', `${domains}/${api.name}/mute`, {
      until: new Date(Date.now() + 3_600_000).toISOString(),
    });
    await ask('DELETE', `${domains}/${api.name}/mute`);
    api.server.rotate([api.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    const { incidents } = await ask('GET', '/accounts/acme/incidents');
    const incident = `/accounts/acme/incidents/${incidents[0].incident}`;
    await ask('GET', incident);
    await ask('POST', `${incident}/acknowledge`, { note: 'known' });
    api.server.rotate([api.chain]);
    expect(told(await stage.mail())).toEqual([`closed ${api.name} pin_mismatch`]);

    await ask('PUT', '/accounts/acme/config/keys', { statement: await keys.statement(), roots: keys.roots });
    const { candidate } = await ask('POST', '/accounts/acme/config/checks', {});
    await ask('POST', '/accounts/acme/config/versions', { candidate });
    expect((await server.get(`/c/${keys.channel}`)).status).toBe(200);
    const { devices } = await ask('POST', '/accounts/acme/config/devices', {
      ...{ id: 'device-0001', for: '8h', note: 'a test' },
    }).then(() => ask('GET', '/accounts/acme/config/devices'));
    await ask('DELETE', `/accounts/acme/config/devices/${devices[0].device}`);
    const today = new Date().toISOString().slice(0, 10);
    await ask('PUT', `/accounts/acme/config/adoption/${today}`, { versions: [{ version: 1, installs: 5 }] });
    await ask('GET', '/accounts/acme/config/adoption');

    await ask('POST', '/accounts', { name: 'hooli', contacts: ['devops@example.com'] });
    await ask('PATCH', '/accounts/hooli', { contacts: ['ops@example.com'] });
    const ca = await readFile(join(stage.directory, 'root.pem'), 'utf8');
    const { host, name, pins } = other;
    await ask('POST', '/accounts/hooli/domains', { host: name, pins, connect: ['127.0.0.1'], ca });
    await ask('PATCH', `/accounts/hooli/domains/${name}`, { platforms: ['ios'] });
    const pin = other.strange[0]?.pin ?? '';
    await ask('POST', `/accounts/hooli/domains/${name}/pins`, { pin });
    await ask('DELETE', `/accounts/hooli/domains/${name}/pins/${encodeURIComponent(pin)}`);
    const digest = `<pin digest="SHA-256">${pins[0]?.slice('sha256/'.length)}</pin>`;
    const shipped = `<network-security-config><domain-config><domain>${host}</domain><pin-set>${digest}</pin-set></domain-config></network-security-config>`;
    await ask('PUT', '/accounts/hooli/pin-sets/android-1', { text: shipped, appVersion: 'android 1' });
    await ask('GET', '/accounts/hooli/pin-sets');
    const { probes } = await ask('POST', '/accounts/hooli/probes?wait=20s', {});
    expect(probes).toMatchObject([{ state: 'done', verdict: 'match' }]);
    await ask('DELETE', '/accounts/hooli/pin-sets/android-1');
    await ask('GET', '/accounts/hooli/exports/okhttp');
    await ask('GET', '/sd');
    for (const path of ['/accounts', '/accounts/hooli/audit', '/audit', '/accounts/acme/rotations']) {
      await ask('GET', path);
    }
    await ask('DELETE', `/accounts/hooli/domains/${name}`);
    await ask('DELETE', '/accounts/hooli');
    for (const path of [
      '/metrics',
      '/queues/api/queues',
      '/queues/api/queues?activeQueue=probe&status=completed',
    ]) {
      expect([path, (await server.get(path)).status]).toEqual([path, 200]);
    }

    const run = (...words: readonly string[]) => stage.command([...words, '--config', config]);
    expect(await run('store', 'adopt')).toMatchObject({ status: 0 });
    const { id, token } = await ask('POST', '/tokens', { name: 'ops', role: 'admin' });
    await ask('GET', '/tokens', undefined, token);
    await ask('DELETE', `/tokens/${id}`, undefined, token);
    expect(await run('token', 'create', 'ops', '--role', 'admin', '--local')).toMatchObject({ status: 0 });

    const backup = join(stage.directory, 'backup');
    expect(await run('store', 'backup', backup)).toMatchObject({ status: 0 });

    // An outage, a store that lost everything, and data of the wrong kind.
    expect(await refused()).toEqual([]);
    const [since, sinceServer] = [worker.lines.length, server.lines.length];
    await stage.redis.stop('SIGKILL');
    await worker.line('redis_away');
    await stage.redis.start();
    await worker.line('redis_ready', undefined, since);
    await operator.select(1);
    await operator.flushdb();
    await operator.lpush('pinwatch:accounts', 'not a set');
    await server.line('store_closed', undefined, sinceServer);
    expect(await run('store', 'adopt')).toMatchObject({ status: 0 });
    await server.line('store_adopted', undefined, sinceServer);
    const adopted = worker.lines.length;
    await probed(worker, [api.name], 'match', adopted);
    expect(await operator.type('pinwatch:accounts')).toBe('set');
    expect(await refused()).toEqual([]);
    expect([await server.stop(), await worker.stop()]).toEqual([0, 0]);
    await operator.flushdb();
    expect(await run('store', 'restore', backup)).toMatchObject({ status: 0 });
    expect(await refused()).toEqual([]);
    for (const { lines } of [server, worker]) {
      expect(lines.filter((line) => JSON.stringify(line).includes('NOPERM'))).toEqual([]);
    }
  }, 120_000);

  test('does so on a Redis Cluster with the two commands more', async () => {
    const [, more = ''] = /On a Redis Cluster, add `([^`]+)`/.exec(await deployText()) ?? [];
    const url = await restricted({ cluster: true }, more.split(' '));
    const api = await stage.api('api.example.com');
    const service = stage.start({
      config: await stage.configure([entryOf(api)], { redis: { url, cluster: true } }),
    });
    await probed(service, [api.name], 'match');
    api.server.rotate([api.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    expect(await service.readiness(200)).toEqual([]);
    expect(await refused()).toEqual([]);
  });
});

function asking(service: Service) {
  return async (method: string, path: string, body?: object, token?: string) => {
    const { address } = await service.line('listening');
    const answer = await fetch(`${address}/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    expect([method, path, answer.ok ? '' : text]).toEqual([method, path, '']);
    return /^[{[]/.test(text) ? JSON.parse(text) : {};
  };
}
