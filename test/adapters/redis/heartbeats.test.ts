import { EventEmitter, once } from 'node:events';
import type { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { connectRedis } from '../../../src/adapters/redis/connect.ts';
import type { RedisEvent } from '../../../src/adapters/redis/link-state.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { requires } from '../../support/requires.ts';
import { type SwallowingLink, swallowingLink } from '../../support/swallowing-link.ts';
import { within } from '../../support/within.ts';

const never = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function watch(url: string, asCluster = false) {
  const events: RedisEvent[] = [];
  const emitter = new EventEmitter();
  const event = (event: RedisEvent) => {
    events.push(event);
    emitter.emit(event.kind);
  };
  const link = connectRedis(url, { event, ready: () => {} }, asCluster);
  closers.push(link.close);
  return { link, events, next: (kind: RedisEvent['kind']) => once(emitter, kind) };
}

async function server(): Promise<RedisServer> {
  const started = await startRedis();
  closers.push(started.close);
  return started;
}

async function wayTo(redis: RedisServer): Promise<SwallowingLink> {
  const way = await swallowingLink(redis.url);
  closers.push(way.close);
  return way;
}

const silent = 'no answer on an open connection';
const saidWithinMs = 15_000;
const backWithinMs = 5_000;

requires('redis-server')('connections to a silent Redis', () => {
  test('a Redis that hangs is away, asked or not, and is back when it answers', async () => {
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

  test('a connection whose packets are swallowed is replaced, and its waiting commands are answered', async () => {
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

  test('new connections that are swallowed as well are abandoned, so that it is back soon after', async () => {
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

  test('a blocked copy counts as well, and the original keeps working', async () => {
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

  test('a copy that is no longer needed leaves no trouble behind', async () => {
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

  test('a cluster master that hangs is away, and its waiting commands are answered', async () => {
    const cluster = await startRedisCluster();
    closers.push(cluster.close);
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
  const { link } = watch(url);
  const info = await link.redis.info('stats');
  await link.close();
  return Number(/total_connections_received:(\d+)/.exec(info)?.[1]);
}
