import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import { statusText } from '../../../src/adapters/redis/status-text.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import type { Check } from '../../../src/core/check.ts';
import type { Domain } from '../../../src/core/domain.ts';
import { defaultLimits, type Limits } from '../../../src/core/limits.ts';
import { blankRecord } from '../../../src/core/record.ts';
import type { AdminStore } from '../../../src/flow/admin/admin-store.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { domain, statusFor } from './domains.ts';
import { linkTo } from './link.ts';

requires('redis-server')('settings in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let adminStore: AdminStore;
  const keys = accountKeys('acme');
  const [one, two] = [createRoot({ commonName: 'One' }).pem, createRoot({ commonName: 'Two' }).pem];
  const entry: AuditEntry = { at: '', by: 'ops', from: null, action: 'domain_added', target: '', detail: '' };

  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
    adminStore = createAdminStore(link.redis);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(async () => {
    await link.redis.flushall();
    await adminStore.saveAccount('acme', null, { name: 'acme', contacts: ['a@example.com'] }, entry);
  });

  const ref = (name: string) => ({ account: 'acme', domain: name });
  const textOf = async (name: string) => (await link.redis.hget(keys.domains, name)) ?? null;
  const save = async (next: Domain | null, name = next?.host ?? '', limits?: Limits) =>
    adminStore.saveDomain(ref(name), await textOf(name), next, entry, limits);
  const usage = async () => {
    const { pins, bytes } = await link.redis.hgetall(keys.usage);
    return [Number(pins), Number(bytes)];
  };
  const counted = async () => {
    const before = await usage();
    await link.redis.del(keys.usage);
    // Any change counts again.
    await save(domain('counting.example.com'));
    await save(null, 'counting.example.com');
    return { before, after: await usage() };
  };

  test('keep roots once for all domains that use them, and only as long as any does', async () => {
    await save(domain('a.example.com', { ca: one }));
    await save(domain('b.example.com', { ca: `padding\n${one.replaceAll('\n', '\r\n')}` }));
    await save(domain('c.example.com', { ca: two }));
    expect(await link.redis.hvals(keys.roots)).toHaveLength(2);
    expect(await textOf('a.example.com')).not.toContain('BEGIN');
    expect((await adminStore.domain(ref('b.example.com')))?.value.ca).toBe(one);
    const loaded = await createProbeStore(link.redis).load(ref('b.example.com'));
    expect(loaded?.domain.ca).toBe(one);
    await save(domain('a.example.com'));
    expect(await link.redis.hvals(keys.roots)).toHaveLength(2);
    await save(null, 'b.example.com');
    expect(await link.redis.hvals(keys.roots)).toEqual([two]);
    await save(domain('c.example.com', { ca: one }));
    expect(await link.redis.hvals(keys.roots)).toEqual([one]);
    const { before, after } = await counted();
    expect(before).toEqual(after);
    await save(null, 'a.example.com');
    await save(null, 'c.example.com');
    expect(await link.redis.exists(keys.roots, keys.rootUses)).toBe(0);
    expect(await usage()).toEqual([0, 0]);
  });

  test('of a file do so, too, and restore lost roots', async () => {
    const domains = ['a', 'b', 'c'].map((name) =>
      domain(`${name}.example.com`, { ca: one, provisionedBy: 'pinwatch.yaml' }),
    );
    const registry = createProvisioningStore(link.redis);
    const file = { name: 'acme', contacts: ['a@example.com'], domains, provisionedBy: 'pinwatch.yaml' };
    await registry.provision([file]);
    expect(await link.redis.hvals(keys.roots)).toEqual([one]);
    expect((await registry.provision([file])).changed).toEqual([]);
    await link.redis.del(keys.roots);
    expect((await registry.provision([file])).changed).toHaveLength(3);
    expect((await adminStore.domain(ref('b.example.com')))?.value.ca).toBe(one);
    await registry.provision([{ ...file, domains: domains.slice(0, 1) }]);
    expect(await link.redis.hvals(keys.rootUses)).toEqual(['1']);
    await registry.provision([{ ...file, domains: [] }]);
    expect(await link.redis.exists(keys.roots, keys.rootUses, keys.domains, keys.names)).toBe(0);
  });

  test('stored by an older version are read, counted and listed', async () => {
    const { ca: _none, ...old } = domain('old.example.com');
    await link.redis.hset(keys.domains, 'old.example.com', JSON.stringify({ ...old, ca: one }));
    expect((await adminStore.domain(ref('old.example.com')))?.value.ca).toBe(one);
    const page = await adminStore.domainPage('acme', { after: null, limit: 10, verdict: null });
    expect(page.domains.map(({ name }) => name)).toEqual(['old.example.com']);
    await save(domain('old.example.com', { ca: one, mutedUntil: 5 }));
    expect(await textOf('old.example.com')).not.toContain('BEGIN');
    expect((await counted()).before).toEqual(await usage());
  });

  test.each<[keyof Limits, number, Domain[], Domain]>([
    ['domains', 2, [domain('a.example.com'), domain('b.example.com')], domain('c.example.com')],
    ['pins', 3, [domain('a.example.com')], domain('b.example.com', { pins: domain('x').pins.slice(0, 2) })],
    [
      'storedBytes',
      2_000,
      [domain('a.example.com', { ca: one })],
      domain('b.example.com', { ca: two + one }),
    ],
  ])(
    'beyond the limit on %s are refused with its name, and change nothing',
    async (name, value, before, next) => {
      const limits = { ...defaultLimits, [name]: value };
      for (const one of before) expect(await save(one, one.host, limits)).toBe('stored');
      const [pins = 0] = await usage();
      const least = name === 'pins' ? { ...limits, pins } : limits;
      expect(await save(next, next.host, least)).toEqual({ name, value: least[name] });
      expect(await textOf(next.host)).toBeNull();
      expect(await adminStore.auditTrail('acme', 10)).toHaveLength(before.length + 1);
      // A change that uses no more is accepted, and one that uses less even if the account is already beyond.
      const [first] = before as [Domain];
      expect(
        await save({ ...first, keyTypes: ['rsa'], pins: [] }, first.host, { ...least, domains: 0, pins: 0 }),
      ).toBe('stored');
      expect(await save(null, first.host, least)).toBe('stored');
    },
  );

  test('are returned in pages ordered by name, whatever is added and removed between them', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `d${index}.example.com`).sort();
    for (const name of names) await save(domain(name));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = await adminStore.domainPage('acme', { after, limit: 7, verdict: null });
      seen.push(...page.domains.map(({ name }) => name));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(names);
    await save(null, 'd7.example.com');
    await save(domain('d30.example.com'));
    const page = await adminStore.domainPage('acme', { after: 'd29', limit: 100, verdict: null });
    expect(page).toMatchObject({
      next: null,
      domains: [
        { name: 'd3.example.com' },
        { name: 'd30.example.com' },
        { name: 'd4.example.com' },
        { name: 'd5.example.com' },
        { name: 'd6.example.com' },
        { name: 'd8.example.com' },
        { name: 'd9.example.com' },
      ],
    });
  });

  test('of a page are bounded in bytes, and a search in the names that it examines', async () => {
    const note = { note: 'n'.repeat(1_000), by: 'ops', at: '' };
    const [pin] = domain('x').pins as [Domain['pins'][number]];
    const step = link.redis.pipeline();
    for (let index = 0; index < 3_000; index += 1) {
      const name = `d${String(index).padStart(4, '0')}.example.com`;
      const large = {
        ...domain(name),
        pinNotes: Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`${pin}${at}`, note])),
      };
      step.hset(keys.domains, name, JSON.stringify(large));
      step.hset(
        keys.statuses,
        name,
        statusText({
          ...statusFor(domain(name), blankRecord),
          verdict: index === 2_999 ? 'match' : 'mismatch',
        }),
      );
    }
    await step.exec();
    const page = await adminStore.domainPage('acme', { after: null, limit: 1_000, verdict: null });
    expect(page.domains.length).toBeLessThan(100);
    expect(page.next).toBe(page.domains.at(-1)?.name);
    const first = await adminStore.domainPage('acme', { after: null, limit: 10, verdict: 'match' });
    expect(first).toMatchObject({ domains: [], next: 'd1999.example.com' });
    const second = await adminStore.domainPage('acme', { after: first.next, limit: 10, verdict: 'match' });
    expect(second).toMatchObject({ domains: [{ name: 'd2999.example.com' }], next: null });
  });

  test('and records of servers that present much are bounded per domain and per account', async () => {
    const probeStore = createProbeStore(link.redis);
    const large = (endpoints: number): Check => {
      const text = 'x'.repeat(250);
      const certificate = {
        pin: domain('x').pins[0] ?? 'sha256/',
        subject: text,
        issuer: text,
        notBefore: '',
        notAfter: '',
        certificateSha256: text,
        key: '',
      };
      const endpoint = {
        address: '',
        keyType: 'ecdsa',
        verdict: 'match',
        protocol: null,
        durationMs: 0,
        presented: Array(20).fill(certificate),
        path: [],
        trusted: true,
        trustError: null,
        matched: null,
        failure: null,
      } as const;
      return {
        host: 'x',
        port: 443,
        verdict: 'match',
        pins: [],
        findings: [],
        endpoints: Array(endpoints).fill(endpoint),
      };
    };
    const commit = async (name: string, endpoints: number) => {
      const loaded = await probeStore.load(ref(name));
      if (loaded === null) throw new Error('expected a registered domain');
      const next = { ...blankRecord, lastCheck: large(endpoints), lastProbeAt: 1 };
      await probeStore.commit(ref(name), loaded.token, next, statusFor(loaded.domain, next), [], 0);
      return link.redis.hstrlen(keys.records, name);
    };
    await save(domain('a.example.com'));
    expect(await commit('a.example.com', 128)).toBeLessThan(600_000);
    // 16 MB, and 32 KB for each domain: 40 of 500 KB exceed it.
    const sizes: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      await save(domain(`r${index}.example.com`));
      sizes.push(await commit(`r${index}.example.com`, 25));
    }
    expect(sizes[0]).toBeGreaterThan(400_000);
    expect(sizes.at(-1)).toBeLessThan(20_000);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThan(20_000_000);
    await save(null, 'r0.example.com');
    await save(null, 'r1.example.com');
    expect(await commit('r39.example.com', 25)).toBeGreaterThan(400_000);
    const stored = Number(await link.redis.hget(keys.usage, 'records'));
    await link.redis.hdel(keys.usage, 'records');
    await commit('r39.example.com', 25);
    expect(Number(await link.redis.hget(keys.usage, 'records'))).toBe(stored);
  });
});
