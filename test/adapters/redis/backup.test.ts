import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../../src/adapters/files/backup-file.ts';
import { createBackupSource } from '../../../src/adapters/redis/backup-source.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import {
  type AccountKind,
  accountKinds,
  backupKinds,
  severalKinds,
  sharedKinds,
} from '../../../src/adapters/redis/key-kinds.ts';
import * as keys from '../../../src/adapters/redis/keys.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createRestoreTarget } from '../../../src/adapters/redis/restore-target.ts';
import { utcDay } from '../../../src/core/adoption.ts';
import type { BackupEntry } from '../../../src/core/backup-format.ts';
import { restoringSchema, storeSchema } from '../../../src/core/store-schema.ts';
import { backUp } from '../../../src/flow/backup/back-up.ts';
import { type RestorePorts, restore } from '../../../src/flow/backup/restore.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from './link.ts';

const now = Date.now();
const { accountKeys, adoptionKey, historyKey } = keys;
/** Not UTF-8, as packed records are. */
const bytes = Buffer.from([0x79, 0x01, 0xff, 0xfe, 0x00, 0x0a, 0x80]);

async function linesOf(redis: Redis, skipped: string[] = []): Promise<string[]> {
  const lines: string[] = [];
  const backup = await backUp({
    source: createBackupSource(redis),
    write: async (line) => void lines.push(line.slice(0, -1)),
    checksum: sha256(),
    clock: () => now,
    version: '0.1.0',
  });
  skipped.push(...backup.skipped);
  return lines;
}

function portsOf(redis: Redis, lines: readonly string[]): RestorePorts {
  return {
    target: createRestoreTarget(redis, null),
    lines: async function* () {
      yield* lines;
    },
    checksum: sha256,
    kinds: backupKinds(),
    clock: () => now,
  };
}

const never = { mayReplace: async () => false };

/** Every key with its type and value, and whether it expires. */
async function dump(redis: Redis): Promise<Record<string, unknown>> {
  const nodes: Redis[] =
    'nodes' in redis ? (redis as unknown as { nodes(role: string): Redis[] }).nodes('master') : [redis];
  const all: Record<string, unknown> = {};
  for (const node of nodes) {
    for (const key of (await node.keys('*')).sort()) {
      const type = await redis.type(key);
      const hex = (values: readonly Buffer[]) => values.map((value) => value.toString('hex'));
      const value =
        type === 'hash'
          ? Object.entries(await redis.hgetallBuffer(key))
              .map(([field, text]) => `${field} ${text.toString('hex')}`)
              .sort()
          : type === 'list'
            ? hex(await redis.lrangeBuffer(key, 0, -1))
            : type === 'set'
              ? (await redis.smembers(key)).sort()
              : type === 'zset'
                ? await redis.zrange(key, '0', '-1')
                : (await redis.getBuffer(key))?.toString('hex');
      all[key] = [type, value, (await redis.pttl(key)) > 0];
    }
  }
  return all;
}

/** A value under every key of an account; the domains name roots and sets. */
async function fill(redis: Redis, account: string, domains: number): Promise<void> {
  const of = accountKeys(account);
  const ids = ['a1', 'b2'];
  for (const [kind, { type }] of Object.entries(accountKinds)) {
    const key = of[kind as AccountKind];
    if (['domains', 'records', 'statuses', 'names', 'roots', 'applied'].includes(kind)) continue;
    if (type === 'string') await redis.set(key, `{"${kind}":"é"}`);
    if (type === 'hash') await redis.hset(key, { one: `{"${kind}":1}`, __proto__x: bytes });
    if (type === 'list') await redis.rpush(key, '{"n":1}', bytes, '{"n":3}');
  }
  // What no domain names is not kept.
  if (domains > 0) for (const id of ids) await redis.hset(of.roots, id, `PEM ${id}`);
  if (domains > 0) for (const id of ids) await redis.hset(of.applied, id, `{"name":"${id}"}`);
  for (let at = 0; at < domains; at += 1) {
    const name = `d${String(at).padStart(4, '0')}.example.com`;
    const id = ids[at % 2];
    await redis.hset(
      of.domains,
      name,
      `{"host":"${name}","port":443,"pins":[],"roots":"${id}","sets":["${id}"]}`,
    );
    await redis.zadd(of.names, 0, name);
    await redis.hset(of.records, name, bytes);
    await redis.hset(of.statuses, name, '{"v":2}');
    await redis.rpush(historyKey(account, name), '{"n":2}', '{"n":1}');
  }
  await redis.hset(adoptionKey(account, utcDay(now)), '7', '3');
  await redis.expire(adoptionKey(account, utcDay(now)), 10_000);
  await redis.sadd(keys.accountsKey, account);
}

