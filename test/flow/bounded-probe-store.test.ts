import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../src/adapters/redis/keys.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import { createRemute } from '../../src/adapters/redis/remute.ts';
import type { Domain } from '../../src/core/domain.ts';
import { statusOf } from '../../src/core/domain-status.ts';
import { blankRecord } from '../../src/core/record.ts';
import { boundProbeStore } from '../../src/flow/bounded-probe-store.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { now } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';

const hour = 3_600_000;

requires('redis-server')('records after a clock was set back', () => {
  let server: RedisServer;
  let link: RedisLink;
  const ref = { account: 'acme', domain: 'api.example.com' };
  const api: Domain = { host: 'api.example.com', port: 443, pins: [] };
  const register = async (domain: Domain) => {
    await createProvisioningStore(link.redis).provision([{ name: 'acme', contacts: [], domains: [api] }]);
    await link.redis.hset(accountKeys('acme').domains, ref.domain, JSON.stringify(domain));
  };
  const recordsAt = (at: number) =>
    boundProbeStore({
      probeStore: createProbeStore(link.redis),
      remute: createRemute(link.redis),
      clock: () => at,
    });
  const load = async (at: number) => {
    const loaded = await recordsAt(at).load(ref);
    if (loaded === null) throw new Error('expected a registered domain');
    return loaded;
  };

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

  test('are bounded as they are loaded, and can be stored then', async () => {
    await register(api);
    const ahead = { ...blankRecord, lastProbeAt: now + 2 * hour, lastConclusiveAt: now + 2 * hour };
    const { token } = await load(now + 2 * hour);
    await recordsAt(now).commit(ref, token, ahead, statusOf(api, ahead), [], now);
    const { record, token: next } = await load(now);
    expect(record).toMatchObject({ lastProbeAt: now, lastConclusiveAt: now });
    const stored = await recordsAt(now).commit(ref, next, record, statusOf(api, record), [], now);
    expect(stored).toBe('stored');
    expect((await load(now + 3 * hour)).record.lastProbeAt).toBe(now);
  });

  test('of a muted domain keep the intended duration', async () => {
    await register({ ...api, mutedAt: now + 48 * hour, mutedUntil: now + 49 * hour });
    expect((await load(now)).domain).toMatchObject({ mutedAt: now, mutedUntil: now + hour });
    // It was stored: an hour later the mute is over, and has not moved along.
    expect((await load(now + hour)).domain.mutedUntil).toBe(now + hour);
    const stored = JSON.parse((await link.redis.hget(accountKeys('acme').domains, ref.domain)) ?? '');
    expect(stored).toMatchObject({ mutedAt: now, mutedUntil: now + hour });
  });

  test('of a domain muted by a clock a little ahead are left alone', async () => {
    const muted = { ...api, mutedAt: now + 300_000, mutedUntil: now + hour };
    await register(muted);
    expect((await load(now)).domain).toEqual(muted);
  });

  test('of a domain that is no longer registered are null', async () => {
    expect(await recordsAt(now).load(ref)).toBeNull();
  });
});
