import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDetail } from '../../../src/adapters/metrics/detail.ts';
import { renderDomains } from '../../../src/adapters/metrics/exposition.ts';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { createIdentityStore } from '../../../src/adapters/redis/identity.ts';
import { accountKeys, storeKey } from '../../../src/adapters/redis/keys.ts';
import { createOverviewReader } from '../../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import { statusOf } from '../../../src/core/domain-status.ts';
import { recordProbe } from '../../../src/core/record.ts';
import { storeSchema } from '../../../src/core/store-schema.ts';
import { judgeLooks } from '../../../src/core/verdict.ts';
import type { DomainRef } from '../../../src/flow/probe-store.ts';
import type { UnreadableValue } from '../../../src/flow/unreadable-value.ts';
import { now, rules, seen } from '../../support/observations.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from './link.ts';

/**
 * As a service of schema 1 left it, with the lines of its metrics: a domain that matches and is muted, one with an open mismatch, and
 * one that can't be reached.
 */
const schema1 = JSON.parse(readFileSync(join(import.meta.dirname, 'schema-1.json'), 'utf8')) as {
  values: Record<string, string | string[] | Record<string, string>>;
  metrics: string[];
};

async function restore(redis: Redis): Promise<void> {
  for (const [key, value] of Object.entries(schema1.values)) {
    if (typeof value === 'string') await redis.set(key, value);
    else if (!Array.isArray(value)) await redis.hset(key, value);
    else if (key.endsWith(':accounts')) await redis.sadd(key, ...value);
    else if (key.endsWith(':names')) for (const name of value) await redis.zadd(key, 0, name);
    else await redis.rpush(key, ...value);
  }
}

requires('redis-server')('what is stored', () => {
  let server: RedisServer;
  let link: RedisLink;
  let redis: Redis;
  let reported: UnreadableValue[];
  const report = (value: UnreadableValue) => void reported.push(value);
  const keys = accountKeys('acme');
  const names = Object.keys(schema1.values[keys.statuses] ?? {});
  const refOf = (host: string): DomainRef => {
    const domain = names.find((name) => name.startsWith(host));
    if (domain === undefined) throw new Error(`expected a domain at ${host}`);
    return { account: 'acme', domain };
  };
  const [good, bad, gone] = ['good.', 'bad.', 'gone.'].map(refOf) as [DomainRef, DomainRef, DomainRef];

  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
    redis = link.redis as Redis;
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(async () => {
    reported = [];
    await redis.flushall();
    await restore(redis);
  });

  test('by schema 1 is read: metrics, lists, records and settings are as before', async () => {
    const reader = createOverviewReader(redis, report);
    const rules = { shows: 'all', intervalMs: 1_000, expiringWithinMs: 0 } as const;
    const view = await createDetail(rules, () => now)(await reader.statuses());
    const lines = (await text(renderDomains(view))).split('\n');
    const sorted = (some: readonly string[]) => some.filter((line) => line.includes('domain="')).sort();
    expect(sorted(lines)).toEqual(sorted(schema1.metrics));

    const adminStore = createAdminStore(redis, report);
    const page = (verdict: 'match' | 'mismatch' | 'inconclusive') =>
      adminStore.domainPage('acme', { after: null, limit: 10, verdict });
    expect((await page('match')).domains.map(({ name }) => name)).toEqual([good.domain]);
    const [mismatched] = (await page('mismatch')).domains;
    expect(mismatched?.status).toMatchObject({ open: ['pin_mismatch'], mismatched: 1, pins: 2 });
    const open: string[] = [];
    for await (const some of adminStore.openDomains('acme')) open.push(...some);
    expect(open.sort()).toEqual([bad.domain, gone.domain].sort());

    const loaded = await createProbeStore(redis, report).load(bad);
    const [lastProbe] = schema1.metrics.filter((line) => /^pinwatch_last_probe_.*bad\./.test(line));
    expect(Math.floor((loaded?.record.lastProbeAt ?? 0) / 1000)).toBe(Number(lastProbe?.split(' ').at(-1)));
    expect(loaded?.record.incidents.pin_mismatch?.told).toContain('pin_mismatch');
    expect(reported).toEqual([]);
  });

  test('is stored in its new, small form by the next probe', async () => {
    const probeStore = createProbeStore(redis, report);
    const probe = async () => {
      const loaded = await probeStore.load(good);
      if (loaded === null) throw new Error('expected a registered domain');
      const { domain, record: before, token } = loaded;
      const at = Math.max(now, before.lastProbeAt + 1_000);
      const judgement = judgeLooks(domain, [[seen()]], at, rules.expiringWithinMs);
      const { record } = recordProbe(before, { account: 'acme', judgement, sweep: null, at }, rules);
      const status = statusOf(domain, record);
      expect(await probeStore.commit(good, token, record, status, [], at)).toBe('stored');
      return status;
    };
    const status = await probe();
    const text = (await redis.hget(keys.statuses, good.domain)) ?? '';
    expect(JSON.parse(text)).toMatchObject({
      v: 2,
      verdict: status.verdict,
      lastProbeAt: status.lastProbeAt,
    });
    expect(text.length).toBeLessThan(250);
    const [read] = (await createOverviewReader(redis, report).statuses()).filter(
      ({ domain }) => domain === good.domain,
    );
    expect(read?.status).toEqual(status);
    await probe();
    expect(reported).toEqual([]);
  });

  test('has the schema of the newest version that used it', async () => {
    const store = createIdentityStore(redis);
    expect(await store.read()).toMatchObject({ schema: 1, identity: { follows: [] } });
    await store.raise(storeSchema);
    expect(await store.read()).toMatchObject({ schema: storeSchema });
    await store.raise(1);
    expect(await store.read()).toMatchObject({ schema: storeSchema });
    await store.adopt({ id: 'new', generation: 7, follows: ['old'] });
    expect(await store.read()).toMatchObject({ schema: storeSchema, identity: { id: 'new' } });
    // Of another type than it should be, it waits for a person who adopts the store.
    await redis.del(storeKey);
    await redis.rpush(storeKey, 'x');
    await store.raise(storeSchema);
    expect(await store.read()).toMatchObject({ schema: 1, identity: null });
  });

  test.each([
    ['records', '7 {"v":99,"incidents":{}}'],
    ['domains', '{"v":99,"host":"good.example.com","port":443,"pins":[]}'],
    ['statuses', '{"v":99,"verdict":null,"open":[]}'],
  ] as const)('by a newer version, in %s, is not touched and not taken for damaged', async (key, text) => {
    await redis.hset(keys[key], good.domain, text);
    const newer = /newer pinwatch \(schema 99; this version knows schemas up to/;
    const attempts = {
      records: [
        () => createProbeStore(redis, report).load(good),
        () => createAdminStore(redis, report).record(good),
      ],
      domains: [
        () => createProbeStore(redis, report).load(good),
        () => createAdminStore(redis, report).domain(good),
        () => createProvisioningStore(redis, report).provision([{ name: 'acme', contacts: [], domains: [] }]),
      ],
      statuses: [() => createOverviewReader(redis, report).statuses()],
    };
    for (const attempt of attempts[key]) await expect(attempt()).rejects.toThrow(newer);
    expect(await redis.hget(keys[key], good.domain)).toBe(text);
    expect(reported).toEqual([]);
  });
});