async function fillShared(redis: Redis): Promise<void> {
  await redis.hset(keys.tokensKey, 'aa', '{"hash":"00","role":"admin"}');
  await redis.hset(keys.tokenUseKey, 'aa', '123');
  await redis.rpush(keys.auditKey, '{"n":2}', '{"n":1}');
  await redis.hset(keys.channelsKey, 'channel', 'gone');
  await redis.zadd(keys.configsKey, 1, 'gone');
  await redis.set(keys.sweepKey, '1795000000000');
  await redis.hset(keys.storeKey, { id: 'first', generation: 7, follows: 'older', schema: storeSchema });
  // Of an account that a file no longer has.
  await redis.hset(accountKeys('gone').config, 'state', '{"channel":"channel","published":{"version":3}}');
}

/** What is left out, and what a restored store has on purpose. */
function comparable(all: Record<string, unknown>, accounts: readonly string[]): Record<string, unknown> {
  const gone = accounts.flatMap((account) =>
    Object.entries(accountKinds).flatMap(([kind, { leftOut }]) =>
      leftOut === null && kind !== 'pinState' ? [] : [accountKeys(account)[kind as AccountKind]],
    ),
  );
  gone.push(keys.storeKey, keys.auditKey, keys.configsKey, accountKeys('gone').config);
  return Object.fromEntries(Object.entries(all).filter(([key]) => !gone.includes(key)));
}

test('every kind of key is decided: a backup has it, or says why not', () => {
  const functions = ['accountKeys', 'configKeys', 'domainKeys'];
  // Not a key, and not of ours.
  const others = ['domainKeyCount', 'queuePrefix'];
  const named = Object.keys(keys).filter((name) => !functions.includes(name) && !others.includes(name));
  const kinds = [...Object.keys(sharedKinds), ...Object.keys(severalKinds)];
  expect(named.sort()).toEqual(kinds.map((kind) => `${kind}Key`).sort());
  expect(Object.keys(accountKinds).sort()).toEqual(Object.keys(accountKeys('')).sort());
});

