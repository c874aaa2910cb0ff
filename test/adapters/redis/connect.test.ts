import { EventEmitter, once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../../lab/child.ts';
import { connectRedis, type RedisLink } from '../../../src/adapters/redis/connect.ts';
import { type RedisEvent, UnfitRedis } from '../../../src/adapters/redis/link-state.ts';
import { runTransaction } from '../../../src/adapters/redis/transaction.ts';
import { startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { type FakeRedis, startFakeRedis } from './fake.ts';

const never = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The link, every event so far, and a wait for the next of a kind. */
function watch(url: string) {
  const events: RedisEvent[] = [];
  const emitter = new EventEmitter();
  let readies = 0;
  const link = connectRedis(
    { url },
    {
      event: (event) => {
        events.push(event);
        emitter.emit(event.kind);
      },
      ready: () => {
        readies += 1;
        emitter.emit('ready');
      },
    },
  );
  closers.push(link.close);
  return {
    link,
    events,
    next: (kind: RedisEvent['kind'] | 'ready') => once(emitter, kind),
    readies: () => readies,
  };
}

async function refusal(link: RedisLink): Promise<Error> {
  return link.whenFit(never).then(
    () => {
      throw new Error('expected to be refused');
    },
    (error: Error) => error,
  );
}

requires('redis-server')('the connection to Redis', () => {
  test('waits for a Redis that is away at the start, and says why once', async () => {
    const server = await startRedis();
    closers.push(server.close);
    await server.stop();
    const { link, events, next } = watch(server.url);
    expect(link.trouble()).toBe('not connected yet');
    const fit = link.whenFit(never);
    await next('away');
    expect(link.trouble()).toContain('ECONNREFUSED');
    // Commands sent meanwhile wait, and are answered.
    const answer = link.redis.set('key', 'value');
    await server.start();
    await fit;
    expect(link.trouble()).toBeNull();
    expect(await answer).toBe('OK');
    expect(events.map(({ kind }) => kind)).toEqual(['away', 'back']);
  });

  test('comes back by itself after an outage, and notifies those who must restore what was lost', async () => {
    const server = await startRedis();
    closers.push(server.close);
    const { link, events, next, readies } = watch(server.url);
    await link.whenFit(never);
    const away = next('away');
    await server.stop('SIGKILL');
    await away;
    expect(link.trouble()).not.toBeNull();
    const ready = next('ready');
    const answer = link.redis.get('key');
    await server.start();
    await ready;
    expect(link.trouble()).toBeNull();
    expect(await answer).toBeNull();
    expect(readies()).toBe(2);
    const back = events.at(-1);
    expect(back?.kind === 'back' ? back.awayMs : -1).toBeGreaterThan(0);
  });

  test('refuses a Redis that evicts data, with the reason and the way out', async () => {
    const server = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });
    closers.push(server.close);
    const { link } = watch(server.url);
    const error = await refusal(link);
    expect(error).toBeInstanceOf(UnfitRedis);
    expect(error.message).toMatch(/maxmemory-policy is allkeys-lru.*set maxmemory-policy to noeviction/);
    expect(link.trouble()).toBe(error.message);
  });

  test('says that a Redis begins to evict data under an open connection, until that is mended', async () => {
    const server = await startRedis();
    closers.push(server.close);
    const { link, events, next } = watch(server.url);
    await link.whenFit(never);
    const operator = watch(server.url).link.redis;
    const unfit = next('unfit');
    await operator.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await unfit;
    expect(link.trouble()).toMatch(/maxmemory-policy is allkeys-lru/);
    const back = next('back');
    await operator.config('SET', 'maxmemory-policy', 'noeviction');
    await back;
    expect(link.trouble()).toBeNull();
    expect(events.map(({ kind }) => kind)).toEqual(['back', 'unfit', 'back']);
  });

  test('says that a primary has become a replica before anything is written to it', async () => {
    const server = await startRedis();
    closers.push(server.close);
    const { link, next } = watch(server.url);
    await link.whenFit(never);
    const operator = watch(server.url).link.redis;
    const away = next('away');
    await operator.replicaof('127.0.0.1', await freePort());
    await away;
    expect(link.trouble()).toContain('read-only replica');
  });

  test('waits for a replica to be a primary again, and does nothing by halves meanwhile', async () => {
    const server = await startRedis();
    closers.push(server.close);
    const { link, next } = watch(server.url);
    await link.whenFit(never);
    const operator = watch(server.url).link.redis;
    const away = next('away');
    // A replica of a dead primary: what is left after a failover has chosen another.
    await operator.replicaof('127.0.0.1', await freePort());
    const steps = () => [
      link.redis.set('key', 'value'),
      runTransaction(link.redis.multi().set('one', '1').set('two', '2')),
      link.redis.eval("return redis.call('SET', 'three', '3')", 0),
    ];
    const refused = await Promise.allSettled(steps());
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await away; // its connection was closed
    await next('away');
    expect(link.trouble()).toContain('read-only replica');
    await operator.replicaof('NO', 'ONE');
    await link.whenFit(never);
    expect(link.trouble()).toBeNull();
    // Nothing that was refused has been done in part.
    expect(await link.redis.dbsize()).toBe(0);
    await Promise.all(steps());
    expect(await link.redis.dbsize()).toBe(4);
  });

  test('reads password and database from the URL, and says when the password is wrong', async () => {
    const server = await startRedis({ args: ['--requirepass', 'p@ss/word'] });
    closers.push(server.close);
    const secret = encodeURIComponent('p@ss/word');
    const { link } = watch(`redis://:${secret}@127.0.0.1:${server.port}/3`);
    await link.whenFit(never);
    await link.redis.set('key', 'value');
    const keyspace = await link.redis.info('keyspace');
    expect(keyspace).toContain('db3:keys=1');

    const wrong = watch(`redis://:nonsense@127.0.0.1:${server.port}`);
    await wrong.next('away');
    expect(wrong.link.trouble()).toMatch(/WRONGPASS|NOAUTH/);
    expect(wrong.link.trouble()).not.toContain('nonsense');
  });

  test('works over a unix socket', async () => {
    const path = `/tmp/pinwatch-${process.pid}-${await freePort()}.sock`;
    const server = await startRedis({ args: ['--unixsocket', path] });
    closers.push(server.close);
    const { link } = watch(`unix://${path}`);
    await link.whenFit(never);
    expect(await link.redis.ping()).toBe('PONG');
  });
});

