import { createHash, webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../../lab/channel-keys.ts';
import { fetchBundle } from '../../../src/adapters/download/fetch-bundle.ts';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import { createConfigStore } from '../../../src/adapters/redis/config-store.ts';
import { createConfigWatchStore } from '../../../src/adapters/redis/config-watch-store.ts';
import { createOutbox } from '../../../src/adapters/redis/outbox.ts';
import type { ConfigState } from '../../../src/core/config-state.ts';
import { undatedPayload } from '../../../src/core/configuration-payload.ts';
import { createRepeats } from '../../../src/core/repeats.ts';
import { notifyOf } from '../../../src/core/settings.ts';
import type { ListedDevice } from '../../../src/core/unpinned-device.ts';
import { configurationOf } from '../../../src/core/version-payload.ts';
import type { Happening } from '../../../src/flow/journal.ts';
import { readBundleHead } from '../../../src/flow/publish/read-bundle.ts';
import { payloadOf } from '../../../src/flow/publish/read-draft.ts';
import type { ServedChannel } from '../../../src/flow/publish/served-channels.ts';
import { type ConfigWatch, createConfigWatch } from '../../../src/flow/publish/watch-config.ts';
import { makeBundle } from '../../../src/flow/sign/make-bundle.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';

const minute = 60_000;
const day = 86_400;
const start = 1_795_000_000;
const { subtle } = webcrypto;
const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const entry = { at: '', by: '', from: null, action: 'account_created', target: '', detail: '' } as const;

requires('redis-server')('the watch of what is served', () => {
  let store: RedisServer;
  let redis: Redis;
  let edge: Server;
  let url: string;
  /** What the edge answers; null: 503. */
  let served: string | Buffer | null;
  let downloads: number;
  let now: number;
  let keys: ChannelKeys;
  let account: string;
  let published: ServedChannel;
  const repeats = createRepeats();

  beforeAll(async () => {
    store = await startRedis();
    redis = new Redis(store.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await store.close();
  });
  beforeEach(async () => {
    now = start * 1_000;
    downloads = 0;
    keys = createChannelKeys();
    account = `acme-${keys.channel.slice(0, 8)}`;
    edge = createServer((request, response) => {
      expect(request.url).toBe(`/c/${keys.channel}`);
      downloads += 1;
      response.statusCode = served === null ? 503 : 200;
      response.end(served ?? 'away');
    });
    await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(edge.address() as AddressInfo).port}`;
    const contacts = ['devops@example.com'];
    await createAdminStore(redis).saveAccount(account, null, { name: account, contacts }, entry);
    await publish(2, start);
    served = published.text;
  });
  afterEach(() => new Promise((resolve) => edge.close(resolve)));

  async function bundle(
    version: number,
    issuedAt: number,
    by = keys,
    host = 'api.example.com',
    devices: readonly ListedDevice[] = [],
  ) {
    const pinned = { mode: 'observe', sub: false, pins: [`${'A'.repeat(43)}=`] } as const;
    const payload = payloadOf(keys.channel, version, new Map([[host, pinned]]));
    const configuration = configurationOf(payload, { issuedAt, expiresAt: issuedAt + 14 * day });
    const roots = by.roots.map((root) => Buffer.from(root, 'base64'));
    const { signer, point } = by.signing;
    const named = devices.map(({ hash, until, domains }) => ({ hash, until, domains }));
    const listed = { ...configuration, devices: named };
    const made = await makeBundle(await by.statement(), [point], listed, signer, roots, subtle);
    return {
      text: Buffer.from(made.bytes).toString('latin1'),
      digest: digest(undatedPayload(configuration)),
    };
  }

  async function publish(
    version: number,
    issuedAt: number,
    devices: readonly ListedDevice[] = [],
  ): Promise<void> {
    const made = await bundle(version, issuedAt, keys, 'api.example.com', devices);
    const head = readBundleHead(made.text);
    if (!head.ok) throw new Error(head.problem);
    published = { account, text: made.text, head: head.value };
    const configStore = createConfigStore(redis);
    const before = await configStore.state(account);
    const state: ConfigState = {
      ...{ channel: keys.channel, roots: keys.roots, statement: await keys.statement(), generation: 1 },
      published: { version, digest: made.digest, signedElsewhere: false },
      ...{ served: head.value, revoked: [], devices },
    };
    expect(await configStore.save(account, before?.text ?? null, { state })).toBe('stored');
  }

  function watcher(name: string) {
    const told: Happening[] = [];
    const nudged: string[] = [];
    const watch = createConfigWatch([url], {
      ...{ adminStore: createAdminStore(redis), configStore: createConfigStore(redis) },
      watchStore: createConfigWatchStore(redis),
      channels: { all: () => [published], get: () => published },
      ...{ fetchBundle, subtle, digest, clock: () => now, repeats, watcher: name, everyMs: minute },
      notify: notifyOf(({ standard }) => standard),
      nudge: async (of) => void nudged.push(of),
      journal: (one) => void told.push(one),
    });
    return { watch, told, nudged };
  }

  const device = (letter: string, untilMs: number): ListedDevice => ({
    ...{ hash: letter.repeat(43), until: Math.floor(untilMs / 1_000), domains: null },
    ...{ by: 'alice', at: '', note: 'pentest' },
  });

  /** The transitions of some looks, a minute apart. */
  async function looks(count: number, { watch, told }: ReturnType<typeof watcher>): Promise<string[]> {
    told.length = 0;
    for (let times = 0; times < count; times += 1) {
      now += minute;
      await watch.look();
    }
    return told.flatMap((one) =>
      one.kind === 'config_transition' ? [`${one.transition.transition} ${one.transition.kind}`] : [],
    );
  }
  const waiting = async () =>
    (await redis.lrange(`pinwatch:{${account}}:notices`, 0, -1)).map((text) => JSON.parse(text));
  const total = (watch: ConfigWatch) => [...watch.open().values()].reduce((sum, count) => sum + count, 0);

  test('old, foreign, corrupt and missing files are each found within 6 minutes, and so is the recovery', async () => {
    const one = watcher('one');
    expect(one.watch.isServed(account)).toBeNull();
    expect(await looks(1, one)).toEqual([]);
    expect(one.watch.isServed(account)).toBe(true);
    const old = published.text;
    const foreign = (await bundle(2, start, createChannelKeys(keys.channel))).text;
    const faults = [
      ['config_unreachable', () => null],
      ['config_invalid', () => foreign],
      ['config_invalid', () => published.text.slice(0, -9)],
      ['config_invalid', () => Buffer.alloc(300_000, 65)],
      ['config_outdated', () => old],
    ] as const;
    await publish(3, now / 1_000);
    for (const [kind, answer] of faults) {
      served = answer();
      expect(await looks(6, one)).toEqual([`opened ${kind}`]);
      expect([one.watch.isServed(account), one.watch.open().get(kind)]).toEqual([false, 1]);
      expect(one.nudged.splice(0)).toEqual([account]);
      served = published.text;
      expect(await looks(2, one)).toEqual([`closed ${kind}`]);
      expect(one.nudged.splice(0)).toEqual([account]);
      expect(total(one.watch)).toBe(0);
    }
    const notices = await waiting();
    expect(notices).toHaveLength(2 * faults.length);
    expect(await createOutbox(redis).incidentsOwed(account)).toEqual(
      new Set(notices.map(({ incident }) => incident)),
    );
    expect(notices.at(-2)).toMatchObject({
      transition: 'opened',
      config: {
        published: { version: 3, generation: 1 },
        urls: [{ url: `${url}/c/${keys.channel}`, problem: 'outdated', found: { version: 2 } }],
      },
    });
    expect(notices.at(-2).config.urls[0].detail).toBe('expected version 3 of generation 1, found 2 of 1');
  });

  test('what was signed with a key of the account, but not published, is a stolen key or worse', async () => {
    const one = watcher('one');
    served = (await bundle(9, now / 1_000)).text;
    expect(await looks(3, one)).toEqual(['opened config_invalid']);
    const [notice] = await waiting();
    expect(notice.config.urls[0].detail).toMatch(
      /^version 9 of generation 1 is signed .* not published here$/,
    );
    served = published.text;
    await looks(2, one);
    // The same version, with other content.
    served = (await bundle(2, start, keys, 'evil.example.com')).text;
    expect(await looks(3, one)).toEqual(['opened config_invalid']);
  });

  test('the log has each change of a URL once', async () => {
    const one = watcher('one');
    served = null;
    await looks(4, one);
    served = published.text;
    const told = one.told.filter(({ kind }) => kind === 'config_url');
    expect(told).toMatchObject([{ problem: 'unreachable', detail: 'expected status 200, found 503' }]);
    await looks(3, one);
    expect(one.told.filter(({ kind }) => kind === 'config_url')).toMatchObject([{ problem: null }]);
  });

  test('of several servers one looks and tells, and another takes over when it is gone', async () => {
    const [one, two] = [watcher('one'), watcher('two')];
    await one.watch.look();
    served = null;
    for (let times = 0; times < 6; times += 1) {
      now += minute;
      await Promise.all([one.watch.look(), two.watch.look()]);
    }
    expect(downloads).toBe(7);
    expect(await waiting()).toHaveLength(1);
    expect([one.watch.isServed(account), two.watch.isServed(account)]).toEqual([false, false]);
    expect([one.nudged, two.nudged]).toEqual([[account], []]);
    served = published.text;
    // It goes on where the other has stopped.
    expect(await looks(5, two)).toEqual(['closed config_unreachable']);
    expect(await waiting()).toHaveLength(2);
  });

  test('two servers that begin at once write one record and one notice', async () => {
    served = null;
    for (let times = 0; times < 4; times += 1) {
      now += 10 * minute;
      // Both find that nobody looks any more.
      await Promise.all([watcher(`a-${times}`), watcher(`b-${times}`)].map(({ watch }) => watch.look()));
    }
    expect(await waiting()).toHaveLength(1);
  });

  test('two looks at once count as one', async () => {
    const one = watcher('one');
    served = null;
    now += minute;
    await Promise.all([one.watch.look(), one.watch.look()]);
    await one.watch.look();
    expect(await looks(1, one)).toEqual([]);
    expect(await looks(1, one)).toEqual(['opened config_unreachable']);
  });

  test('a renewal that fails ends in a warning that says why', async () => {
    const one = watcher('one');
    repeats.isRepeat(account, 'the key cannot be read', now);
    now += 11 * day * 1_000;
    expect(await looks(1, one)).toEqual(['opened config_expiring']);
    const [notice] = await waiting();
    expect(notice).toMatchObject({
      severity: 'warning',
      config: { renewalFailure: 'the key cannot be read' },
    });
    expect(one.watch.isServed(account)).toBe(true);
  });

  test('a record that cannot be read is begun anew', async () => {
    const one = watcher('one');
    await redis.set(`pinwatch:{${account}}:config:watch`, '{"urls":1}');
    served = null;
    expect(await looks(3, one)).toEqual(['opened config_unreachable']);
  });

  test('devices that are not pinned are told, each further one too, and no forgery', async () => {
    const one = watcher('a');
    expect(await looks(1, one)).toEqual([]);
    const first = device('A', now + 10 * minute);
    await publish(2, now / 1_000, [first]);
    served = published.text;
    expect(await looks(4, one)).toEqual(['opened devices_unpinned']);
    await publish(2, now / 1_000, [first, device('E', now + 60 * minute)]);
    served = published.text;
    expect(await looks(2, one)).toEqual(['changed devices_unpinned']);
    // Back by itself, without anybody.
    now += 60 * minute;
    expect(await looks(4, one)).toEqual(['closed devices_unpinned']);
  });

  test('a device that nobody here has unpinned is the work of a stolen key', async () => {
    const one = watcher('a');
    await looks(1, one);
    const { issuedAt } = published.head;
    served = (await bundle(2, issuedAt, keys, 'api.example.com', [device('I', now + 60 * minute)])).text;
    expect(await looks(4, one)).toEqual(['opened config_invalid']);
  });
});
