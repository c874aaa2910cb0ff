import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createMender } from '../../../src/adapters/redis/mend.ts';
import { createPinSetStore } from '../../../src/adapters/redis/pin-set-store.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import type { HostPattern } from '../../../src/core/host-pattern.ts';
import type { ImportedSet } from '../../../src/core/imported-set.ts';
import { defaultLimits } from '../../../src/core/limits.ts';
import type { DomainRef } from '../../../src/flow/probe-store.ts';
import { resolvePinSets } from '../../../src/flow/resolve-pin-sets.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { domain } from './domains.ts';
import { linkTo } from './link.ts';

const pin = (letter: string) => `sha256/${letter.repeat(43)}=` as const;
const everywhere: HostPattern = { kind: 'any-depth', name: 'example.com' };

function set(name: string, pattern = everywhere, letter = 'C'): ImportedSet {
  const allOf = [{ at: 'path' as const, anyOf: [pin(letter)] }];
  return {
    ...{
      name,
      of: name,
      source: 'imported',
      format: 'okhttp',
      note: '',
      by: 'alice',
      at: '2026-11-27T08:00:00Z',
    },
    ...{ resolution: 'union', trust: 'platform', rules: [{ pattern, allOf, enforce: true }] },
    ...{ textHash: 1, options: {}, warnings: [] },
  };
}

const entry: AuditEntry = {
  ...{ at: '2026-11-27T08:00:00Z', by: 'alice', from: null },
  ...{ action: 'pin_set_imported', target: 'acme/x', detail: '' },
};