requires('redis-server')('a backup of the store', () => {
  let server: RedisServer;
  let link: RedisLink;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
    redis = link.redis as Redis;
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(() => redis.flushall());

  test('brings back every value, in accounts that are read at once and in pages', async () => {
    await fillShared(redis);
    await fill(redis, 'small', 3);
    await fill(redis, 'large', 600);
    await fill(redis, 'none', 0);
    // Its index is out of date.
    await fill(redis, 'stale', 2);
    await redis.zadd(accountKeys('stale').names, 0, 'unknown');
    const before = await dump(redis);
    const lines = await linesOf(redis);
    expect(await dump(redis)).toEqual(before);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      format: 'pinwatch-backup',
      version: 1,
      schema: storeSchema,
      store: { id: 'first', generation: 7, follows: ['older'] },
    });
    expect(JSON.parse(lines.at(-1) ?? '').end).toMatchObject({ accounts: 4, domains: 605, tokens: 1 });

    await redis.flushall();
    const restored = await restore(portsOf(redis, lines), never);
    expect(restored).toMatchObject({
      ok: true,
      value: { published: [{ account: 'gone', version: 3, floor: 53 }], replaced: null },
    });
    const accounts = ['small', 'large', 'none', 'stale'];
    const after = await dump(redis);
    expect(comparable(after, accounts)).toEqual(comparable(before, accounts));
    expect(await redis.hget(accountKeys('small').pinState, 'pending')).toBe('restored');
    const [newest = '', ...older] = await redis.lrange(keys.auditKey, 0, -1);
    expect([JSON.parse(newest).action, older]).toEqual(['store_restored', ['{"n":2}', '{"n":1}']]);
    const identity = await redis.hgetall(keys.storeKey);
    expect(identity).toMatchObject({ schema: String(storeSchema), hadTokens: '1' });
    expect(identity.id).not.toBe('first');
    expect(Number(identity.generation)).toBeGreaterThan(7);
    expect(identity.follows?.split(' ')).toEqual(['older', 'first']);
    expect(JSON.parse((await redis.hget(accountKeys('gone').config, 'state')) ?? '')).toMatchObject({
      published: { version: 3 },
      floor: 53,
    });
    // What is restored can be backed up again, to the same.
    const again = await linesOf(redis);
    expect(again.length).toBe(lines.length);
  });

  test('leaves out a key of the wrong type, and names it', async () => {
    await fill(redis, 'acme', 1);
    await redis.del(accountKeys('acme').records, accountKeys('acme').rotations);
    await redis.set(accountKeys('acme').rotations, 'x');
    await redis.set(accountKeys('acme').records, 'x');
    const skipped: string[] = [];
    const lines = await linesOf(redis, skipped);
    expect(skipped).toEqual(['pinwatch:{acme}:rotations: expected a hash, found a string']);
    expect(lines.some((line) => line.includes('"records"'))).toBe(false);
  });

  test('is not restored into a store that is in use, unless that is wanted; then nothing of it stays', async () => {
    await fillShared(redis);
    await fill(redis, 'acme', 2);
    const lines = await linesOf(redis);
    await redis.flushall();
    await fill(redis, 'other', 5);
    await redis.set('{pinwatch}:sweep:jobs', 'x');
    await redis.set('{pinwatch:accounts}:unreadable', 'x');
    await redis.set('another-program', 'x');
    const before = await dump(redis);
    expect(await restore(portsOf(redis, lines), never)).toBeNull();
    expect(await dump(redis)).toEqual(before);
    const asked: unknown[] = [];
    const mayReplace = async (content: unknown) => asked.push(content) > 0;
    expect(await restore(portsOf(redis, lines), { mayReplace })).toMatchObject({ ok: true });
    expect(asked).toEqual([{ accounts: 1, domains: 5, tokens: 0, openIncidents: 0, owedNotices: 3 }]);
    const names = Object.keys(await dump(redis));
    expect(names.filter((name) => !name.includes('acme') && !name.includes('gone'))).toEqual(
      [
        'another-program',
        ...[
          keys.accountsKey,
          keys.auditKey,
          keys.channelsKey,
          keys.sweepKey,
          keys.tokensKey,
          keys.tokenUseKey,
        ],
        keys.storeKey,
      ].sort((a, b) => (a < b ? -1 : 1)),
    );
  });

  test('that finds Redis full fails and leaves the mark; with space, it is repeated', async () => {
    await fill(redis, 'acme', 300);
    await redis.set(accountKeys('acme').account, 'x'.repeat(4_000_000));
    const lines = await linesOf(redis);
    await redis.flushall();
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', used + 1_000_000);
    try {
      await expect(restore(portsOf(redis, lines), never)).rejects.toThrow('OOM');
      expect(await redis.hget(keys.storeKey, 'schema')).toBe(String(restoringSchema));
    } finally {
      await redis.config('SET', 'maxmemory', 0);
    }
    expect(await restore(portsOf(redis, lines), never)).toMatchObject({ ok: true });
    expect(await redis.strlen(accountKeys('acme').account)).toBe(4_000_000);
  });

  test('is the way back to an older version: it replaces a store that a newer one has used', async () => {
    await fill(redis, 'acme', 1);
    const lines = await linesOf(redis);
    await redis.hset(keys.storeKey, { id: 'newer', schema: 99 });
    await redis.hset(accountKeys('acme').statuses, 'd0000.example.com', '{"v":99}');
    const contents: unknown[] = [];
    const mayReplace = async (content: unknown) => contents.push(content) > 0;
    expect(await restore(portsOf(redis, lines), { mayReplace })).toMatchObject({ ok: true });
    expect(contents).toMatchObject([{ accounts: 1, domains: 1, openIncidents: null }]);
    expect(await redis.hget(keys.storeKey, 'schema')).toBe('1');
    expect(await redis.hget(keys.storeKey, 'follows')).toBe('newer');
  });

  test('of a large account that changes meanwhile never lacks the notice of a stored incident', async () => {
    await fill(redis, 'acme', 600);
    const { records, notices } = accountKeys('acme');
    const [early, late] = ['d0000.example.com', 'd0599.example.com'];
    /** As a probe commits, in one step. */
    const tell = (domain: string) =>
      redis.multi().hset(records, domain, 'told').rpush(notices, `"${domain}"`).exec();
    const found: BackupEntry[] = [];
    for await (const entry of createBackupSource(redis).entries(now, [])) {
      if (!found.some(({ kind }) => kind === 'records') && entry.kind === 'records')
        for (const domain of [early, late]) await tell(domain);
      found.push(entry);
    }
    const fields = found.flatMap((entry) => (entry.kind === 'records' ? (entry.fields ?? []) : []));
    const recordOf = (domain: string) => fields.find(([field]) => field === domain)?.[1];
    expect(recordOf(early)).not.toBe('told');
    expect(recordOf(late)).toBe('told');
    const told = found.flatMap((entry) => (entry.kind === 'notices' ? (entry.items ?? []) : []));
    expect(told).toEqual(expect.arrayContaining([`"${early}"`, `"${late}"`]));
  });

  test('that is interrupted leaves a store that no version uses, until it is restored again', async () => {
    await fillShared(redis);
    await fill(redis, 'acme', 300);
    const lines = await linesOf(redis);
    await redis.flushall();
    const ports = portsOf(redis, lines);
    const target = { ...ports.target, finish: () => Promise.reject(new Error('killed')) };
    await expect(restore({ ...ports, target }, never)).rejects.toThrow('killed');
    expect(await redis.hget(keys.storeKey, 'schema')).toBe(String(restoringSchema));
    await expect(linesOf(redis)).rejects.toThrow(/a restore was not finished: run "pinwatch store restore"/);
    expect(await restore(portsOf(redis, lines), never)).toMatchObject({ ok: true });
    expect(await redis.hget(keys.storeKey, 'schema')).toBe(String(storeSchema));
    expect(await redis.hlen(accountKeys('acme').domains)).toBe(300);
    expect(await redis.llen(accountKeys('acme').notices)).toBe(3);
  });

  test('is restored in place of a store whose own key has another type', async () => {
    await fill(redis, 'acme', 1);
    const lines = await linesOf(redis);
    await redis.set(keys.storeKey, 'x');
    const ports = portsOf(redis, lines);
    expect(await restore(ports, { mayReplace: async () => true })).toMatchObject({ ok: true });
    expect(await redis.hget(keys.storeKey, 'schema')).toBe('1');
  });

  test('is written a bounded part at a time, however large its values are', async () => {
    const names = ['one', 'two', 'three', 'four'];
    for (const name of names) {
      await fill(redis, name, 0);
      await redis.hset(accountKeys(name).letterBodies, 'letter', 'x'.repeat(3_000_000));
    }
    const lines = await linesOf(redis);
    await redis.flushall();
    const sizes: number[] = [];
    const ports = portsOf(redis, lines);
    const target = {
      ...ports.target,
      async write(entries: readonly BackupEntry[]) {
        sizes.push(JSON.stringify(entries).length);
        await ports.target.write(entries);
      },
    };
    expect(await restore({ ...ports, target }, never)).toMatchObject({ ok: true });
    expect(Math.max(...sizes)).toBeLessThan(7_000_000);
    for (const name of names) {
      expect(await redis.hstrlen(accountKeys(name).letterBodies, 'letter')).toBe(3_000_000);
    }
  });

  test('is not restored by two at once', async () => {
    await fill(redis, 'acme', 300);
    const lines = await linesOf(redis);
    await redis.flushall();
    const other = await linkTo(server.url);
    const ports = portsOf(redis, lines);
    let refusal: unknown = null;
    const target = {
      ...ports.target,
      async write(entries: readonly BackupEntry[]) {
        await ports.target.write(entries);
        refusal ??= await restore(portsOf(other.redis as Redis, lines), never);
      },
    };
    expect(await restore({ ...ports, target }, never)).toMatchObject({ ok: true });
    expect(refusal).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^1 connection of running pinwatch processes found: stop every/),
    });
    expect(await redis.llen(accountKeys('acme').notices)).toBe(3);
    await other.close();
  });

  test('that is changed in place while it is restored does not count', async () => {
    await fill(redis, 'acme', 1);
    const lines = await linesOf(redis);
    await fill(redis, 'shop', 1);
    const others = await linesOf(redis);
    await redis.flushall();
    const ports = portsOf(redis, lines);
    const readings = [lines, others];
    async function* changing() {
      yield* readings.shift() ?? [];
    }
    await expect(restore({ ...ports, lines: changing }, never)).rejects.toThrow(
      'it was changed while it was read. The restore is not finished, and nothing uses the store until it is: run it again',
    );
    expect(await redis.hget(keys.storeKey, 'schema')).toBe(String(restoringSchema));
  });

  test('is restored with a note if Redis does not say who is connected', async () => {
    await fill(redis, 'acme', 1);
    const lines = await linesOf(redis);
    await redis.flushall();
    await redis.acl('SETUSER', 'limited', 'on', '>secret', '~*', '+@all', '-client');
    const limited = await linkTo(server.url.replace('redis://', 'redis://limited:secret@'));
    try {
      const restored = await restore(portsOf(limited.redis as Redis, lines), never);
      expect(restored).toMatchObject({ ok: true, value: { connectionsUnknown: true } });
    } finally {
      await limited.close();
      await redis.acl('DELUSER', 'limited');
    }
  });

  test('of an older schema is restored, and read as ever', async () => {
    const schema1 = JSON.parse(readFileSync(join(import.meta.dirname, 'schema-1.json'), 'utf8')) as {
      values: Record<string, string | string[] | Record<string, string>>;
    };
    for (const [key, value] of Object.entries(schema1.values)) {
      if (typeof value === 'string') await redis.set(key, value);
      else if (!Array.isArray(value)) await redis.hset(key, value);
      else if (key.endsWith(':accounts')) await redis.sadd(key, ...value);
      else if (!key.endsWith(':names')) await redis.rpush(key, ...value);
    }
    const [domain = ''] = (await redis.hkeys(accountKeys('acme').domains)).filter((name) =>
      name.startsWith('bad.'),
    );
    const lines = await linesOf(redis);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ schema: 1, store: { follows: [] } });
    await redis.flushall();
    expect(await restore(portsOf(redis, lines), never)).toMatchObject({ ok: true });
    const loaded = await createProbeStore(redis).load({ account: 'acme', domain });
    expect(loaded?.record.incidents.pin_mismatch?.told).toContain('pin_mismatch');
  });
});

requires('redis-server')('a backup of a store on Redis Cluster', () => {
  let cluster: RedisCluster;
  let link: RedisLink;
  beforeAll(async () => {
    cluster = await startRedisCluster();
    link = await linkTo(cluster.url, undefined, true);
  });
  afterAll(async () => {
    await link.close();
    await cluster.close();
  });

  test('brings back the same, on all masters', async () => {
    const redis = link.redis as Redis;
    await fillShared(redis);
    const accounts = ['acme', 'shop', 'bank', 'large'];
    for (const account of accounts) await fill(redis, account, account === 'large' ? 300 : 2);
    const before = await dump(redis);
    const lines = await linesOf(redis);
    const replace = { mayReplace: async () => true };
    expect(await restore(portsOf(redis, lines), replace)).toMatchObject({ ok: true });
    expect(comparable(await dump(redis), accounts)).toEqual(comparable(before, accounts));
  });
});
