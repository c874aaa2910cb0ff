import { webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../../lab/channel-keys.ts';
import { serveChannels } from '../../../src/adapters/http/channel-route.ts';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import { checkConfig } from '../../../src/flow/publish/check-config.ts';
import { type AdoptionCounter, createAdoptionCounter } from '../../../src/flow/publish/count-adoption.ts';
import { installKeys } from '../../../src/flow/publish/install-keys.ts';
import { publishConfig } from '../../../src/flow/publish/publish-config.ts';
import { readAdoption, readRotationAnswer } from '../../../src/flow/publish/read-adoption.ts';
import { type Client, openClient } from '../../../verify/typescript/src/client.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { type Server, startServer } from './server.ts';

const actor = { name: 'alice', address: '192.0.2.1' };
const account = 'acme';
const host = 'api.example.com';
const day = 86_400_000;
const [first, second] = ['A', 'E'].map((letter) => `sha256/${letter.repeat(43)}=`) as [
  `sha256/${string}`,
  `sha256/${string}`,
];

requires('redis-server')('adoption', () => {
  let redisServer: RedisServer;
  let redis: Redis;
  let directory: string;
  let keys: ChannelKeys;
  let server: Server;
  let counter: AdoptionCounter;
  let app: FastifyInstance;
  let url: string;
  let now = Date.parse('2026-11-20T12:00:00Z');

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinwatch-adoption-'));
    redisServer = await startRedis();
    // As the service's own: a command fails at once while Redis is away.
    redis = new Redis(redisServer.url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
    redis.on('error', () => {});
    keys = createChannelKeys();
    server = startServer({ redis, keys, directory, clock: () => now });
    counter = createAdoptionCounter({
      channels: server.channels,
      adoptionStore: server.ports.adoptionStore,
      clock: () => now,
    });
    app = fastify();
    serveChannels(app, { channel: server.channels.get, onDownload: () => {}, onHeld: counter.count });
    await app.listen({ host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/c/${keys.channel}`;
    await createAdminStore(redis).saveAccount(account, null, { name: account, contacts: [] }, entry);
    const request = { statement: await keys.statement(), roots: keys.roots };
    expect((await installKeys(account, request, actor, server.ports)).ok).toBe(true);
  });
  afterAll(async () => {
    await app.close();
    redis.disconnect();
    await redisServer.close();
    await rm(directory, { recursive: true });
  });

  const entry = { at: '', by: '', from: null, action: 'account_created', target: '', detail: '' } as const;
  async function publish(pins: readonly `sha256/${string}`[]) {
    const store = createAdminStore(redis);
    const stored = await store.domain({ account, domain: host });
    const domain = { host, port: 443, pins } as const;
    await store.saveDomain({ account, domain: host }, stored?.text ?? null, domain, entry);
    const signal = new AbortController().signal;
    const found = await checkConfig(account, { restore: null, without: [] }, actor, server.ports, signal);
    if (!found.ok) throw new Error(found.refusal.detail);
    const request = {
      candidate: found.value.candidate.id,
      note: 'test',
      force: true,
      allowUnpin: [],
      bundle: null,
    };
    expect(await publishConfig(account, request, actor, server.ports)).toMatchObject({ ok: true });
  }

  async function installApp(): Promise<Client> {
    const files = new Map<string, Uint8Array>();
    const floor = await (await fetch(url)).arrayBuffer();
    return openClient({
      ...{ audience: keys.channel, roots: keys.points, urls: [url], floor: new Uint8Array(floor) },
      storage: {
        read: async (name) => files.get(name) ?? null,
        write: async (name, bytes) => void files.set(name, bytes),
      },
      fetchBundle: async (request) => {
        const headers = request.etag === null ? {} : { 'if-none-match': request.etag };
        const answer = await fetch(request.url, { headers });
        if (answer.status === 304) return { kind: 'not_modified' };
        const body = new Uint8Array(await answer.arrayBuffer());
        return { kind: 'bundle', body, etag: answer.headers.get('etag') };
      },
      ...{ clock: () => now, random: () => 0.5, timer: () => () => {} },
      subtle: webcrypto.subtle,
    });
  }

  /** Opened twice that day: only the first fetch says what it holds. */
  async function open(apps: readonly Client[]) {
    for (const each of apps) for (let times = 0; times < 2; times += 1) await each.refresh();
    await counter.flush();
  }
  const refused = (apps: readonly Client[]) =>
    apps.filter((each) => each.decide(host, [second.slice(7)]).decision === 'mismatch').length;
  const answer = async () => {
    const found = await readRotationAnswer(account, host, second, {
      ...server.ports,
      adminStore: createAdminStore(redis),
    });
    if (!found.ok) throw new Error(found.refusal.detail);
    return found.value;
  };

  test('answers as simulated installs behave', async () => {
    await publish([first]);
    const fleet = await Promise.all(Array.from({ length: 30 }, installApp));
    expect(await answer()).toEqual({ answer: 'not_yet', reasons: [{ code: 'not_published', version: 1 }] });
    await open(fleet);
    now += day;
    await publish([first, second]);
    // Yesterday, all had the version without it.
    expect(await answer()).toMatchObject({
      reasons: [{ code: 'not_adopted', lacking: 30, of: 30, newest: 1 }],
    });
    expect(refused(fleet)).toBe(30);

    await open(fleet.slice(0, 20));
    now += day;
    await open(fleet.slice(0, 25));
    now += day;
    // Five of those that were opened yesterday came with the old version.
    expect(await answer()).toMatchObject({ reasons: [{ lacking: 5, of: 25 }] });
    expect(refused(fleet.slice(0, 25))).toBe(0);
    // Those that were not opened are refused once, fetch, and recover.
    expect(refused(fleet)).toBe(5);
    let attempts = 0;
    const [asleep] = fleet.slice(-1) as [Client];
    const connect = async () => {
      attempts += 1;
      if (asleep.decide(host, [second.slice(7)]).decision === 'mismatch') throw new Error('mismatch');
    };
    await asleep.attempt(connect, () => true);
    expect(attempts).toBe(2);

    await open(fleet);
    now += day;
    await open(fleet);
    now += day;
    expect(await answer()).toEqual({ answer: 'safe', reasons: [] });
    expect(refused(fleet)).toBe(0);
  });

  test('the counts are of days, and of versions that exist', async () => {
    for (const junk of ['0', '-1', '1e3', '99', '4', '1.5', '', 'x'.repeat(5_000)]) {
      await (await fetch(`${url}?v=${encodeURIComponent(junk)}`)).arrayBuffer();
    }
    await (await fetch(`${url}?v=1&v=2`)).arrayBuffer();
    await counter.flush();
    const adoption = await readAdoption(account, { ...server.ports, adminStore: createAdminStore(redis) });
    if (!adoption.ok) throw new Error(adoption.refusal.detail);
    const { published, days } = adoption.value;
    expect(published).toBe(2);
    expect(days.map((one) => [one.day, one.versions])).toEqual([
      ['2026-11-24', [{ version: 2, installs: 30 }]],
      [
        '2026-11-23',
        [
          { version: 2, installs: 25 },
          { version: 1, installs: 5 },
        ],
      ],
      [
        '2026-11-22',
        [
          { version: 2, installs: 20 },
          { version: 1, installs: 5 },
        ],
      ],
      ['2026-11-21', [{ version: 1, installs: 20 }]],
      ['2026-11-20', [{ version: 1, installs: 30 }]],
    ]);
  });

  test('what was counted while Redis is away is added later', async () => {
    await (await fetch(`${url}?v=2`)).arrayBuffer();
    await redisServer.stop();
    await expect(counter.flush()).rejects.toThrow();
    await (await fetch(`${url}?v=2`)).arrayBuffer();
    // Not `once`, which rejects for an error; there are some until it is back.
    const ready = new Promise((resolve) => redis.once('ready', resolve));
    await redisServer.start();
    await ready;
    await counter.flush();
    const [today] = await server.ports.adoptionStore.days(account, [
      new Date(now).toISOString().slice(0, 10),
    ]);
    expect(today?.versions).toEqual([{ version: 2, installs: 2 }]);
  });
});
