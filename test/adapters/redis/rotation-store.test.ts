import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createRotationStore } from '../../../src/adapters/redis/rotation-store.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import { mostEndedRotations, type Rotation } from '../../../src/core/rotation-state.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from './link.ts';

const entry: AuditEntry = {
  ...{ at: '2026-11-27T08:00:00Z', by: 'alice', from: null },
  ...{ action: 'rotation_started', target: 'acme/api.example.com', detail: '' },
};

function rotation(number: number, ended = false): Rotation {
  const at = new Date(Date.UTC(2026, 10, 27, 8, number)).toISOString();
  return {
    ...{ id: `r${number}`, domains: ['api.example.com'], keyTypes: ['ecdsa'], retires: [], pinnedBefore: [] },
    ...{ pin: `sha256/${'A'.repeat(43)}=`, subject: null, note: '', startedBy: 'alice', startedAt: at },
    ...{ released: null, goAhead: null, certificate: null },
    ended: ended ? { how: 'finished', by: 'alice', at, note: '' } : null,
  };
}

requires('redis-server')('rotations in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let store: ReturnType<typeof createRotationStore>;
  const key = accountKeys('acme').rotations;
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
    store = createRotationStore(link.redis);
    const account = { name: 'acme', contacts: ['a@example.com'] };
    await createAdminStore(link.redis).saveAccount('acme', null, account, entry);
  });

  const add = async (one: Rotation) =>
    store.addRotation('acme', (await store.rotations('acme')).revision, one, entry);

  test('of two that are added at once, one is refused', async () => {
    const { revision } = await store.rotations('acme');
    expect(revision).toBeNull();
    expect(await store.addRotation('acme', revision, rotation(1), entry)).toMatchObject({
      value: { id: 'r1' },
    });
    expect(await store.addRotation('acme', revision, rotation(2), entry)).toBe('conflict');
    expect((await add(rotation(2))) === 'conflict').toBe(false);
    expect((await store.rotations('acme')).rotations.map(({ id }) => id)).toEqual(['r2', 'r1']);
  });

  test('a change needs what was read, and makes another revision', async () => {
    await add(rotation(1));
    const stored = await store.rotation('acme', 'r1');
    const { revision } = await store.rotations('acme');
    const next = { ...rotation(1), note: 'changed' };
    expect(await store.saveRotation('acme', 'something else', next, entry)).toBe('conflict');
    expect(await store.saveRotation('acme', stored?.text ?? '', next, entry)).toMatchObject({ value: next });
    expect((await store.rotation('acme', 'r1'))?.value.note).toBe('changed');
    expect((await store.rotations('acme')).revision).not.toBe(revision);
    expect(await store.rotation('acme', 'unknown')).toBeNull();
    expect(await store.rotation('acme', '#')).toBeNull();
  });

  test('the oldest ended ones go; those in progress stay', async () => {
    await add(rotation(0));
    for (let number = 1; number <= mostEndedRotations + 3; number += 1) await add(rotation(number, true));
    const { rotations } = await store.rotations('acme');
    expect(rotations).toHaveLength(mostEndedRotations + 1);
    expect(rotations.at(-1)?.id).toBe('r0');
    expect(rotations.map(({ id }) => id)).not.toContain('r1');
  });

  test('the latest is the first: of the same second, the one in progress', async () => {
    const { startedAt } = rotation(1);
    await add({ ...rotation(3), startedAt });
    await add({ ...rotation(1, true), startedAt });
    await add({ ...rotation(2, true), startedAt });
    await add(rotation(4, true));
    const { rotations } = await store.rotations('acme');
    expect(rotations.slice(0, 2).map(({ id }) => id)).toEqual(['r4', 'r3']);
  });

  test('one of a newer version is neither read nor left out', async () => {
    await add(rotation(1));
    await link.redis.hset(key, 'r9', JSON.stringify({ ...rotation(9), v: 99 }));
    await expect(store.rotation('acme', 'r9')).rejects.toThrow('newer pinwatch (schema 99');
    await expect(store.rotations('acme')).rejects.toThrow('newer pinwatch');
    await expect(store.addRotation('acme', null, rotation(2), entry)).rejects.toThrow('newer pinwatch');
  });

  test('one that can not be read is reported, holds nothing up, and goes with the next', async () => {
    const reports: unknown[] = [];
    const reporting = createRotationStore(link.redis, (value) => reports.push(value));
    await link.redis.hset(key, 'r1', '{"pin":1}');
    await expect(reporting.rotation('acme', 'r1')).rejects.toThrow('expected a rotation');
    expect(reports).toMatchObject([{ key, field: 'r1', account: 'acme' }]);
    expect((await reporting.rotations('acme')).rotations).toEqual([]);
    await add(rotation(2));
    expect((await link.redis.hkeys(key)).sort()).toEqual(['#', 'r2']);
  });

  test('an account that is deleted takes them along; without one nothing is stored', async () => {
    await add(rotation(1));
    const admin = createAdminStore(link.redis);
    const stored = await admin.account('acme');
    await admin.saveAccount('acme', stored?.text ?? '', null, entry);
    expect(await link.redis.exists(key)).toBe(0);
    expect(await store.addRotation('acme', null, rotation(2), entry)).toBe('conflict');
  });
});