requires('redis-server')('pin sets in Redis', () => {
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

  const store = () => createPinSetStore(link.redis);
  const keys = accountKeys('acme');

  async function account(...hosts: readonly string[]): Promise<void> {
    const domains = hosts.map((host) => domain(host));
    const acme = { name: 'acme', contacts: ['a@example.com'], domains, provisionedBy: 'pinwatch.yaml' };
    await createProvisioningStore(link.redis).provision([acme]);
  }

  async function save(
    put: readonly ImportedSet[],
    remove: readonly string[] = [],
    text: string | null = 'text',
  ) {
    const { revision } = await store().pinSets('acme');
    const of = put[0]?.of ?? remove[0] ?? '';
    return store().savePinSets('acme', revision, [{ of, text, put, remove }], [entry], defaultLimits);
  }

  async function resolve(): Promise<DomainRef[]> {
    const probed: DomainRef[] = [];
    const probeSoon = async (refs: readonly DomainRef[]) => void probed.push(...refs);
    await resolvePinSets('acme', { pinSetStore: store(), probeSoon });
    return probed;
  }

  const loaded = (host: string) => createProbeStore(link.redis).load({ account: 'acme', domain: host });

  test('a set reaches each domain that it covers, once stored and with another token', async () => {
    await account('api.example.com', 'cdn.example.com', 'api.example.net');
    const before = await loaded('api.example.com');
    expect(await save([set('android')])).toBe('stored');
    // Nothing until it is resolved, which is known to be pending.
    expect((await loaded('api.example.com'))?.domain.pinSets).toBeUndefined();
    expect((await resolve()).map((ref) => ref.domain).sort()).toEqual(['api.example.com', 'cdn.example.com']);

    const after = await loaded('api.example.com');
    expect(after?.domain.pinSets).toMatchObject([{ name: 'android', rules: [{ enforce: true }] }]);
    expect(after?.token.settings).not.toBe(before?.token.settings);
    expect((await loaded('cdn.example.com'))?.domain.pinSets?.[0]).toBe(after?.domain.pinSets?.[0]);
    expect((await loaded('api.example.net'))?.domain.pinSets).toBeUndefined();
    expect(await link.redis.hlen(keys.applied)).toBe(1);
    expect(await link.redis.hvals(keys.appliedUses)).toEqual(['2']);
    expect((await store().pinSets('acme')).pending).toBeNull();
    expect(await resolve()).toEqual([]);
  });

  test('what it takes is counted, and given back when it is removed', async () => {
    await account('api.example.com');
    // The totals are counted with the first change.
    await save([set('other', { kind: 'exact', name: 'no.example.net' })]);
    const bytes = async () => Number(await link.redis.hget(keys.usage, 'bytes'));
    const before = await bytes();
    await save([set('android')], [], 'x'.repeat(1_000));
    await resolve();
    expect(await bytes()).toBeGreaterThan(before + 1_000);
    const counted = await bytes();
    await link.redis.del(keys.usage);
    await save([set('android', everywhere, 'D')], [], 'x'.repeat(1_000));
    expect(await bytes()).toBe(counted);
    await save([], ['android'], null);
    await resolve();
    expect(await bytes()).toBe(before);
    expect(await link.redis.exists(keys.applied, keys.appliedUses)).toBe(0);
    expect((await loaded('api.example.com'))?.domain.pinSets).toBeUndefined();
  });

  test('nothing is stored beyond the limit, or on another revision', async () => {
    await account('api.example.com');
    const change = { of: 'android', text: 'x'.repeat(2_000), put: [set('android')], remove: [] };
    const limits = { ...defaultLimits, storedBytes: 1_500 };
    expect(await store().savePinSets('acme', '', [change], [entry], limits)).toEqual({
      name: 'storedBytes',
      value: 1_500,
    });
    expect(await save([set('android')])).toBe('stored');
    expect(await store().savePinSets('acme', '', [change], [entry], defaultLimits)).toBe('conflict');
    expect(await link.redis.llen(keys.audit)).toBe(1);
    expect(await store().importedText('acme', 'android')).toBe('text');
  });

  test('a domain that was resolved before a set changed is pending again', async () => {
    await account('api.example.com');
    await save([set('android')]);
    await resolve();
    const { revision } = await store().pinSets('acme');
    await save([set('android', everywhere, 'D')]);
    await resolve();
    const admin = createAdminStore(link.redis);
    const added = domain('new.example.com');
    expect(
      await admin.saveDomain(
        { account: 'acme', domain: added.host },
        null,
        added,
        entry,
        defaultLimits,
        revision,
      ),
    ).toBe('stored');
    expect((await store().pinSets('acme')).pending).not.toBeNull();
    expect(await resolve()).toEqual([{ account: 'acme', domain: 'new.example.com' }]);
    expect((await loaded('new.example.com'))?.domain.pinSets).toHaveLength(1);
  });

  test('a pending mark of another change is not taken away', async () => {
    await account('api.example.com');
    await save([set('android')]);
    const { pending } = await store().pinSets('acme');
    await save([set('ios')]);
    await store().endPending('acme', pending ?? '');
    expect((await store().pinSets('acme')).pending).not.toBeNull();
  });

  test('a thousand domains are resolved page by page, though they are changed meanwhile', async () => {
    await account(...Array.from({ length: 1_000 }, (_, index) => `api-${index}.example.com`));
    await save([set('android')]);
    const admin = createAdminStore(link.redis);
    const ref = { account: 'acme', domain: 'api-500.example.com' };
    const plain = store();
    let isChanged = false;
    const pinSetStore = {
      ...plain,
      async hostedDomains(...args: Parameters<typeof plain.hostedDomains>) {
        const page = await plain.hostedDomains(...args);
        const stored = page.domains.some(({ name }) => name === ref.domain) ? await admin.domain(ref) : null;
        if (stored !== null && !isChanged) {
          isChanged = true;
          await admin.saveDomain(ref, stored.text, { ...stored.value, mutedUntil: 1 }, entry);
        }
        return page;
      },
    };
    const probed: string[] = [];
    const probeSoon = async (refs: readonly DomainRef[]) =>
      void probed.push(...refs.map((one) => one.domain));
    await resolvePinSets('acme', { pinSetStore, probeSoon });
    expect(new Set(probed).size).toBe(1_000);
    expect((await loaded(ref.domain))?.domain).toMatchObject({
      mutedUntil: 1,
      pinSets: [{ name: 'android' }],
    });
    expect(await link.redis.hvals(keys.appliedUses)).toEqual(['1000']);
  });

  test('what was lost is resolved again once the account is mended', async () => {
    await account('api.example.com');
    await save([set('android')]);
    await resolve();
    await link.redis.set(keys.applied, 'of another type');
    await createMender(link.redis).mend('acme');
    await resolve();
    await createProvisioningStore(link.redis).provision([
      {
        name: 'acme',
        contacts: ['a@example.com'],
        domains: [domain('api.example.com')],
        provisionedBy: 'pinwatch.yaml',
      },
    ]);
    expect((await loaded('api.example.com'))?.domain.pinSets).toMatchObject([{ name: 'android' }]);
  });

  test('a set that cannot be read takes no other away from the domains', async () => {
    await account('api.example.com');
    await save([set('android')]);
    await resolve();
    await link.redis.hset(keys.pinSets, 'broken', 'no JSON');
    await link.redis.hset(keys.pinState, 'revision', 'by hand', 'pending', 'by hand');
    const told: string[] = [];
    const careful = createPinSetStore(link.redis, ({ field, problem }) => told.push(`${field}: ${problem}`));
    expect(await careful.pinSets('acme')).toMatchObject({ sets: [{ name: 'android' }], isComplete: false });
    expect(told).toEqual(['broken: expected JSON, found another text']);
    await resolve();
    expect((await loaded('api.example.com'))?.domain.pinSets).toHaveLength(1);
  });
});