test('a Redis that is too old is refused; one that hides its policy is accepted', async () => {
  let fake: FakeRedis | undefined;
  const info = (version: string) => `# Server\r\nredis_version:${version}\r\nloading:0\r\n`;
  for (const [version, refused] of [
    ['6.0.20', true],
    ['5.9.9', true],
    ['6.2.0', false],
    ['7.0.15', false],
    ['10.0.1', false],
  ] as const) {
    fake = await startFakeRedis(info(version));
    closers.push(fake.close);
    const { link } = watch(fake.url);
    if (refused) expect((await refusal(link)).message).toContain(`Redis ${version} is too old`);
    else await link.whenFit(never);
  }
});

test('a Redis that turns unfit while in use is trouble, until it is fit again', async () => {
  const info = (policy: string) => `redis_version:7.0.15\r\nloading:0\r\nmaxmemory_policy:${policy}\r\n`;
  const fake = await startFakeRedis(info('noeviction'));
  closers.push(fake.close);
  const { link, next } = watch(fake.url);
  await link.whenFit(never);
  fake.say(info('volatile-lru'));
  const unfit = next('unfit');
  fake.drop();
  await unfit;
  expect(link.trouble()).toContain('volatile-lru');
  fake.say(info('noeviction'));
  const ready = next('ready');
  fake.drop();
  await ready;
  expect(link.trouble()).toBeNull();
});

test('waiting ends with its signal, and with nothing else', async () => {
  const { link, next } = watch(`redis://127.0.0.1:${await freePort()}`);
  await next('away');
  const stopping = new AbortController();
  const waiting = link.whenFit(stopping.signal);
  stopping.abort(new Error('shutting down'));
  await expect(waiting).rejects.toThrow();
  await expect(link.whenFit(stopping.signal)).rejects.toThrow('shutting down');
});
