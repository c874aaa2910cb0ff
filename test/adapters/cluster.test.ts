/** A Redis Cluster refuses steps over keys of several slots: everything that is written together shares a hash tag. */
import { expect, onTestFinished, test } from 'vitest';
import type { Handlers } from '../../src/adapters/bullmq/workers.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createOverviewReader } from '../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import { blankRecord } from '../../src/core/record.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { requires } from '../support/requires.ts';
import { batchOf, createRig, type Rig } from './bullmq/rig.ts';
import { domain, statusFor, transition } from './redis/domains.ts';
import { linkTo } from './redis/link.ts';

requires('redis-server')('on a Redis Cluster', () => {
  test('every step of stores and outbox stays within one slot', async () => {
    const server = await startRedisCluster();
    onTestFinished(server.close);
    const { redis, close } = await linkTo(server.url, undefined, true);
    onTestFinished(close);
    // This is what a refusal looks like.
    await expect(redis.mset('a', '1', 'b', '2')).rejects.toThrow('CROSSSLOT');
    const [registry, probeStore, outbox] = [
      createProvisioningStore(redis),
      createProbeStore(redis),
      createOutbox(redis),
    ];
    const reader = createOverviewReader(redis);
    const api = domain('api.example.com');
    const ref = { account: 'acme', domain: 'api.example.com' };
    const account = { name: 'acme', contacts: ['devops@example.com'], provisionedBy: 'pinwatch.yaml' };
    const other = { ...account, name: 'umbrella', domains: [domain('b.example.com')] };
    await registry.provision([{ ...account, domains: [api, domain('c.example.com')] }, other]);
    const loaded = await probeStore.load(ref);
    const token = loaded?.token ?? { settings: '', version: 0, account: '' };
    const notices = [transition('one'), transition('two', {}, 'no_backup_pin')];
    expect(await probeStore.commit(ref, token, blankRecord, statusFor(api), notices, 1_000)).toBe('stored');
    const cut = async (now: number) => {
      const [first = null] = await outbox.letters('acme');
      return outbox.cut('acme', await outbox.pace('acme'), true, now, first);
    };
    expect(await cut(2_000)).toBe(true);
    const again = await probeStore.load(ref);
    const next = [transition('three')];
    await probeStore.commit(ref, again?.token ?? token, blankRecord, statusFor(api), next, 3_000);
    expect(await cut(4_000)).toBe(true);
    const [letter] = await outbox.letters('acme');
    const claim = await outbox.claim('acme', letter?.id ?? '', 45_000);
    expect(claim?.letter.transitions).toHaveLength(3);
    expect(await claim?.extend()).toBe(true);
    await claim?.settle([]);
    const contacts = await outbox.contacts('acme');
    if (!contacts) throw new Error('expected an account');
    await outbox.introduce('acme', contacts, ['devops@example.com'], [transition('one')], 5_000);
    for (const { id } of await outbox.letters('acme')) {
      await (await outbox.claim('acme', id, 45_000))?.settle(null);
    }
    expect(await outbox.owes('acme')).toBe(false);
    await reader.markSweep(1_000);
    expect(await reader.statuses()).toHaveLength(3);
    expect(await reader.noticesPending()).toBe(0);
    expect((await registry.provision([{ ...account, domains: [api] }])).removed).toHaveLength(2);
    expect(await reader.statuses()).toHaveLength(1);
  });

  test('schedule, probes and delivery rounds run', async () => {
    const server = await startRedisCluster();
    onTestFinished(server.close);
    const handlers: Partial<Handlers> = {
      async sweep(slot) {
        await rig.queues.enqueue([batchOf(['a.example.com', 'b.example.com'], { sweep: String(slot) })]);
        await rig.queues.enqueueFirst([{ account: 'acme', domain: 'c.example.com' }], String(slot));
      },
      async batch({ domains }) {
        for (const { account } of domains.slice(0, 1)) await rig.queues.nudge(account, 0);
        return [];
      },
      async notices({ account }) {
        await rig.queues.nudgeAgain(account, 600_000);
      },
    };
    const rig: Rig = await createRig(server.url, handlers, 50, true, true);
    onTestFinished(() => rig.close());
    await rig.queues.schedule(900_000, false);
    await rig.runs(5);
    expect([...rig.ran].sort()).toEqual([
      'first c.example.com',
      'notices acme',
      'ready a.example.com',
      'ready b.example.com',
      'sweep',
    ]);
    expect(rig.troubles).toEqual([]);
    expect(await rig.queues.nextSweepAt()).toBeGreaterThan(Date.now());
  });
});
