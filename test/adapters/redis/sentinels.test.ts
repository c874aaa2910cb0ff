import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../lab/child.ts';
import type { RedisAddress, SentinelAddress } from '../../../src/adapters/redis/address.ts';
import { connectRedis } from '../../../src/adapters/redis/connect.ts';
import type { RedisEvent } from '../../../src/adapters/redis/link-state.ts';
import { aclLine } from '../../deploy/acl-line.ts';
import { requires } from '../../support/requires.ts';
import { type Sentinels, startSentinels } from '../../support/sentinels.ts';

const never = new AbortController().signal;
const host = '127.0.0.1';

requires('redis-server')('a Redis behind sentinels', () => {
  let setUp: Sentinels;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    setUp = await startSentinels({ password: 'p4ssword', sentinelPassword: 'an0ther' });
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(() => setUp.close());

  function address(more: Partial<SentinelAddress> = {}): RedisAddress {
    const addresses = setUp.sentinels.map(({ port }) => ({ host, port }));
    const login = { user: null, password: 'p4ssword', database: 3 };
    const logins = { ...login, sentinelUser: null, sentinelPassword: 'an0ther', sentinelTls: null };
    return { url: null, sentinel: { addresses, name: setUp.name, ...logins, ...more } };
  }

  function watch(at: RedisAddress) {
    const events: RedisEvent[] = [];
    const emitter = new EventEmitter();
    const link = connectRedis(at, {
      event: (event) => {
        events.push(event);
        emitter.emit(event.kind);
      },
      ready: () => {},
    });
    closers.push(link.close);
    return { link, events, next: (kind: RedisEvent['kind']) => once(emitter, kind) };
  }

  const masterOf = async ({ link }: ReturnType<typeof watch>) =>
    Number(((await link.redis.config('GET', 'port')) as string[])[1]);

  test('is its master, with the login and database of the settings', async () => {
    const one = watch(address());
    await one.link.whenFit(never);
    expect(await masterOf(one)).toBe(setUp.master.port);
    await one.link.redis.set('key', 'value');
    expect(await one.link.redis.info('keyspace')).toContain('db3:keys=1');
  });

  test.each([
    ['a sentinel is away', async () => ({ host, port: await freePort() })],
    ['a sentinel hangs', async () => ({ host, port: setUp.sentinels[0]?.port ?? 0 })],
  ])('is found through the others if %s, and nothing is reported', async (_, first) => {
    const [hangs] = setUp.sentinels;
    hangs?.freeze();
    try {
      const addresses = [await first(), ...setUp.sentinels.slice(1).map(({ port }) => ({ host, port }))];
      const one = watch(address({ addresses }));
      await one.link.whenFit(never);
      expect(one.events.map(({ kind }) => kind)).toEqual(['back']);
    } finally {
      hangs?.thaw();
    }
  });

  test.each<[string, () => Promise<Partial<SentinelAddress>>, RegExp]>([
    [
      'no sentinel knows the name',
      async () => ({ name: 'other' }),
      /know no master with the name "other" \(redis\.name\)/,
    ],
    [
      'no sentinel is there',
      async () => ({ addresses: [{ host, port: await freePort() }] }),
      /^no sentinel can be used: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
    ],
    [
      'the password for the sentinels is wrong',
      async () => ({ sentinelPassword: 'nonsense' }),
      /^no sentinel can be used: 127\.0\.0\.1:\d+: WRONGPASS/,
    ],
    ['the password for the sentinels is missing', async () => ({ sentinelPassword: null }), /NOAUTH/],
    ['the password for Redis is wrong', async () => ({ password: 'nonsense' }), /WRONGPASS/],
    [
      'the sentinels speak no TLS',
      async () => ({
        addresses: [{ host, port: setUp.sentinels[0]?.port ?? 0 }],
        sentinelTls: { ca: null, client: null, serverName: null },
      }),
      /^no sentinel can be used: 127\.0\.0\.1:\d+: no TLS handshake within 3 s/,
    ],
  ])('is away if %s, with the reason', async (_, more, reason) => {
    const one = watch(address(await more()));
    await one.next('away');
    expect(one.link.trouble()).toMatch(reason);
    expect(one.link.trouble()).not.toContain('nonsense');
  });

  test('is found by a user that may do no more on the sentinels than the docs say', async () => {
    const operators = setUp.sentinels.map((sentinel) => sentinel.client());
    closers.push(async () => {
      for (const operator of operators) operator.disconnect();
    });
    const line = await aclLine('sentinel|get-master-addr-by-name', 's3cret');
    for (const operator of operators) expect(await operator.call('ACL', 'SETUSER', ...line)).toBe('OK');
    const one = watch(address({ sentinelUser: 'pinwatch', sentinelPassword: 's3cret' }));
    await one.link.whenFit(never);
    expect(await masterOf(one)).toBe(setUp.master.port);
    const misnamed = watch(address({ name: 'other', sentinelUser: 'pinwatch', sentinelPassword: 's3cret' }));
    await misnamed.next('away');
    expect(misnamed.link.trouble()).toMatch(/know no master with the name "other"/);
  });

  test('is the replica after the master has died, for every connection', async () => {
    const one = watch(address());
    await one.link.whenFit(never);
    const copy = (one.link.redis as Redis).duplicate();
    const ofCopy: string[] = [];
    copy.on('error', ({ message }) => ofCopy.push(message));
    closers.push(async () => copy.disconnect());
    // Reconnects use the sentinels in turn; coming to the end of their list is no failure.
    for (const _ of setUp.sentinels) {
      const back = one.next('back');
      one.link.redis.disconnect(true);
      await back;
    }
    // What is waiting, as a worker does for jobs, when the master dies.
    const waiting = copy.blpop('list', 0);
    await one.link.redis.set('before', '1');
    await one.link.redis.wait(1, 0);
    const [away, switched] = [one.next('away'), setUp.switched()];
    await setUp.master.stop('SIGKILL');
    await away;
    const meanwhile = one.link.redis.set('meanwhile', '1');
    await switched;
    await one.link.whenFit(never);
    expect(await meanwhile).toBe('OK');
    expect(await masterOf(one)).toBe(setUp.replica.port);
    expect(await one.link.redis.mget('before', 'meanwhile')).toEqual(['1', '1']);
    await one.link.redis.rpush('list', 'item');
    expect(await waiting).toEqual(['list', 'item']);
    const reasons = one.events.flatMap((event) => ('reason' in event ? [event.reason] : []));
    expect(reasons.filter((reason) => !/closed|ECONNREFUSED|ECONNRESET/.test(reason))).toEqual([]);

    expect(ofCopy.join()).not.toContain('sentinels');

    expect(one.events.map(({ kind }) => kind)).not.toContain('lost');

    // The old master comes back as a replica, and nobody is led to it.
    const former = setUp.master.client();
    closers.push(async () => former.disconnect());
    await setUp.master.start();
    const turned = async () => /^role:slave/m.test(await former.info('replication'));
    while (!(await turned())) await setImmediate();
    expect(await masterOf(one)).toBe(setUp.replica.port);
  });

  test('is the replica after a failover that an operator asked for, for every connection', async () => {
    const asked = await startSentinels();
    closers.push(asked.close);
    const addresses = asked.sentinels.map(({ port }) => ({ host, port }));
    const one = watch(address({ addresses, password: null, sentinelPassword: null }));
    await one.link.whenFit(never);
    const copy = (one.link.redis as Redis).duplicate();
    copy.on('error', () => {});
    closers.push(async () => copy.disconnect());
    const waiting = copy.blpop('list', 0);
    const operator = asked.sentinels[0]?.client();
    closers.push(async () => operator?.disconnect());
    const [away, switched] = [one.next('away'), asked.switched()];
    expect(await operator?.call('SENTINEL', 'FAILOVER', asked.name)).toBe('OK');
    await Promise.all([away, switched]);
    await one.link.whenFit(never);
    expect(await masterOf(one)).toBe(asked.replica.port);
    await one.link.redis.rpush('list', 'item');
    // A command that blocks ends with an error if its server is demoted, and the caller sends it again, as workers do.
    expect(await waiting.catch(() => copy.blpop('list', 0))).toEqual(['list', 'item']);
  });

  test('is the replica after the master has hung, which is then no longer used', async () => {
    const hung = await startSentinels();
    closers.push(hung.close);
    const addresses = hung.sentinels.map(({ port }) => ({ host, port }));
    const one = watch(address({ addresses, password: null, sentinelPassword: null }));
    await one.link.whenFit(never);
    const [away, switched] = [one.next('away'), hung.switched()];
    hung.master.freeze();
    await away;
    const meanwhile = one.link.redis.set('meanwhile', '1');
    await switched;
    await meanwhile;
    hung.master.thaw();
    await one.link.whenFit(never);
    expect(await masterOf(one)).toBe(hung.replica.port);
    expect(await one.link.redis.get('meanwhile')).toBe('1');
  });

  test('is reported to have lost writes if the replica had not received them', async () => {
    const lost = await startSentinels();
    closers.push(lost.close);
    const addresses = lost.sentinels.map(({ port }) => ({ host, port }));
    const one = watch(address({ addresses, password: null, sentinelPassword: null }));
    await one.link.whenFit(never);
    const [operator, replica] = [lost.master.client(), lost.replica.client()];
    closers.push(async () => void [operator, replica].map((client) => client.disconnect()));
    // From now on the replica gets nothing: it reconnects with a password that is not wanted.
    await replica.config('SET', 'masterauth', 'wrong');
    await operator.call('CLIENT', 'KILL', 'TYPE', 'replica');
    await one.link.redis.set('key', 'acknowledged');
    const monitor = await operator.monitor();
    const { localPort } = (one.link.redis as Redis).stream as Socket;
    // What the master has is seen when it is checked next.
    await new Promise<void>((resolve) => {
      monitor.on('monitor', (_time, [command]: string[], source: string) => {
        if (command === 'info' && source.endsWith(`:${localPort}`)) resolve();
      });
    });
    await one.link.redis.ping();
    monitor.disconnect();
    const reported = one.next('lost');
    await lost.master.stop('SIGKILL');
    await reported;
    expect(one.events).toContainEqual({ kind: 'lost', bytes: expect.any(Number) });
    await one.link.whenFit(never);
    expect(await one.link.redis.get('key')).toBeNull();
  });
});
