import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import { parseStatus } from '../../../src/adapters/redis/status-text.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import type { Domain } from '../../../src/core/domain.ts';
import { blankRecord } from '../../../src/core/record.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { domain, statusFor } from './domains.ts';
import { linkTo } from './link.ts';

requires('redis-server')('changes of a domain in Redis', () => {
  let server: RedisServer;
  let links: [RedisLink, RedisLink];
  const api = domain('api.example.com');
  const ref = { account: 'acme', domain: 'api.example.com' };
  const muted: Domain = { ...api, mutedUntil: 1_795_327_200_000 };
  const entry: AuditEntry = {
    at: '2026-11-22T04:10:54Z',
    by: 'ops',
    from: null,
    action: 'domain_muted',
    target: 'acme/api.example.com',
    detail: '',
  };

  beforeAll(async () => {
    server = await startRedis();
    links = [await linkTo(server.url), await linkTo(server.url)];
  });
  afterAll(async () => {
    await Promise.all(links.map((link) => link.close()));
    await server.close();
  });
  beforeEach(async () => {
    await links[0].redis.flushall();
    const account = { name: 'acme', contacts: ['devops@example.com'], domains: [api] };
    await createProvisioningStore(links[0].redis).provision([account]);
  });
  const statusNow = async () => {
    const text = await links[0].redis.hget(accountKeys('acme').statuses, ref.domain);
    return text === null ? null : parseStatus(text).status;
  };
  const load = async () => {
    const loaded = await createProbeStore(links[0].redis).load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    return loaded;
  };
  const probed = { ...blankRecord, lastProbeAt: 5_000, lastConclusiveAt: 5_000, trusted: true };
  const record = async (at: number) => {
    const { domain: now, token } = await load();
    const next = { ...probed, lastProbeAt: at };
    return createProbeStore(links[1].redis).commit(ref, token, next, statusFor(now, next), [], at);
  };

  test('show in the metrics at once, and keep what the last probe found', async () => {
    expect(await record(5_000)).toBe('stored');
    const adminStore = createAdminStore(links[0].redis);
    expect(await adminStore.saveDomain(ref, JSON.stringify(api), muted, entry)).toBe('stored');
    const status = await statusNow();
    expect(status).toEqual(statusFor(muted, probed));
    expect(status?.mutedUntil).toBe(1_795_327_200_000);
    // Settings that were changed meanwhile are not overwritten, and the status stays the same.
    expect(await adminStore.saveDomain(ref, JSON.stringify(api), api, entry)).toBe('conflict');
    expect(await statusNow()).toEqual(status);
    expect(await adminStore.auditTrail('acme', 10)).toHaveLength(1);
  });

  test('and concurrent probes leave metrics that agree with both', async () => {
    const adminStore = createAdminStore(links[0].redis);
    for (let round = 1; round <= 50; round += 1) {
      const { domain: now, token } = await load();
      const changed = round % 2 === 1 ? muted : api;
      const next = { ...probed, lastProbeAt: round * 1_000 };
      // On another connection, which comes before, between or after the two steps of the change.
      const [saved] = await Promise.all([
        adminStore.saveDomain(ref, JSON.stringify(now), changed, entry),
        createProbeStore(links[1].redis).commit(ref, token, next, statusFor(now, next), [], round * 1_000),
      ]);
      // A change is never lost to a probe; a probe of settings that have changed is made again.
      expect(saved).toBe('stored');
      const after = await load();
      expect(await statusNow()).toEqual(statusFor(after.domain, after.record));
      expect(after.domain).not.toEqual(now);
    }
  });

  test('remove a domain with all that was known about it', async () => {
    await record(5_000);
    const adminStore = createAdminStore(links[0].redis);
    expect(await adminStore.saveDomain(ref, JSON.stringify(api), null, entry)).toBe('stored');
    expect(await statusNow()).toBeNull();
    expect(await adminStore.record(ref)).toBeNull();
    expect(await adminStore.saveDomain(ref, null, muted, entry)).toBe('stored');
    expect(await statusNow()).toEqual(statusFor(muted, blankRecord));
  });
});
