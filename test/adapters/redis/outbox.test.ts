import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../../src/adapters/redis/keys.ts';
import { createOutbox } from '../../../src/adapters/redis/outbox.ts';
import { createOverviewReader } from '../../../src/adapters/redis/overview.ts';
import { createRecords } from '../../../src/adapters/redis/records.ts';
import { createRegistry } from '../../../src/adapters/redis/registry.ts';
import type { Transition } from '../../../src/core/incident.ts';
import { blankRecord } from '../../../src/core/record.ts';
import type { OpenLetter } from '../../../src/flow/deliver-notices.ts';
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
    await createRegistry(link.redis).provision([{ name: 'acme', contacts, domains: [api] }]);
  });

  async function owe(transitions: readonly Transition[], now: number): Promise<void> {
    const records = createRecords(link.redis);
    const ref = { account: 'acme', domain: 'api.example.com' };
    const loaded = await records.load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    expect(await records.commit(ref, loaded.token, blankRecord, statusFor(api), transitions, now)).toBe(
      'stored',
    );
  }
  async function cut(now: number, weekly = false): Promise<OpenLetter> {
    const outbox = createOutbox(link.redis);
    const letter = await outbox.cut('acme', await outbox.pace('acme'), weekly, now);
    if (!letter) throw new Error('expected a letter');
    return letter;
  }

  test('owes from the commit on until the last recipient has the letter', async () => {
    const outbox = createOutbox(link.redis);
    const pending = createOverviewReader(link.redis).noticesPending;
    expect(await outbox.owes('acme')).toBe(false);
    await owe([transition('one'), transition('two')], 1_000);
    expect(await outbox.owes('acme')).toBe(true);
    expect(await pending()).toBe(2);
    const letter = await cut(2_000);
    expect(letter).toMatchObject({
      account: 'acme',
      recipients: contacts,
      everyone: contacts,
      createdAt: 2_000,
      attempts: 0,
      nextAttemptAt: 2_000,
      transitions: [transition('one'), transition('two')],
    });
    expect(letter.id).toMatch(/^[A-Za-z0-9-]+$/);
    expect(await outbox.letters('acme')).toMatchObject([letter]);
    expect(await pending()).toBe(2);

    // One has got it, the other has not.
    const after = { ...letter, recipients: contacts.slice(1), attempts: 1, nextAttemptAt: 4_000 };
    await outbox.settle('acme', after);
    expect(await outbox.letters('acme')).toMatchObject([after]);
    expect(await outbox.owes('acme')).toBe(true);
    await outbox.settle('acme', { ...after, recipients: [] });
    expect(await outbox.letters('acme')).toEqual([]);
    expect(await outbox.owes('acme')).toBe(false);
    expect(await pending()).toBe(0);
    // Nothing is left of it but the pace.
    expect(await link.redis.exists(keys.letters, keys.letterBodies, keys.letterClaims, keys.notices)).toBe(0);
    expect(await outbox.pace('acme')).toMatchObject({ waitingSince: 0, lastLetterAt: 2_000 });
  });

  test('cut by several processes at once makes one letter, and loses nothing that comes meanwhile', async () => {
    await owe([transition('one')], 1_000);
    const outboxes = [createOutbox(link.redis), createOutbox(otherLink.redis)];
    const paces = await Promise.all(outboxes.map((outbox) => outbox.pace('acme')));
    const letters = await Promise.all([
      ...outboxes.map((outbox, index) => outbox.cut('acme', paces[index] ?? never(), false, 2_000)),
      owe([transition('two')], 2_000),
    ]);
    const cutLetters = letters.filter((letter) => letter);
    expect(cutLetters).toHaveLength(1);
    const inLetter = cutLetters.flatMap((letter) => (letter ? letter.transitions : []));
    const waiting = (await link.redis.lrange(keys.notices, 0, -1)).map(
      (text) => JSON.parse(text) as Transition,
    );
    expect([...inLetter, ...waiting].map(({ incident }) => incident)).toEqual(['one', 'two']);
    expect((await createOutbox(link.redis).pace('acme')).waitingSince > 0).toBe(waiting.length > 0);
  });

  test('weekly notices travel only when it is said', async () => {
    await owe([transition('backup', {}, 'no_backup_pin'), transition('mismatch')], 1_000);
    expect((await cut(2_000)).transitions.map(({ incident }) => incident)).toEqual(['mismatch']);
    const outbox = createOutbox(link.redis);
    expect(await outbox.cut('acme', await outbox.pace('acme'), false, 3_000)).toBeNull();
    expect(await outbox.pace('acme')).toMatchObject({ weeklyWaitingSince: 1_000, lastWeeklyAt: 0 });
    expect((await cut(4_000, true)).transitions.map(({ incident }) => incident)).toEqual(['backup']);
    expect(await outbox.pace('acme')).toMatchObject({ weeklyWaitingSince: 0, lastWeeklyAt: 4_000 });
  });

  test('what waits for its week is owed, and not pending: nobody is woken for it', async () => {
    const pending = createOverviewReader(link.redis).noticesPending;
    await owe([transition('backup', {}, 'no_backup_pin')], 1_000);
    expect(await createOutbox(link.redis).owes('acme')).toBe(true);
    expect(await pending()).toBe(0);
    await cut(2_000, true);
    expect(await pending()).toBe(1);
  });

  test('a claim keeps others off until it runs out or is given back', async () => {
    await owe([transition('one')], 1_000);
    const letter = await cut(2_000);
    const [mine, others] = [createOutbox(link.redis), createOutbox(otherLink.redis)];
    const claims = await Promise.all(
      [mine, others, mine, others].map((outbox) => outbox.claim('acme', letter, 2_000, 45_000)),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await others.claim('acme', letter, 46_999, 45_000)).toBe(false);
    expect(await others.claim('acme', letter, 47_000, 45_000)).toBe(true);
    await others.settle('acme', { ...letter, attempts: 1 });
    expect(await mine.claim('acme', letter, 47_001, 45_000)).toBe(true);
    await mine.settle('acme', { ...letter, recipients: [] });
    expect(await others.claim('acme', letter, 200_000, 45_000)).toBe(false);
  });

  test('a process that was held up longer than its claim brings no delivered letter back', async () => {
    await owe([transition('one')], 1_000);
    const letter = await cut(2_000);
    const outbox = createOutbox(link.redis);
    await outbox.claim('acme', letter, 2_000, 45_000);
    const other = createOutbox(otherLink.redis);
    await other.claim('acme', letter, 60_000, 45_000);
    await other.settle('acme', { ...letter, recipients: [] });
    await outbox.settle('acme', { ...letter, attempts: 1 });
    expect(await outbox.letters('acme')).toEqual([]);
    expect(await outbox.owes('acme')).toBe(false);
  });
});

function never(): never {
  throw new Error('expected a pace for each outbox');
}
