import { EventEmitter, once } from 'node:events';
import { Redis } from 'ioredis';
import { expect, type TestContext, test as vitest } from 'vitest';
import { connectRedis } from '../../../src/adapters/redis/connect.ts';
import type { RedisEvent } from '../../../src/adapters/redis/link-state.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { requires } from '../../support/requires.ts';
import { swallowingLink } from '../../support/swallowing-link.ts';
import { within } from '../../support/within.ts';

const never = new AbortController().signal;

/** What one of the concurrent tests starts, closed in reverse order when it ends. */
function surroundings(onTestFinished: TestContext['onTestFinished']) {
  const keep = <Started extends { close(): Promise<void> }>(started: Started): Started => {
    onTestFinished(started.close);
    return started;
  };
  return {
    server: async () => keep(await startRedis()),
    cluster: async () => keep(await startRedisCluster()),
    wayTo: async (redis: RedisServer) => keep(await swallowingLink(redis.url)),
    watch(url: string, asCluster = false) {
      const events: RedisEvent[] = [];
      const emitter = new EventEmitter();
      const event = (event: RedisEvent) => {
        events.push(event);
        emitter.emit(event.kind);
      };
      const link = keep(connectRedis({ url, cluster: asCluster }, { event, ready: () => {} }));
      return { link, events, next: (kind: RedisEvent['kind']) => once(emitter, kind) };
    },
  };
}

const silent = 'no answer on an open connection';
const saidWithinMs = 15_000;
const backWithinMs = 5_000;

// They wait for deadlines, so they all wait at once.
const test = vitest.concurrent;

requires('redis-server')('connections to a silent Redis', () => {
  test('a Redis that hangs is away, asked or not, and is back when it answers', async ({
    onTestFinished,
  }) => {
    const { server, watch } = surroundings(onTestFinished);
    const redis = await server();
    const { link, events, next } = watch(redis.url);
    await link.whenFit(never);
    for (const isAsked of [false, true]) {
      const away = next('away');
      redis.freeze();
      const answer = isAsked ? link.redis.set('key', 'value') : 'OK';
      expect(await within(saidWithinMs, away)).toBe(true);
      expect(link.trouble()).toBe(silent);
      const back = next('back');
      redis.thaw();
      expect(await within(backWithinMs, back)).toBe(true);
      expect(await answer).toBe('OK');
      expect(link.trouble()).toBeNull();
    }
    // Each is reported once, however often it was tried in between.
    expect(events.map(({ kind }) => kind)).toEqual(['back', 'away', 'back', 'away', 'back']);
  });

  test('a connection whose packets are swallowed is replaced, and its waiting commands are answered', async ({
    onTestFinished,
  }) => {
    const { server, wayTo, watch } = surroundings(onTestFinished);
    const redis = await server();
    const way = await wayTo(redis);
    const { link, next } = watch(way.url);
    await link.whenFit(never);
    const away = next('away');
    way.swallow('open');
    const answer = link.redis.set('key', 'value');
    expect(await within(saidWithinMs, away)).toBe(true);
    expect(await answer).toBe('OK');
    await link.whenFit(never);
  });

  test('new connections that are swallowed as well are abandoned, so that it is back soon after', async ({
    onTestFinished,
  }) => {
    const { server, wayTo, watch } = surroundings(onTestFinished);
    const redis = await server();
    const way = await wayTo(redis);
    const { link, events, next } = watch(way.url);
    await link.whenFit(never);
    const away = next('away');
    way.swallow('all');
    await away;
    const before = await connectionsMade(redis);
    // Swallowed on the way: it has been retried a few times.
    await expect.poll(() => connectionsMade(redis), { timeout: 30_000 }).toBeGreaterThan(before + 3);
    const back = next('back');
    way.heal();
    expect(await within(backWithinMs, back)).toBe(true);
    expect(events.map(({ kind }) => kind)).toEqual(['back', 'away', 'back']);
  });

  test('a blocked copy counts as well, and the original keeps working', async ({ onTestFinished }) => {
    const { server, wayTo, watch } = surroundings(onTestFinished);
    const redis = await server();
    const way = await wayTo(redis);
    const { link, next } = watch(way.url);
    await link.whenFit(never);
    // A copy of a copy, as BullMQ makes it for events.
    const copy = (link.redis as Redis).duplicate().duplicate({ connectionName: 'waits' });
    const popped = copy.bzpopmin('jobs', 5);
    await once(copy, 'ready');
    // Blocking within its limit is not silence.
    expect(await popped).toBeNull();
    expect(link.trouble()).toBeNull();

    const away = next('away');
    way.swallow('open', (sent) => sent.includes('waits'));
    const waiting = copy.bzpopmin('jobs', 5);
    expect(await within(saidWithinMs, away)).toBe(true);
    expect(link.trouble()).toBe(silent);
    const back = next('back');
    await link.redis.zadd('jobs', 1, 'job');
    expect(await waiting).toEqual(['jobs', 'job', '1']);
    await back;
    copy.disconnect();
  });

  test('a copy that is no longer needed leaves no trouble behind', async ({ onTestFinished }) => {
    const { server, wayTo, watch } = surroundings(onTestFinished);
    const redis = await server();
    const way = await wayTo(redis);
    const { link, next } = watch(way.url);
    await link.whenFit(never);
    const copy = (link.redis as Redis).duplicate({ connectionName: 'waits', retryStrategy: () => null });
    copy.on('error', () => {});
    await copy.connect();
    way.swallow('open', (sent) => sent.includes('waits'));
    const away = next('away');
    copy.bzpopmin('jobs', 5).catch(() => {});
    await away;
    await next('back');
    expect(link.trouble()).toBeNull();
  });

  test('a cluster master that hangs is away, and its waiting commands are answered', async ({
    onTestFinished,
  }) => {
    const { watch, ...start } = surroundings(onTestFinished);
    const cluster = await start.cluster();
    const { link, next } = watch(cluster.url, true);
    await link.whenFit(never);
    // One key on each master.
    const keys = ['{b}', '{a}', '{c}'];
    await Promise.all(keys.map((key) => link.redis.set(key, key)));
    const [node] = cluster.nodes;
    const away = next('away');
    node?.freeze();
    expect(await within(saidWithinMs, away)).toBe(true);
    const answers = keys.map((key) => link.redis.set(key, 'again'));
    const back = next('back');
    node?.thaw();
    expect(await within(backWithinMs, back)).toBe(true);
    expect(await Promise.all(answers)).toEqual(['OK', 'OK', 'OK']);
  });
});

async function connectionsMade({ url }: RedisServer): Promise<number> {
  const redis = new Redis(url);
  const info = await redis.info('stats');
  redis.disconnect();
  return Number(/total_connections_received:(\d+)/.exec(info)?.[1]);
}
