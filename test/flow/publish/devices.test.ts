import { webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../../lab/channel-keys.ts';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import { checkConfig } from '../../../src/flow/publish/check-config.ts';
import { listDevices, repinDevice, unpinDevice } from '../../../src/flow/publish/devices.ts';
import { installKeys } from '../../../src/flow/publish/install-keys.ts';
import { publishConfig } from '../../../src/flow/publish/publish-config.ts';
import { renewConfigs } from '../../../src/flow/publish/renew.ts';
import { decide, deviceHash } from '../../../verify/typescript/src/decision.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { type Server, startServer } from './server.ts';

const actor = { name: 'mallory', address: '192.0.2.1' };
const account = 'acme';
const host = 'api.example.com';
const hour = 3_600_000;
const id = '5f0c2a9e71b84d3f9c6d1e0a7b2c4d58';
const entry = { at: '', by: '', from: null, action: 'account_created', target: '', detail: '' } as const;

requires('redis-server')('devices that are not pinned', () => {
  let redisServer: RedisServer;
  let redis: Redis;
  let directory: string;
  let keys: ChannelKeys;
  let server: Server;
  let now = Date.parse('2026-11-27T12:00:00Z');

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinwatch-devices-'));
    redisServer = await startRedis();
    redis = new Redis(redisServer.url);
    keys = createChannelKeys();
    server = startServer({ redis, keys, directory, clock: () => now });
    const store = createAdminStore(redis);
    await store.saveAccount(account, null, { name: account, contacts: [] }, entry);
    const pins = [`sha256/${'A'.repeat(43)}=`] as const;
    await store.saveDomain({ account, domain: host }, null, { host, port: 443, pins }, entry);
    const request = { statement: await keys.statement(), roots: keys.roots };
    expect((await installKeys(account, request, actor, server.ports)).ok).toBe(true);
  });
  afterAll(async () => {
    redis.disconnect();
    await redisServer.close();
    await rm(directory, { recursive: true });
  });

  const unpin = (device: string, forMs: number, domains: readonly string[] | null = null) =>
    unpinDevice(account, { id: device, forMs, note: 'pentest', domains }, actor, server.ports);
  /** What an app does that holds what is served now, with this device id. */
  async function app(device: string | null, at = now) {
    const text = server.channels.get(keys.channel)?.text ?? '';
    const { bundle } = await keys.verify(text);
    if (bundle === null) throw new Error('apps refuse what is served');
    const hash = device === null ? null : await deviceHash(webcrypto.subtle, keys.channel, device);
    const path = ['a foreign key'];
    const { decision } = decide(bundle.configuration, { host, path, device: hash, at: at / 1_000 });
    return { decision, held: bundle.held, text };
  }

  test('need a publication', async () => {
    expect(await unpin(id, hour)).toMatchObject({ ok: false, refusal: { kind: 'unprocessable' } });
    const signal = new AbortController().signal;
    const found = await checkConfig(account, { restore: null, without: [] }, actor, server.ports, signal);
    if (!found.ok) throw new Error(found.refusal.detail);
    const request = { note: 'x', force: true, allowUnpin: [], bundle: null };
    const candidate = found.value.candidate.id;
    expect(await publishConfig(account, { candidate, ...request }, actor, server.ports)).toMatchObject({
      ok: true,
    });
  });

  test('one goes without pins until its time, by the same version, and every other is pinned', async () => {
    const before = await app(id);
    expect(before.decision).toBe('mismatch');
    expect(await unpin(id, 8 * hour)).toMatchObject({ ok: true, value: { by: 'mallory', note: 'pentest' } });
    const after = await app(id);
    expect(after.decision).toBe('not_pinned');
    expect(after.held.version).toBe(before.held.version);
    expect(after.held.issuedAt).toBeGreaterThan(before.held.issuedAt);
    expect(after.text).not.toContain(id);
    expect((await app('another-device')).decision).toBe('mismatch');
    expect((await app(null)).decision).toBe('mismatch');
    expect((await app(id, now + 8 * hour - 1_000)).decision).toBe('not_pinned');
    expect((await app(id, now + 8 * hour)).decision).toBe('mismatch');
    const listed = await listDevices(account, server.ports);
    expect(listed).toMatchObject({ ok: true, value: [{ note: 'pentest', domains: null }] });
    const [audit] = await createAdminStore(redis).auditTrail(account, 1);
    expect(audit).toMatchObject({ action: 'device_unpinned', by: 'mallory', target: account });
    expect(audit?.detail).not.toContain(id);
  });

  test('a renewal keeps it while it lasts, and leaves it out afterwards', async () => {
    now += 25 * hour;
    await renewConfigs([account], server.ports);
    expect((await app(id)).text.length).toBeGreaterThan(0);
    expect((await server.ports.configStore.state(account))?.value.devices).toBeUndefined();
    expect(await listDevices(account, server.ports)).toMatchObject({ ok: true, value: [] });
  });

  test('only for an entry, pinned again by hand, and by the beginning of its hash', async () => {
    expect(await unpin(id, hour, ['other.example.com'])).toMatchObject({ ok: true });
    expect((await app(id)).decision).toBe('mismatch');
    expect(await unpin(id, hour, [host])).toMatchObject({ ok: true });
    expect((await app(id)).decision).toBe('not_pinned');
    const hash = await deviceHash(webcrypto.subtle, keys.channel, id);
    expect(await repinDevice(account, 'zzzz', actor, server.ports)).toMatchObject({ ok: false });
    expect(await repinDevice(account, hash.slice(0, 8), actor, server.ports)).toMatchObject({ ok: true });
    expect((await app(id)).decision).toBe('mismatch');
  });

  test('their hosts leave room for publications', async () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `${'a'.repeat(60)}.x${index}.example.com`);
    expect(await unpin('a-long-list', hour, hosts)).toMatchObject({ ok: true });
    expect(await unpin('another-list', hour, hosts)).toMatchObject({ ok: false, refusal: { kind: 'limit' } });
    const hash = await deviceHash(webcrypto.subtle, keys.channel, 'a-long-list');
    expect(await repinDevice(account, hash, actor, server.ports)).toMatchObject({ ok: true });
  });

  test('refused while apps get a text that the store has lost', async () => {
    const held = () => ({ generation: 1, version: 45, issuedAt: 1, expiresAt: 2 });
    const wanted = { id, forMs: hour, note: 'pentest', domains: null };
    const outcome = await unpinDevice(account, wanted, actor, { ...server.ports, held });
    expect(outcome).toMatchObject({ ok: false, refusal: { detail: expect.stringContaining('version 45') } });
    expect(await listDevices(account, server.ports)).toMatchObject({ ok: true, value: [] });
  });

  test('twenty at most, also if many ask at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, index) => unpin(`device-0${index}`, hour)),
    );
    expect(outcomes.filter(({ ok }) => ok).length).toBeGreaterThan(0);
    for (let index = 0; index < 20; index += 1) await unpin(`device-0${index}`, hour);
    expect(await unpin('one-too-many', hour)).toMatchObject({ ok: false, refusal: { kind: 'limit' } });
    const listed = await listDevices(account, server.ports);
    expect(listed.ok && listed.value.length).toBe(20);
    expect((await app('device-019')).decision).toBe('not_pinned');
  });
});
