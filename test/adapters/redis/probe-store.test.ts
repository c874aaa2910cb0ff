import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createOutbox } from '../../../src/adapters/redis/outbox.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import { parseStatus } from '../../../src/adapters/redis/status-text.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { blankRecord, type DomainRecord, recordProbe } from '../../../src/core/record.ts';
import { judgeLooks } from '../../../src/core/verdict.ts';
import { failed, leaf, now, rules, seen } from '../../support/observations.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { domain, statusFor, transition } from './domains.ts';
import { linkTo } from './link.ts';

requires('redis-server')('records in Redis', () => {
  let server: RedisServer;
  let links: RedisLink[];
  const api = domain('api.example.com');
  const ref = { account: 'acme', domain: 'api.example.com' };
  const keys = accountKeys('acme');

  beforeAll(async () => {
    server = await startRedis();
    links = await Promise.all([linkTo(server.url), linkTo(server.url)]);
  });
  afterAll(async () => {
    await Promise.all(links.map((link) => link.close()));
    await server.close();
  });
  beforeEach(async () => {
    await redis().flushall();
    await createProvisioningStore(redis()).provision([
      { name: 'acme', contacts: ['devops@example.com'], domains: [api] },
    ]);
  });
  const redis = (index = 0) => {
    const link = links[index];
    if (!link) throw new Error(`links[${index}]: two were made`);
    return link.redis;
  };
  const loadOf = async (index = 0) => {
    const loaded = await createProbeStore(redis(index)).load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    return loaded;
  };

  test('an unregistered domain is null; one never probed has a blank record', async () => {
    expect(await createProbeStore(redis()).load({ ...ref, domain: 'other.example.com' })).toBeNull();
    expect(await createProbeStore(redis()).load({ ...ref, account: 'other' })).toBeNull();
    expect(await loadOf()).toMatchObject({ domain: api, record: blankRecord });
  });

  test('what another process remembers is never mistaken for what is stored later under the same number', async () => {
    const store = createProbeStore(redis());
    const record = { ...blankRecord, lastProbeAt: now, lastConclusiveAt: now, trusted: true };
    const commit = async (at: number) => {
      const { token } = await loadOf();
      expect(await store.commit(ref, token, record, statusFor(api, record), [], at)).toBe('stored');
    };
    await commit(now);
    const { token: known } = await loadOf();
    expect(await store.loadMany([{ ref, known }])).toEqual([{ is: 'same' }]);
    // As if the domain had been registered again, or a failover had lost the last write.
    await redis().hdel(keys.records, ref.domain);
    await commit(now + 1);
    expect(await store.loadMany([{ ref, known }])).toMatchObject([{ is: 'loaded' }]);
    expect(await store.touch([{ ref, token: known, status: statusFor(api, record) }])).toEqual(['conflict']);
  });

  test.each(['1234567890123456', '12345678901234567890', '9'.repeat(30)])(
    'a record with the damaged version %s is replaced, and then read again',
    async (version) => {
      const store = createProbeStore(redis());
      await redis().hset(keys.records, ref.domain, `${version} {}`);
      const { token } = await loadOf();
      const record = { ...blankRecord, lastProbeAt: now, lastConclusiveAt: now, trusted: true };
      expect(await store.commit(ref, token, record, statusFor(api, record), [], now)).toBe('stored');
      expect(await loadOf()).toMatchObject({ token: { version: now }, record: { lastProbeAt: now } });
    },
  );

  test('the next load sees a commit, with its status and its notices', async () => {
    const probeStore = createProbeStore(redis());
    const record = { ...blankRecord, lastProbeAt: 1_000, lastConclusiveAt: 1_000, trusted: true };
    const notices = [transition('one'), transition('two'), transition('three', {}, 'no_backup_pin')];
    const { token } = await loadOf();
    expect(await probeStore.commit(ref, token, record, statusFor(api, record), notices, 5_000)).toBe(
      'stored',
    );
    expect((await loadOf()).record).toEqual(record);
    const { status } = parseStatus((await redis().hget(keys.statuses, ref.domain)) ?? '');
    expect(status).toEqual(statusFor(api, record));
    const list = async (key: string) => (await redis().lrange(key, 0, -1)).map((text) => JSON.parse(text));
    expect(await list(keys.notices)).toEqual(notices.slice(0, 2));
    expect(await list(keys.weeklyNotices)).toEqual(notices.slice(2));
    const outbox = createOutbox(redis());
    const since = { waitingSince: 5_000, weeklyWaitingSince: 5_000, alarmSince: 5_000, criticalSince: 5_000 };
    const pace = { ...since, lastLetterAt: 0, lastAlarmAt: 0, lastWeeklyAt: 0 };
    expect(await outbox.pace('acme')).toEqual(pace);

    // The wait began with the first notice; a later one does not restart it.
    const { token: next } = await loadOf();
    expect(
      await probeStore.commit(ref, next, record, statusFor(api, record), [transition('four')], 9_000),
    ).toBe('stored');
    expect(await outbox.pace('acme')).toEqual(pace);
    expect(await redis().llen(keys.notices)).toBe(3);
  });

  test('of racing commits exactly one is stored, with its notices once', async () => {
    const loaded = await Promise.all([0, 1, 0, 1].map(loadOf));
    const outcomes = await Promise.all(
      loaded.map(({ token }, index) => {
        const record = { ...blankRecord, lastProbeAt: index + 1 };
        return createProbeStore(redis(index % 2)).commit(
          ref,
          token,
          record,
          statusFor(api, record),
          [transition(`from ${index}`)],
          1_000,
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
    const winner = outcomes.indexOf('stored');
    expect((await loadOf()).record.lastProbeAt).toBe(winner + 1);
    const notices = await redis().lrange(keys.notices, 0, -1);
    expect(notices.map((text) => (JSON.parse(text) as { incident: string }).incident)).toEqual([
      `from ${winner}`,
    ]);
  });

  test('a commit conflicts, and stores nothing, if settings or record have changed', async () => {
    const probeStore = createProbeStore(redis());
    const { token } = await loadOf();
    const status = statusFor(api);
    const commit = (of = token) =>
      probeStore.commit(ref, of, blankRecord, status, [transition('late')], 1_000);
    await createProvisioningStore(redis(1)).provision([
      { name: 'acme', contacts: ['devops@example.com'], domains: [domain(api.host, { pins: [] })] },
    ]);
    expect(await commit()).toBe('conflict');
    const fresh = await loadOf();
    expect(fresh.token.settings).not.toBe(token.settings);
    expect(await probeStore.commit(ref, fresh.token, blankRecord, status, [], 1_000)).toBe('stored');
    expect(await commit(fresh.token)).toBe('conflict');
    // Removed meanwhile: a probe in progress must not bring it back.
    const last = await loadOf();
    await createProvisioningStore(redis(1)).provision([
      { name: 'acme', contacts: ['devops@example.com'], domains: [] },
    ]);
    expect(await commit(last.token)).toBe('conflict');
    expect(await redis().exists(keys.records, keys.statuses, keys.notices, keys.outbox)).toBe(0);
  });

  test('a record of an older version takes missing values from the blank one', async () => {
    await redis().hset(keys.records, ref.domain, '7 {"lastProbeAt":12}');
    const { record, token } = await loadOf();
    expect(record).toEqual({ ...blankRecord, lastProbeAt: 12 });
    expect(token.version).toBe(7);
  });

  test('an incident that an older version left open stays open, and closes when its endpoints are well', async () => {
    const open = {
      ...{ id: '1', kind: 'pin_mismatch', severity: 'critical', since: now, toldAt: now, told: [] },
      endpoints: ['192.0.2.1 ecdsa'],
    };
    const stored = { incidents: { pin_mismatch: open }, suspected: ['untrusted'] };
    await redis().hset(keys.records, ref.domain, `7 ${JSON.stringify(stored)}`);
    const { record } = await loadOf();
    const after = (observation: Observation, at: number, from: DomainRecord = record) => {
      const judgement = judgeLooks({ ...api, pins: [leaf.pin] }, Array(20).fill([observation]), at, 0);
      return recordProbe(from, { account: 'acme', judgement, sweep: `${at}`, at }, rules);
    };
    expect(after(failed('connection_reset'), now + 1).record.incidents.pin_mismatch).toBeDefined();
    const once = after(seen(), now + 1).record;
    expect(after(seen(), now + 2, once).transitions).toMatchObject([{ transition: 'closed' }]);
  });
});
