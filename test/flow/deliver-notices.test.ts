import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMailFolder } from '../../src/adapters/mail/folder.ts';
import { createSmtpMailer } from '../../src/adapters/mail/smtp.ts';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createRecords } from '../../src/adapters/redis/records.ts';
import { createRegistry } from '../../src/adapters/redis/registry.ts';
import type { IncidentKind } from '../../src/core/incident.ts';
import { blankRecord } from '../../src/core/record.ts';
import { deliverNotices } from '../../src/flow/deliver-notices.ts';
import { findOwed } from '../../src/flow/find-owed.ts';
import type { Happening } from '../../src/flow/journal.ts';
import type { Mailer } from '../../src/flow/mailer.ts';
import { domain, statusFor, transition } from '../adapters/redis/domains.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { day, now, rules } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';
import { type Received, type SmtpServer, startSmtp } from '../support/smtp.ts';

const never = new AbortController().signal;
const second = 1_000;
const minute = 60 * second;
const contacts = ['devops@example.com', 'lead@example.com'];

requires('redis-server')('delivery, with the outbox in Redis and a real mail server', () => {
  let redis: RedisServer;
  let smtp: SmtpServer;
  let link: RedisLink;
  let mailer: Mailer;
  let clock: number;
  let happenings: Happening[];

  beforeAll(async () => {
    redis = await startRedis();
    link = await linkTo(redis.url);
  });
  afterAll(async () => {
    await link.close();
    await redis.close();
  });
  beforeEach(async () => {
    await link.redis.flushall();
    smtp = await startSmtp();
    mailer = createSmtpMailer({ url: smtp.url, from: 'pinwatch@example.com' });
    const domains = [domain('api.example.com')];
    await createRegistry(link.redis).provision([{ name: 'acme', contacts, domains }]);
    clock = now;
    happenings = [];
  });
  afterEach(async () => {
    await mailer.close();
    await smtp.close();
  });

  /** Records a transition now, as a probe would. */
  async function happen(incident: string, kind: IncidentKind = 'pin_mismatch'): Promise<void> {
    const records = createRecords(link.redis);
    const ref = { account: 'acme', domain: 'api.example.com' };
    const loaded = await records.load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    const at = new Date(clock).toISOString();
    const notice = transition(incident, { at, since: at }, kind);
    const status = statusFor(loaded.domain);
    expect(await records.commit(ref, loaded.token, blankRecord, status, [notice], clock)).toBe('stored');
  }
  /** One round; when to come again, in milliseconds from now. */
  async function deliver(by: Mailer = mailer): Promise<number | null> {
    const outbox = createOutbox(link.redis);
    const journal = (happening: Happening) => happenings.push(happening);
    const next = await deliverNotices(
      'acme',
      rules,
      { outbox, mailer: by, clock: () => clock, journal },
      never,
    );
    return next === null ? null : next - clock;
  }
  const incidents = ({ mail }: Received): string[] => {
    const content = mail.attachments.find(({ mimeType }) => mimeType === 'application/json')?.content ?? '{}';
    const text = typeof content === 'string' ? content : Buffer.from(content as ArrayBuffer).toString();
    return (JSON.parse(text) as { transitions: { incident: string }[] }).transitions.map(
      ({ incident }) => incident,
    );
  };
  const outcomes = () =>
    happenings.flatMap((happening) =>
      happening.kind === 'delivered' ? [`${happening.outcome} ${happening.recipient}`] : [],
    );

  test('nothing is owed, nothing is sent', async () => {
    expect(await deliver()).toBeNull();
    expect(smtp.received).toEqual([]);
  });

  test('waits 30 s for company, then 5 minutes between letters', async () => {
    await happen('one');
    expect(await deliver()).toBe(30 * second);
    clock += 20 * second;
    await happen('two');
    expect(await deliver()).toBe(10 * second);
    expect(smtp.received).toEqual([]);
    clock += 10 * second;
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['one', 'two']]);
    expect(outcomes()).toEqual(contacts.map((contact) => `sent ${contact}`));
    expect(happenings[0]).toMatchObject({ delays: [30, 10], notices: 2 });

    // A recovery comes right after: its letter keeps the distance.
    clock += 40 * second;
    await happen('three');
    expect(await deliver()).toBe(5 * minute - 40 * second);
    clock += 5 * minute - 40 * second - 1;
    expect(await deliver()).toBe(1);
    clock += 1;
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['one', 'two'], ['three']]);
    // Long after, only the wait for company counts.
    clock += day;
    await happen('four');
    expect(await deliver()).toBe(30 * second);
  });

  test('an outage of the mail server holds back one letter; what happens meanwhile is in the next', async () => {
    await smtp.stop();
    await happen('one');
    clock += 30 * second;
    const waits: (number | null)[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const wait = await deliver();
      waits.push(wait);
      clock += wait ?? 0;
      await happen(`during ${attempt}`);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300].map((seconds) => seconds * second));
    expect(await createOutbox(link.redis).letters('acme')).toHaveLength(1);
    await smtp.start();
    // Both are due by now: the old letter as it was, and all the rest in one.
    expect(await deliver()).toBeNull();
    const during = Array.from({ length: 9 }, (_, index) => `during ${index}`);
    expect(smtp.received.map(incidents)).toEqual([['one'], during]);
    expect(await deliver()).toBeNull();
    expect(smtp.received).toHaveLength(2);
  });

  test('a contact refused for good is given up, one refused for now is tried again, the others have theirs', async () => {
    smtp.fail('devops@example.com', 550);
    await happen('one');
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    expect(outcomes()).toEqual(['failed_permanent devops@example.com', 'sent lead@example.com']);
    expect(smtp.received.map(({ to }) => to)).toEqual([['lead@example.com']]);
    expect(smtp.received[0]?.mail.to?.map(({ address }) => address)).toEqual(contacts);

    smtp.fail('devops@example.com', 451);
    clock += day;
    await happen('two');
    clock += 30 * second;
    expect(await deliver()).toBe(2 * second);
    // Half delivered is no outage: the next letter does not wait for it.
    await happen('three');
    expect(await deliver()).toBe(2 * second);
    clock += 5 * minute;
    await deliver();
    expect(smtp.received.slice(1).map(incidents)).toEqual([['two'], ['three']]);
    smtp.fail('devops@example.com', null);
    clock += 10 * second;
    expect(await deliver()).toBeNull();
    const late = smtp.received.slice(3);
    expect(late.map(({ to }) => to)).toEqual([['devops@example.com'], ['devops@example.com']]);
    expect(late.map(incidents).sort()).toEqual([['three'], ['two']]);
  });

  test('gives up after five days, and not before', async () => {
    smtp.fail('*', 451);
    await happen('one');
    clock += 30 * second;
    await deliver();
    clock += 5 * day;
    expect(await deliver()).not.toBeNull();
    clock += 5 * minute;
    expect(await deliver()).toBeNull();
    expect(outcomes().slice(-2)).toEqual(contacts.map((contact) => `failed_permanent ${contact}`));
    expect(await createOutbox(link.redis).owes('acme')).toBe(false);
  });

  test('killed after the mail server took it and before that was stored: sent again with the same Message-ID', async () => {
    await happen('one');
    clock += 30 * second;
    // The process ends here, as far as the store can see.
    const killed = deliver({
      send: async (letter, signal) => {
        await mailer.send(letter, signal);
        throw new Error('killed');
      },
      close: async () => {},
    });
    await expect(killed).rejects.toThrow('killed');
    expect(smtp.received).toHaveLength(1);
    expect(await createOutbox(link.redis).owes('acme')).toBe(true);

    // Another takes over; the letter is still claimed.
    clock += 10 * second;
    expect(await deliver()).toBe(15 * second);
    expect(smtp.received).toHaveLength(1);
    clock += 35 * second;
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['one'], ['one']]);
    const [first, again] = smtp.received;
    expect(first?.mail.messageId).toMatch(/^<.+@.+>$/);
    expect(again?.mail.messageId).toBe(first?.mail.messageId);
    expect(again?.raw).toEqual(first?.raw);
  });

  test('two processes that deliver at once send one letter', async () => {
    await happen('one');
    clock += 30 * second;
    await Promise.all([deliver(), deliver(), deliver()]);
    expect(smtp.received).toHaveLength(1);
    clock += minute;
    expect(await deliver()).toBeNull();
    expect(smtp.received).toHaveLength(1);
  });

  test('a missing backup pin travels with the next letter, and at most once a week', async () => {
    await happen('backup', 'no_backup_pin');
    expect(await deliver()).toBe(30 * second);
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    clock += day;
    await happen('another', 'no_backup_pin');
    expect(await deliver()).toBe(7 * day - day);
    await happen('mismatch');
    clock += 30 * second;
    expect(await deliver()).toBe(6 * day - 30 * second);
    expect(smtp.received.map(incidents)).toEqual([['backup'], ['mismatch']]);
    clock += 6 * day - 30 * second;
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['backup'], ['mismatch'], ['another']]);
  });

  test('what nobody told of is found', async () => {
    const nudged: string[] = [];
    const ports = {
      accounts: createRegistry(link.redis).accounts,
      owes: createOutbox(link.redis).owes,
      nudge: async (account: string) => {
        nudged.push(account);
      },
    };
    await findOwed(ports);
    expect(nudged).toEqual([]);
    await happen('one');
    await findOwed(ports);
    clock += 30 * second;
    smtp.fail('*', 451);
    await deliver();
    await findOwed(ports);
    expect(nudged).toEqual(['acme', 'acme']);
  });

  test('letters are written to a folder where there is no mail server', async () => {
    const directory = join(await mkdtemp(join(tmpdir(), 'pinwatch-mail-')), 'mail');
    const folder = createMailFolder({ directory, from: 'pinwatch@example.com' });
    await happen('one');
    clock += 30 * second;
    expect(await deliver(folder)).toBeNull();
    const files = await readdir(directory);
    expect(files).toHaveLength(1);
    expect(await readFile(join(directory, files[0] ?? ''), 'utf8')).toContain('Message-ID: <');
    expect(outcomes()).toEqual(contacts.map((contact) => `sent ${contact}`));
    await rm(join(directory, '..'), { recursive: true });
  });
});
