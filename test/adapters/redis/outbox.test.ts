import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createOutbox } from '../../../src/adapters/redis/outbox.ts';
import { createOverviewReader } from '../../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import type { Addressee } from '../../../src/core/addressee.ts';
import type { Transition } from '../../../src/core/incident.ts';
import { blankRecord } from '../../../src/core/record.ts';
import type { OpenLetter, Outbox } from '../../../src/flow/outbox.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { domain, statusFor, transition } from './domains.ts';
import { linkTo } from './link.ts';

requires('redis-server')('the outbox in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let otherLink: RedisLink;
  const api = domain('api.example.com');
  const contacts = ['devops@example.com', 'lead@example.com'];
  const keys = accountKeys('acme');

  beforeAll(async () => {
    server = await startRedis();
    [link, otherLink] = await Promise.all([linkTo(server.url), linkTo(server.url)]);
  });
  afterAll(async () => {
    await Promise.all([link.close(), otherLink.close()]);
    await server.close();
  });
  beforeEach(async () => {
    await link.redis.flushall();
    await createProvisioningStore(link.redis).provision([{ name: 'acme', contacts, domains: [api] }]);
  });

  async function owe(transitions: readonly Transition[], now: number): Promise<void> {
    const probeStore = createProbeStore(link.redis);
    const ref = { account: 'acme', domain: 'api.example.com' };
    const loaded = await probeStore.load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    expect(await probeStore.commit(ref, loaded.token, blankRecord, statusFor(api), transitions, now)).toBe(
      'stored',
    );
  }
  /** Cuts a letter now. */
  async function cut(now: number, weekly = false): Promise<OpenLetter> {
    const outbox = createOutbox(link.redis);
    expect(await outbox.cut('acme', await outbox.pace('acme'), weekly, now, null)).toBe(true);
    const letter = (await outbox.letters('acme')).at(-1);
    return claimed(outbox, letter?.id ?? '');
  }
  /** The stored letter; the claim is released. */
  async function claimed(outbox: Outbox, id: string): Promise<OpenLetter> {
    const claim = await outbox.claim('acme', id, 45_000);
    if (!claim) throw new Error('expected a letter that nobody has');
    await claim.settle(claim.letter.addressees);
    return claim.letter;
  }
  const addressee = (address: string, more: Partial<Addressee> = {}): Addressee => {
    return { address, state: 'owed', attempts: 1, copies: 0, nextAttemptAt: 4_000, ...more };
  };
  /** As if the process had died: its claim expires by the clock of Redis. */
  async function letRunOut(id: string): Promise<void> {
    const [time = 0] = await link.redis.time();
    await link.redis.hset(keys.letterClaims, id, `${Number(time) * 1000 - 10_000} gone`);
  }

  test('owes from the commit until the letter is finished', async () => {
    const outbox = createOutbox(link.redis);
    const pending = createOverviewReader(link.redis).noticesPending;
    expect(await outbox.owes('acme')).toBe(false);
    await owe([transition('one'), transition('two')], 1_000);
    expect(await outbox.owes('acme')).toBe(true);
    expect(await pending()).toBe(2);
    const letter = await cut(2_000);
    expect(letter).toMatchObject({
      createdAt: 2_000,
      addressees: [],
      audience: null,
      transitions: [transition('one'), transition('two')],
    });
    expect(letter.id).toMatch(/^[A-Za-z0-9-]+$/);
    expect(await outbox.letters('acme')).toMatchObject([{ id: letter.id, isClaimed: false }]);
    expect(await pending()).toBe(2);

    // One has got it, the other has not.
    const addressees = [addressee('devops@example.com', { state: 'sent' }), addressee('lead@example.com')];
    await (await outbox.claim('acme', letter.id, 45_000))?.settle(addressees);
    expect(await claimed(outbox, letter.id)).toEqual({ ...letter, addressees });
    expect(await outbox.owes('acme')).toBe(true);
    expect(await pending()).toBe(2);
    await (await outbox.claim('acme', letter.id, 45_000))?.settle(null);
    expect(await outbox.letters('acme')).toEqual([]);
    expect(await outbox.owes('acme')).toBe(false);
    expect(await pending()).toBe(0);
    // Only the pace is left.
    expect(await link.redis.exists(keys.letters, keys.letterBodies, keys.letterClaims, keys.notices)).toBe(0);
    expect(await outbox.pace('acme')).toMatchObject({
      waitingSince: 0,
      criticalSince: 0,
      lastLetterAt: 2_000,
    });
  });

  test('cut by several processes at once, makes one letter, and loses nothing that comes meanwhile', async () => {
    await owe([transition('one')], 1_000);
    const outboxes = [createOutbox(link.redis), createOutbox(otherLink.redis)];
    const paces = await Promise.all(outboxes.map((outbox) => outbox.pace('acme')));
    const [first, second] = await Promise.all([
      ...outboxes.map((outbox, index) => outbox.cut('acme', paces[index] ?? never(), false, 2_000, null)),
      owe([transition('two')], 2_000),
    ]);
    expect([first, second].filter(Boolean)).toHaveLength(1);
    const [stored, ...others] = await createOutbox(link.redis).letters('acme');
    expect(others).toEqual([]);
    const { transitions } = await claimed(createOutbox(link.redis), stored?.id ?? '');
    const waiting = (await link.redis.lrange(keys.notices, 0, -1)).map(
      (text) => JSON.parse(text) as Transition,
    );
    expect([...transitions, ...waiting].map(({ incident }) => incident)).toEqual(['one', 'two']);
    expect((await createOutbox(link.redis).pace('acme')).waitingSince > 0).toBe(waiting.length > 0);
  });

  test('new notices join a letter that is unchanged and not being sent', async () => {
    const outbox = createOutbox(link.redis);
    const join = async (now: number) => {
      const [into = null] = await outbox.letters('acme');
      return outbox.cut('acme', await outbox.pace('acme'), false, now, into);
    };
    await owe([transition('one')], 1_000);
    const { id } = await cut(2_000);
    const waits = [addressee('devops@example.com', { attempts: 8, nextAttemptAt: 300_000 })];
    await (await outbox.claim('acme', id, 45_000))?.settle(waits);
    const asRead = await outbox.letters('acme');
    await owe([transition('two'), transition('three')], 3_000);
    expect(await join(4_000)).toBe(true);
    expect(await claimed(outbox, id)).toMatchObject({
      createdAt: 2_000,
      addressees: [{ ...waits[0], nextAttemptAt: 4_000 }],
      transitions: [transition('one'), transition('two'), transition('three')],
    });
    expect(await createOverviewReader(link.redis).noticesPending()).toBe(3);

    await owe([transition('four')], 5_000);
    const pace = await outbox.pace('acme');
    expect(await outbox.cut('acme', pace, false, 6_000, asRead[0] ?? null)).toBe(false);
    const claim = await outbox.claim('acme', id, 45_000);
    expect(await outbox.letters('acme')).toMatchObject([{ isClaimed: true }]);
    expect(await join(6_000)).toBe(false);
    await claim?.settle(waits);
    expect(await join(6_000)).toBe(true);
    expect(await outbox.letters('acme')).toHaveLength(1);
  });

  test('the pace distinguishes a letter of only recoveries from an alarm', async () => {
    const outbox = createOutbox(link.redis);
    const recovery = { transition: 'closed' } as const;
    await owe([transition('one', recovery)], 1_000);
    expect(await outbox.pace('acme')).toMatchObject({ waitingSince: 1_000, alarmSince: 0, criticalSince: 0 });
    await owe([transition('two', { severity: 'warning' }, 'unreachable')], 2_000);
    await owe([transition('three')], 3_000);
    const times = { waitingSince: 1_000, alarmSince: 2_000, criticalSince: 3_000 };
    expect(await outbox.pace('acme')).toMatchObject(times);
    await cut(4_000);
    expect(await outbox.pace('acme')).toMatchObject({
      alarmSince: 0,
      lastLetterAt: 4_000,
      lastAlarmAt: 4_000,
    });
    await owe([transition('one', recovery)], 5_000);
    await cut(6_000);
    expect(await outbox.pace('acme')).toMatchObject({ lastLetterAt: 6_000, lastAlarmAt: 4_000 });
  });

  test('weekly notices are included only if requested', async () => {
    await owe([transition('backup', {}, 'no_backup_pin'), transition('mismatch')], 1_000);
    expect((await cut(2_000)).transitions.map(({ incident }) => incident)).toEqual(['mismatch']);
    const outbox = createOutbox(link.redis);
    expect(await outbox.cut('acme', await outbox.pace('acme'), false, 3_000, null)).toBe(false);
    expect(await outbox.pace('acme')).toMatchObject({ weeklyWaitingSince: 1_000, lastWeeklyAt: 0 });
    expect((await cut(4_000, true)).transitions.map(({ incident }) => incident)).toEqual(['backup']);
    expect(await outbox.pace('acme')).toMatchObject({ weeklyWaitingSince: 0, lastWeeklyAt: 4_000 });
  });

  test('what waits for its week is owed, but not pending: nobody is woken for it', async () => {
    const pending = createOverviewReader(link.redis).noticesPending;
    await owe([transition('backup', {}, 'no_backup_pin')], 1_000);
    expect(await createOutbox(link.redis).owes('acme')).toBe(true);
    expect(await pending()).toBe(0);
    await cut(2_000, true);
    expect(await pending()).toBe(1);
  });

  test('a claim keeps others off until it expires or is released', async () => {
    await owe([transition('one')], 1_000);
    const { id } = await cut(2_000);
    const [mine, others] = [createOutbox(link.redis), createOutbox(otherLink.redis)];
    const claims = await Promise.all(
      [mine, others, mine, others].map((outbox) => outbox.claim('acme', id, 45_000)),
    );
    const [first, ...more] = claims.filter((claim) => claim !== null);
    expect(more).toEqual([]);
    expect(await first?.extend()).toBe(true);
    expect(await others.claim('acme', id, 45_000)).toBeNull();
    await first?.settle([]);
    expect(await (await others.claim('acme', id, 45_000))?.settle([])).toBeUndefined();

    const lost = await mine.claim('acme', id, 45_000);
    await letRunOut(id);
    const next = await others.claim('acme', id, 45_000);
    expect(next?.silentForMs).toBeGreaterThanOrEqual(55_000);
    expect(await lost?.extend()).toBe(false);
    // Only the other process may settle it.
    await lost?.settle([addressee('devops@example.com')]);
    expect(await mine.claim('acme', id, 45_000)).toBeNull();
    expect(next?.letter.addressees).toEqual([]);
    await next?.settle([]);
    expect((await claimed(mine, id)).addressees).toEqual([]);
  });

  test('a claim by a clock that was ahead blocks nothing', async () => {
    await owe([transition('one')], 1_000);
    const { id } = await cut(2_000);
    await link.redis.hset(keys.letterClaims, id, `${Date.now() + 7_200_000} ahead`);
    expect(await createOutbox(link.redis).claim('acme', id, 45_000)).toMatchObject({ silentForMs: 0 });
  });

  test('a process that was blocked for longer than its claim brings back no delivered letter', async () => {
    await owe([transition('one')], 1_000);
    const { id } = await cut(2_000);
    const outbox = createOutbox(link.redis);
    const mine = await outbox.claim('acme', id, 45_000);
    await letRunOut(id);
    await (await createOutbox(otherLink.redis).claim('acme', id, 45_000))?.settle(null);
    await mine?.settle([addressee('devops@example.com')]);
    expect(await outbox.letters('acme')).toEqual([]);
    expect(await outbox.owes('acme')).toBe(false);
  });

  test('a letter stored by an older version can be read: who has it, and who is still owed it', async () => {
    const old = { id: 'old', recipients: ['lead@example.com'], everyone: contacts, createdAt: 1_000 };
    const meta = { ...old, attempts: 3, nextAttemptAt: 9_000, notices: 1 };
    await link.redis.hset(keys.letters, 'old', JSON.stringify(meta));
    await link.redis.hset(keys.letterBodies, 'old', JSON.stringify([transition('one')]));
    const outbox = createOutbox(link.redis);
    const more = { attempts: 3, nextAttemptAt: 9_000 };
    expect(await claimed(outbox, 'old')).toEqual({
      id: 'old',
      createdAt: 1_000,
      addressees: [
        addressee('devops@example.com', { ...more, state: 'sent' }),
        addressee('lead@example.com', more),
      ],
      audience: null,
      transitions: [transition('one')],
    });
    expect(await createOverviewReader(link.redis).noticesPending()).toBe(1);
  });

  test('new contacts are notified once, by the first process', async () => {
    const outboxes = [createOutbox(link.redis), createOutbox(otherLink.redis)];
    const [outbox = never()] = outboxes;
    const before = (await outbox.contacts('acme')) ?? never();
    const others = { channels: [], knownChannels: null, domains: 1 };
    expect(before).toEqual({ now: contacts, known: null, ...others });
    expect(await outbox.owes('acme')).toBe(false);
    await outbox.introduce('acme', before, [], [], 1_000);
    const known = { now: [...contacts, 'new@example.com'], known: contacts };
    const audience = ['new@example.com'];
    await Promise.all(
      outboxes.map((one) => one.introduce('acme', known, audience, [transition('one')], 2_000)),
    );
    expect(await outbox.letters('acme')).toMatchObject([{ audience, createdAt: 2_000 }]);
    expect((await outbox.contacts('acme'))?.known).toEqual(known.now);
    // The content of a letter for some is not sent to all.
    expect(await outbox.incidentsOwed('acme')).toEqual(new Set());
    await owe([transition('two')], 3_000);
    expect(await outbox.incidentsOwed('acme')).toEqual(new Set(['two']));
    await cut(4_000);
    await owe([transition('three')], 5_000);
    expect(await outbox.incidentsOwed('acme')).toEqual(new Set(['two', 'three']));
  });

  test('changed contacts are owed, and a missing account has none', async () => {
    const outbox = createOutbox(link.redis);
    const before = (await outbox.contacts('acme')) ?? never();
    await outbox.introduce('acme', before, [], [], 1_000);
    expect(await outbox.owes('acme')).toBe(false);
    const changed = { name: 'acme', contacts: ['new@example.com'], domains: [api] };
    expect((await createProvisioningStore(link.redis).provision([changed])).recontacted).toEqual(['acme']);
    expect(await outbox.owes('acme')).toBe(true);
    expect(await outbox.contacts('nobody')).toBeNull();
  });
});

function never(): never {
  throw new Error('expected one for each outbox');
}
