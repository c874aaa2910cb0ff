import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createOverviewReader } from '../../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import { statusText } from '../../../src/adapters/redis/status-text.ts';
import type { Domain, ProvisionedAccount } from '../../../src/core/domain.ts';
import { blankStatus } from '../../../src/core/domain-status.ts';
import { blankRecord } from '../../../src/core/record.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { domain, openRecord, statusFor, transition } from './domains.ts';
import { linkTo } from './link.ts';

requires('redis-server')('the registry in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;

  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(async () => {
    await link.redis.flushall();
  });

  const account = (name: string, domains: readonly Domain[]): ProvisionedAccount => ({
    name,
    contacts: [`devops@${name}.example`],
    domains,
    provisionedBy: 'config/pinwatch.yaml',
  });
  const provision = (...accounts: ProvisionedAccount[]) =>
    createProvisioningStore(link.redis).provision(accounts);
  const nothing = { added: [], changed: [], removed: [], recontacted: [] };
  const registered = async () => {
    const found: string[] = [];
    for await (const batch of createOverviewReader(link.redis).domains()) {
      found.push(...batch.map(({ account: of, domain: name }) => `${of}/${name}`));
    }
    return found.sort();
  };

  test('is made equal to the file, and returns what changed', async () => {
    const [a, b] = [domain('a.example.com'), domain('b.example.com', { port: 8443 })];
    const added = [
      { account: 'acme', domain: 'a.example.com' },
      { account: 'acme', domain: 'b.example.com:8443' },
      { account: 'umbrella', domain: 'a.example.com' },
    ];
    expect(await provision(account('acme', [a, b]), account('umbrella', [a]))).toEqual({ ...nothing, added });
    expect((await createProvisioningStore(link.redis).accounts()).sort()).toEqual(['acme', 'umbrella']);
    expect(await registered()).toEqual([
      'acme/a.example.com',
      'acme/b.example.com:8443',
      'umbrella/a.example.com',
    ]);
    expect(await provision(account('acme', [a, b]), account('umbrella', [a]))).toEqual(nothing);

    const repinned = domain('a.example.com', { pins: b.pins.slice(1) });
    expect(await provision(account('acme', [repinned, b]), account('umbrella', [a]))).toEqual({
      ...nothing,
      changed: added.slice(0, 1),
    });
    expect(
      (await createProbeStore(link.redis).load({ account: 'acme', domain: 'a.example.com' }))?.domain,
    ).toEqual(repinned);
    expect(await provision(account('acme', [repinned]))).toEqual({ ...nothing, removed: added.slice(1) });
    expect(await registered()).toEqual(['acme/a.example.com']);
    expect(await link.redis.keys('*umbrella*')).toEqual([]);
  });

  test('is not written to if nothing has changed', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => domain(`${index}.example.com`));
    const written = async (accounts: readonly ProvisionedAccount[]) => {
      await link.redis.config('RESETSTAT');
      const result = await provision(...accounts);
      const commands = await link.redis.info('commandstats');
      const calls = (name: string) =>
        Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(commands)?.[1] ?? 0);
      const writes = ['set', 'sadd', 'srem', 'zadd', 'hscan'];
      return { result, calls: Object.fromEntries(writes.map((name) => [name, calls(name)])) };
    };
    const none = { set: 0, sadd: 0, srem: 0, zadd: 0, hscan: 0 };
    const first = await written([account('acme', many)]);
    expect(first.result.added).toHaveLength(1_000);
    expect(first.calls).toEqual({ ...none, set: 1, sadd: 1, zadd: 1_000 });
    expect(await written([account('acme', many)])).toEqual({ result: nothing, calls: none });
    const repinned = domain('5.example.com', { pins: [] });
    const second = await written([account('acme', many.with(5, repinned))]);
    expect(second.result.changed).toEqual([{ account: 'acme', domain: '5.example.com' }]);
    expect(second.calls).toEqual({ ...none, zadd: 1 });
    const third = await written([account('acme', many.slice(600))]);
    expect(third.result.removed).toHaveLength(600);
    expect(third.calls).toMatchObject({ set: 0, sadd: 0, zadd: 0 });
    expect(await registered()).toHaveLength(400);
  });

  test('of many accounts is made equal, several at a time', async () => {
    const accounts = Array.from({ length: 500 }, (_, index) =>
      account(`a${index}`, [domain('a.example.com')]),
    );
    expect((await provision(...accounts)).added).toEqual(
      accounts.map(({ name }) => ({ account: name, domain: 'a.example.com' })),
    );
    expect(await provision(...accounts)).toEqual(nothing);
    const changed = await provision(...accounts.slice(0, 1), {
      ...account('a1', []),
      contacts: ['b@example.com'],
    });
    expect(changed.recontacted).toEqual(['a1']);
    expect(changed.removed).toHaveLength(499);
    expect(await registered()).toEqual(['a0/a.example.com']);
  });

  test('keeps the record of a changed domain, and drops that of a removed one', async () => {
    const ref = { account: 'acme', domain: 'a.example.com' };
    const a = domain('a.example.com');
    const probeStore = createProbeStore(link.redis);
    await provision(account('acme', [a]));
    const loaded = await probeStore.load(ref);
    const record = { ...blankRecord, lastProbeAt: 5_000 };
    await probeStore.commit(
      ref,
      loaded?.token ?? { settings: '', version: 0, account: '' },
      record,
      statusFor(a, record),
      [],
      0,
    );
    await provision(account('acme', [domain('a.example.com', { pins: [] })]));
    expect((await probeStore.load(ref))?.record.lastProbeAt).toBe(5_000);
    await provision(account('acme', []));
    await provision(account('acme', [a]));
    expect((await probeStore.load(ref))?.record).toEqual(blankRecord);
  });

  test('leaves alone what was not provisioned, even if its account leaves the file', async () => {
    const keys = accountKeys('acme');
    await provision(
      account('acme', [domain('a.example.com')]),
      account('umbrella', [domain('a.example.com')]),
    );
    const { provisionedBy: _, ...added } = domain('added.example.com');
    await link.redis.hset(keys.domains, 'added.example.com', JSON.stringify(added));
    await link.redis.hset(keys.statuses, 'added.example.com', statusText(statusFor(added)));
    // An account created at runtime.
    const own = { name: 'own', contacts: ['a@example.com'] };
    await link.redis.set(accountKeys('own').account, JSON.stringify(own));
    await link.redis.sadd('pinwatch:accounts', 'own');

    expect((await provision(account('acme', []), account('umbrella', []))).removed).toHaveLength(2);
    expect(await registered()).toEqual(['acme/added.example.com']);
    expect(await provision()).toEqual(nothing);
    expect(await registered()).toEqual(['acme/added.example.com']);
    expect((await createProvisioningStore(link.redis).accounts()).sort()).toEqual(['acme', 'own']);
    expect(JSON.parse((await link.redis.get(keys.account)) ?? '')).toEqual({
      name: 'acme',
      contacts: ['devops@acme.example'],
    });
    expect(await provision()).toEqual(nothing);
  });

  test('two processes that provision the same file at once agree', async () => {
    const other = await linkTo(server.url);
    const accounts = [
      account(
        'acme',
        Array.from({ length: 100 }, (_, index) => domain(`${index}.example.com`)),
      ),
    ];
    const [mine, theirs] = await Promise.all([
      createProvisioningStore(link.redis).provision(accounts),
      createProvisioningStore(other.redis).provision(accounts),
    ]);
    expect(mine.added.length + theirs.added.length).toBeGreaterThanOrEqual(100);
    expect(await registered()).toHaveLength(100);
    expect(await provision(...accounts)).toEqual(nothing);
    await other.close();
  });

  test('the overview has every domain from its registration on, with 0 for times of what never happened', async () => {
    const reader = createOverviewReader(link.redis);
    expect(await reader.statuses()).toEqual([]);
    expect(await reader.sweepStartedAt()).toBe(0);
    const many = Array.from({ length: 2_500 }, (_, index) => domain(`${index}.example.com`));
    await provision(account('acme', many), account('umbrella', [domain('a.example.com')]));
    const statuses = await reader.statuses();
    expect(statuses).toHaveLength(2_501);
    const names = statuses.map(({ account: of, domain: name }) => `${of}/${name}`);
    expect(names).toEqual([...names].sort());
    expect(statuses[0]?.status).toEqual({ ...blankStatus, pins: 2 });
    const batches: number[] = [];
    for await (const batch of reader.domains()) batches.push(batch.length);
    expect(Math.max(...batches)).toBeLessThanOrEqual(250);
    expect(batches.reduce((sum, size) => sum + size)).toBe(2_501);
    await reader.markSweep(1_234);
    expect(await reader.sweepStartedAt()).toBe(1_234);
  });

  test('a sweep reads several small accounts at a time, and each domain once', async () => {
    const small = Array.from({ length: 300 }, (_, index) =>
      account(`a${index}`, [domain('a.example.com'), domain('b.example.com')]),
    );
    const large = account(
      'acme',
      Array.from({ length: 1_500 }, (_, index) => domain(`${index}.example.com`)),
    );
    await provision(...small, large);
    const reader = createOverviewReader(link.redis);
    expect(await reader.count()).toBe(2_100);
    const batches: number[] = [];
    for await (const batch of reader.domains()) batches.push(batch.length);
    expect(batches).toEqual([...Array.from({ length: 8 }, () => 250), 100]);
    expect(new Set(await registered()).size).toBe(2_100);
  });

  test('what is open at a domain that the file no longer has is owed as closed, once, however many processes see that', async () => {
    const keys = accountKeys('acme');
    const [told, quiet, kept] = ['told.example.com', 'quiet.example.com', 'kept.example.com'].map((host) =>
      domain(host, { channels: ['ops'] }),
    ) as [Domain, Domain, Domain];
    await provision(account('acme', [told, quiet, kept]));
    const probeStore = createProbeStore(link.redis);
    const open = async (of: Domain, record = openRecord(`at ${of.host}`)) => {
      const ref = { account: 'acme', domain: of.host };
      const token = (await probeStore.load(ref))?.token;
      if (token === undefined) throw new Error('expected a registered domain');
      return probeStore.commit(ref, token, record, statusFor(of, record), [], 5_000);
    };
    expect(await open(told)).toBe('stored');
    // Opened while the domain was muted: nobody knows of it.
    expect(await open(quiet, openRecord('quiet', { toldAt: 0 }))).toBe('stored');
    expect(await open(kept)).toBe('stored');

    const now = Date.parse('2026-11-22T05:10:54Z');
    const other = await linkTo(server.url);
    const both = [link, other].map(({ redis }) =>
      createProvisioningStore(
        redis,
        () => {},
        () => now,
      ),
    );
    await Promise.all(both.map((store) => store.provision([account('acme', [kept])])));
    await other.close();
    expect(await registered()).toEqual(['acme/kept.example.com']);
    const owed = await link.redis.lrange(keys.notices, 0, -1);
    expect(owed.map((text) => JSON.parse(text) as unknown)).toEqual([
      transition('at told.example.com', {
        ...{ transition: 'closed', domain: 'told.example.com', since: '2026-11-22T04:00:00Z' },
        ...{ at: '2026-11-22T05:10:54Z', was: ['pin_mismatch'], recovery: { cause: 'removed', by: null } },
        ...{ provisionedBy: 'pinwatch.yaml', channels: ['ops'] },
      }),
    ]);
    expect(await link.redis.hgetall(keys.outbox)).toEqual({ waitingSince: String(now) });
  });

  test('a probe that opens an incident while the domain is being removed is told as well', async () => {
    const keys = accountKeys('acme');
    const gone = domain('gone.example.com');
    await provision(account('acme', [gone]));
    const probeStore = createProbeStore(link.redis);
    const ref = { account: 'acme', domain: gone.host };
    const { token } = (await probeStore.load(ref)) ?? {};
    if (token === undefined) throw new Error('expected a registered domain');
    const record = openRecord('just opened');
    let probed: Promise<unknown> | null = null;
    // The clock is read between reading the records and removing the domains; both use this connection, so in this order.
    const clock = () => {
      probed ??= probeStore.commit(ref, token, record, statusFor(gone, record), [], 6_000);
      return 7_000;
    };
    await createProvisioningStore(link.redis, () => {}, clock).provision([account('acme', [])]);
    expect(await probed).toBe('stored');
    const owed = (await link.redis.lrange(keys.notices, 0, -1)).map((text) => JSON.parse(text) as unknown);
    expect(owed).toMatchObject([{ incident: 'just opened', transition: 'closed' }]);
    expect(await registered()).toEqual([]);
  });
});
