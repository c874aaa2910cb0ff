import { EventEmitter, once } from 'node:events';
import type { Cluster } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { connectRedis } from '../../../src/adapters/redis/connect.ts';
import { type RedisEvent, UnfitRedis } from '../../../src/adapters/redis/link-state.ts';
import { startRedis } from '../../support/redis.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { requires } from '../../support/requires.ts';

const never = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function watch(url: string, asCluster = true) {
  const events: RedisEvent[] = [];
  const emitter = new EventEmitter();
  const event = (event: RedisEvent) => {
    events.push(event);
    emitter.emit(event.kind);
  };
  const link = connectRedis({ url, cluster: asCluster }, { event, ready: () => {} });
  closers.push(link.close);
  return { link, events, next: (kind: RedisEvent['kind']) => once(emitter, kind) };
}

async function cluster(password?: string): Promise<RedisCluster> {
  const started = await startRedisCluster(password);
  closers.push(started.close);
  return started;
}

/** One key on each of the three masters. */
const keys = ['{b}', '{a}', '{c}'];

requires('redis-server')('the connection to a Redis Cluster', () => {
  test('follows its keys to every master, with the password of the URL', async () => {
    const { nodes } = await cluster('p4ssword');
    // Any node will do.
    const { link, events } = watch(nodes[2]?.url ?? '');
    await link.whenFit(never);
    expect((link.redis as Cluster).nodes('master')).toHaveLength(3);
    await Promise.all(keys.map((key) => link.redis.set(key, key)));
    const counts = (link.redis as Cluster).nodes('master').map((node) => node.dbsize());
    expect(await Promise.all(counts)).toEqual([1, 1, 1]);
    expect(events.map(({ kind }) => kind)).toEqual(['back']);
  });

  test('says when a master is away; its commands wait, those of the others do not', async () => {
    const { nodes, url } = await cluster();
    const { link, next } = watch(url);
    await link.whenFit(never);
    await Promise.all(keys.map((key) => link.redis.set(key, key)));
    const away = next('away');
    // The node that the connection was made through.
    await nodes[0]?.stop('SIGKILL');
    await away;
    expect(link.trouble()).toMatch(/ECONNREFUSED|Connection is closed|closed/);
    // Its data is lost with it: there is no append-only file here.
    const answers = keys.map((key) => link.redis.set(key, 'again'));
    const back = next('back');
    await nodes[0]?.start();
    await back;
    expect(await Promise.all(answers)).toEqual(['OK', 'OK', 'OK']);
    expect(link.trouble()).toBeNull();
  });

  test('says when the password is wrong, without it', async () => {
    const { nodes } = await cluster('p4ssword');
    const { link, next } = watch(`redis://:nonsense@127.0.0.1:${nodes[0]?.port}`);
    await next('away');
    expect(link.trouble()).toMatch(/WRONGPASS|NOAUTH/);
    expect(link.trouble()).not.toContain('nonsense');
  });

  test('waits for a cluster that is entirely away, at the start and later', async () => {
    const { nodes, url } = await cluster();
    const all = (what: 'start' | 'stop') => Promise.all(nodes.map((node) => node[what]()));
    await all('stop');
    const { link, next, events } = watch(url);
    await next('away');
    expect(link.trouble()).toContain('ECONNREFUSED');
    await all('start');
    await link.whenFit(never);
    const away = next('away');
    await all('stop');
    await away;
    const answers = keys.map((key) => link.redis.set(key, key));
    await all('start');
    await link.whenFit(never);
    expect(await Promise.all(answers)).toEqual(['OK', 'OK', 'OK']);
    expect(events.at(-1)?.kind).toBe('back');
  });

  test('is refused if any master evicts', async () => {
    const { nodes, url } = await cluster();
    const operator = watch(nodes[1]?.url ?? '', false);
    await operator.next('unfit');
    await operator.link.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const { link } = watch(url);
    await expect(link.whenFit(never)).rejects.toThrow(/evicts data \(maxmemory-policy is allkeys-lru\)/);
  });

  test('has to be configured, and only for a cluster', async () => {
    const alone = await startRedis({ cluster: true });
    closers.push(alone.close);
    const asServer = watch(alone.url, false).link.whenFit(never);
    await expect(asServer).rejects.toThrow(UnfitRedis);
    await expect(asServer).rejects.toThrow(/node of a Redis Cluster.*set redis\.cluster to true/);
    await watch(alone.url).link.whenFit(never);

    const plain = await startRedis();
    closers.push(plain.close);
    const asCluster = watch(plain.url).link.whenFit(never);
    await expect(asCluster).rejects.toThrow(UnfitRedis);
    await expect(asCluster).rejects.toThrow(/not a Redis Cluster: leave redis\.cluster out/);
  });
});
