import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMailFolder } from '../../src/adapters/mail/folder.ts';
import { createSmtpMailer } from '../../src/adapters/mail/smtp.ts';
import { createConfigWatchStore } from '../../src/adapters/redis/config-watch-store.ts';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../src/adapters/redis/keys.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import { createSightStore } from '../../src/adapters/redis/sight-store.ts';
import { sighted } from '../../src/core/blind-incident.ts';
import { blankConfigRecord, type ConfigRecord } from '../../src/core/config-incident.ts';
import { statusOf } from '../../src/core/domain-status.ts';
import type { Incident, IncidentKind, Transition } from '../../src/core/incident.ts';
import { blankRecord, type DomainRecord } from '../../src/core/record.ts';
import type { DeliverPorts } from '../../src/flow/deliver-notices.ts';
import { findOwed } from '../../src/flow/find-owed.ts';
import type { Happening } from '../../src/flow/journal.ts';
import type { Mailer } from '../../src/flow/mailer.ts';
import { blindNotice } from '../adapters/mail/watch-notices.ts';
import { domain, statusFor, transition } from '../adapters/redis/domains.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { day, now } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';
import { type Received, type SmtpServer, startSmtp } from '../support/smtp.ts';
import { deliverRound } from './deliver-rig.ts';

const _never = new AbortController().signal;
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
  let lingering: Promise<number | null>[];

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
    await createProvisioningStore(link.redis).provision([{ name: 'acme', contacts, domains }]);
    clock = now;
    happenings = [];
    lingering = [];
  });
  afterEach(async () => {
    await mailer.close();
    await smtp.close();
  });

  /** Stores a transition now, as a probe would. */
  async function happen(
    incident: string,
    kind: IncidentKind = 'pin_mismatch',
    more: Partial<Transition> = {},
  ): Promise<void> {
    const probeStore = createProbeStore(link.redis);
    const loaded = await probeStore.load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    const at = new Date(clock).toISOString();
    const notice = transition(incident, { at, since: at, ...more }, kind);
    const status = statusFor(loaded.domain, loaded.record);
    const { record } = loaded;
    expect(await probeStore.commit(ref, loaded.token, record, status, [notice], clock)).toBe('stored');
  }
  /** Runs one round. Returns when to come again, in milliseconds from now. */
  async function deliver(
    by: Mailer = mailer,
    patienceMs = 60_000,
    more: Partial<DeliverPorts> = {},
  ): Promise<number | null> {
    return deliverRound({
      ...more,
      ...{ redis: link.redis, mailer: by, clock: () => clock, patienceMs },
      journal: (happening: Happening) => happenings.push(happening),
      linger: (work: Promise<number | null>) => lingering.push(work),
    });
  }
  /** Sets the account's contacts. */
  async function contactsBecome(...now: string[]): Promise<void> {
    const domains = [domain('api.example.com')];
    await createProvisioningStore(link.redis).provision([{ name: 'acme', contacts: now, domains }]);
  }
  /** The process that has a letter has died: its claim expires by the clock of Redis. */
  async function letClaimsRunOut(): Promise<void> {
    const key = accountKeys('acme').letterClaims;
    const [time = 0] = await link.redis.time();
    for (const id of await link.redis.hkeys(key)) {
      await link.redis.hset(key, id, `${Number(time) * 1000 - second} gone`);
    }
  }
  const ref = { account: 'acme', domain: 'api.example.com' };
  /** An incident in the domain's record, reported now, as a probe would leave it. */
  async function openIncident(id: string): Promise<Incident> {
    const incident: Incident = {
      ...{ id, kind: 'pin_mismatch', severity: 'critical', since: clock, toldAt: clock },
      ...{ told: [], trails: {} },
    };
    await store({ ...blankRecord, lastCheck: transition(id).check, incidents: { pin_mismatch: incident } });
    return incident;
  }
  async function setToldAt(id: string, toldAt: number): Promise<void> {
    const { record = blankRecord } = (await createProbeStore(link.redis).load(ref)) ?? {};
    const incident = record.incidents.pin_mismatch;
    if (incident?.id !== id) throw new Error(`expected an open incident ${id}`);
    await store({ ...record, incidents: { pin_mismatch: { ...incident, toldAt } } });
  }
  async function store(record: DomainRecord): Promise<void> {
    const probeStore = createProbeStore(link.redis);
    const loaded = await probeStore.load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    await probeStore.commit(ref, loaded.token, record, statusOf(loaded.domain, record), [], clock);
  }
  const transitionsOf = ({ mail }: Received) => {
    const content = mail.attachments.find(({ mimeType }) => mimeType === 'application/json')?.content ?? '{}';
    const text = typeof content === 'string' ? content : Buffer.from(content as ArrayBuffer).toString();
    return (JSON.parse(text) as { transitions: { incident: string; transition: string }[] }).transitions;
  };
  const incidents = (received: Received) => transitionsOf(received).map(({ incident }) => incident);
  const steps = (received: Received) =>
    transitionsOf(received).map((one) => `${one.transition} ${one.incident}`);
  const outcomes = () =>
    happenings.flatMap((happening) =>
      happening.kind === 'delivered' ? [`${happening.outcome} ${happening.recipient}`] : [],
    );

  /** The process ends before the mail server answers. */
  const killed: Mailer = { send: () => Promise.reject(new Error('killed')), close: async () => {} };

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

    // A recovery comes right after: its letter waits for the interval.
    clock += 40 * second;
    await happen('three');
    expect(await deliver()).toBe(5 * minute - 40 * second);
    clock += 5 * minute - 40 * second - 1;
    expect(await deliver()).toBe(1);
    clock += 1;
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['one', 'two'], ['three']]);
    // Long after, only the wait for further notices counts.
    clock += day;
    await happen('four');
    expect(await deliver()).toBe(30 * second);
  });

  test('an outage of the mail server ends with one letter: what happens meanwhile joins it', async () => {
    await smtp.stop();
    await happen('one');
    clock += 30 * second;
    const waits: (number | null)[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const wait = await deliver();
      waits.push(wait);
      clock += wait ?? 0;
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300].map((seconds) => seconds * second));
    expect(await deliver()).toBe(5 * minute);
    await happen('two');
    // Like any other notice it waits 30 s for others, and then for nothing, not even the next attempt of the first
    // letter.
    expect(await deliver()).toBe(30 * second);
    clock += 30 * second;
    const attempts = happenings.length;
    await deliver();
    expect(happenings.slice(attempts)).toMatchObject([{ notices: 2 }, { notices: 2 }]);
    await smtp.start();
    clock += 5 * minute;
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['one', 'two']]);
    expect(await deliver()).toBeNull();
    expect(smtp.received).toHaveLength(1);
  });

  test('a letter that is sent again includes what has happened since, although that alone would wait', async () => {
    smtp.fail('*', 451);
    await happen('one');
    clock += 30 * second;
    expect(await deliver()).toBe(2 * second);
    clock += second;
    await happen('one', 'pin_mismatch', { transition: 'closed' });
    smtp.fail('*', null);
    clock += second;
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['one', 'one']]);
    expect(smtp.received[0]?.mail.subject).toContain('RESOLVED');
  });

  test('an undeliverable letter does not shorten the five days of a new one', async () => {
    smtp.fail('*', 451);
    await happen('old');
    clock += 30 * second;
    await deliver();
    clock += day;
    await happen('new');
    clock += 30 * second;
    await deliver();
    expect(await createOutbox(link.redis).letters('acme')).toHaveLength(2);
    clock += 4 * day + minute;
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await deliver();
      clock += 6 * minute;
    }
    const letters = await createOutbox(link.redis).letters('acme');
    expect(letters).toHaveLength(1);
    smtp.fail('*', null);
    await deliver();
    expect(smtp.received.map(incidents)).toEqual([['new']]);
  });

  test('what breaks again is reported at once, although its recovery was just reported', async () => {
    await happen('one');
    clock += 30 * second;
    await deliver();
    clock += 10 * minute;
    await happen('one', 'pin_mismatch', { transition: 'closed' });
    clock += 30 * second;
    await deliver();
    await happen('two');
    expect(await deliver()).toBe(30 * second);
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    // A warning waits, and so does the next critical one.
    await happen('three', 'unreachable', { severity: 'warning' });
    expect(await deliver()).toBe(5 * minute);
    await happen('four');
    expect(await deliver()).toBe(5 * minute);
    expect(smtp.received.map(incidents)).toEqual([['one'], ['one'], ['two']]);
  });

  test('a corrected contact gets the alarm at once, and the mistyped one gets nothing more', async () => {
    await contactsBecome('oncall@exmaple.com');
    smtp.fail('oncall@exmaple.com', 550, '5.1.1 user unknown');
    await happen('one');
    clock += 30 * second;
    for (let attempt = 0; attempt < 8; attempt += 1) clock += (await deliver()) ?? 0;
    await deliver();
    expect(outcomes()).toEqual(Array.from({ length: 9 }, () => 'failed_temporary oncall@exmaple.com'));
    expect(await createOutbox(link.redis).owes('acme')).toBe(true);
    clock += second;
    await contactsBecome('oncall@example.com');
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(({ to }) => to)).toEqual([['oncall@example.com']]);
    expect(smtp.received[0]?.mail.to?.map(({ address }) => address)).toEqual(['oncall@example.com']);
    expect(await createOutbox(link.redis).owes('acme')).toBe(false);
  });

  test('a person who is no longer a contact at the moment of sending is not notified', async () => {
    await happen('one');
    clock += 30 * second;
    await contactsBecome('lead@example.com');
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(({ to }) => to)).toEqual([['lead@example.com']]);
  });

  test('a new contact is notified at once of what is open, alone, and of nothing twice', async () => {
    const kept = await openIncident('open');
    await happen('open');
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    clock += day / 2;
    await contactsBecome(...contacts, 'new@example.com');
    expect(await deliver()).toBeNull();
    const [, introduction] = smtp.received;
    expect(introduction?.to).toEqual(['new@example.com']);
    expect(introduction?.mail.to?.map(({ address }) => address)).toEqual(['new@example.com']);
    expect(introduction && incidents(introduction)).toEqual([kept.id]);
    expect(introduction?.mail.text).toContain('open for 12 h');
    expect(await deliver()).toBeNull();
    // The next letter is for all of them, with no second introduction for a contact who comes meanwhile.
    clock += 5 * minute;
    await happen('open', 'pin_mismatch', { transition: 'changed' });
    await contactsBecome(...contacts, 'new@example.com', 'newer@example.com');
    await setToldAt('open', clock);
    expect(await deliver()).toBe(30 * second);
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    expect(smtp.received.slice(2).map(({ to }) => to)).toEqual([
      [...contacts, 'new@example.com', 'newer@example.com'],
    ]);
  });

  test('a new contact is notified of what is open of the signed configuration', async () => {
    await deliver();
    const watchStore = createConfigWatchStore(link.redis);
    const at = '2026-11-22T04:10:54Z';
    const tuple = { generation: 1, version: 2, issuedAt: at };
    const published = { ...tuple, expiresAt: at, signedElsewhere: false };
    const url = 'https://pins.example.com/c/x';
    const record: ConfigRecord = {
      ...blankConfigRecord,
      incidents: {
        config_unreachable: {
          ...{ id: 'mhx3k9a0-c0nf1g', kind: 'config_unreachable', severity: 'critical' },
          ...{ since: clock, toldAt: clock, told: [] },
        },
      },
      report: {
        ...{ channel: 'x', roots: [], published, certifiedAt: at, renewalFailure: null },
        urls: [{ url, problem: 'unreachable', detail: 'expected status 200, found 503', found: null }],
      },
    };
    expect(await watchStore.commit('acme', '', record, [], clock)).toBe('stored');
    await contactsBecome(...contacts, 'new@example.com');
    await deliver();
    const [mail] = await smtp.next();
    expect(mail?.to).toEqual(['new@example.com']);
    expect(mail?.mail.subject).toBe(
      'signed configuration: unreachable - CRITICAL still: apps cannot fetch it [acme]',
    );
    expect(mail?.mail.text).toContain('You are now a contact of account acme');
  });

  test('a new contact is notified that pinwatch is blind', async () => {
    await deliver();
    const { blind: report } = blindNotice();
    const incident = { id: 'mhx3k9a0-b1ind', kind: 'blind', severity: 'critical' } as const;
    const record = { ...sighted, report, incident: { ...incident, since: clock, toldAt: clock, told: [] } };
    expect(await createSightStore(link.redis).commit('acme', '', record, [], clock)).toBe('stored');
    await contactsBecome(...contacts, 'new@example.com');
    await deliver();
    const [mail] = await smtp.next();
    expect(mail?.to).toEqual(['new@example.com']);
    expect(mail?.mail.subject).toBe('pinwatch is blind - CRITICAL still: 400 domains out of sight [acme]');
  });

  test('a new contact is told what a clock that has been set back since told, whatever waits', async () => {
    expect(await deliver()).toBeNull();
    await happen('news', 'untrusted');
    // As a probe leaves it after the step: told at the latest a moment ago, and after what waits.
    clock += second;
    const kept = await openIncident('ahead');
    await contactsBecome(...contacts, 'new@example.com');
    expect(await deliver()).toBe(29 * second);
    expect(smtp.received.map(({ to }) => to)).toEqual([['new@example.com']]);
    expect(smtp.received.map(incidents)).toEqual([[kept.id]]);
  });

  test('a mail server that takes minutes over its last word holds neither the round nor another letter up', async () => {
    smtp.afterData('stall');
    await happen('slow');
    clock += 30 * second;
    const stalled = smtp.next();
    expect(await deliver(mailer, 200)).toBeNull();
    await stalled;
    expect(lingering).toHaveLength(1);
    smtp.afterData('answer');
    clock += 5 * minute;
    await happen('quick');
    clock += 30 * second;
    // The slow letter is claimed, and may have been accepted: nothing joins it.
    expect(await deliver()).toBe(15 * second);
    expect(smtp.received.map(incidents)).toEqual([['slow'], ['quick']]);
    // The connection ends without an answer: the next copy waits.
    await mailer.close();
    expect(await lingering[0]).toBe(clock + 45 * second);
    expect(await createOutbox(link.redis).letters('acme')).toMatchObject([
      { addressees: [{ copies: 1 }, { copies: 1 }], isClaimed: false },
    ]);
  });

  test('a letter that may have been accepted is sent again at growing intervals, with the same Message-ID and its age', async () => {
    smtp.afterData('vanish');
    await happen('one');
    clock += 30 * second;
    const waits: (number | null)[] = [];
    for (let copy = 0; copy < 4; copy += 1) {
      const wait = await deliver();
      waits.push(wait);
      clock += wait ?? 0;
    }
    expect(waits).toEqual([45_000, 72_000, 115_200, 184_320]);
    smtp.afterData('answer');
    expect(await deliver()).toBeNull();
    expect(new Set(smtp.received.map(({ mail }) => mail.messageId)).size).toBe(1);
    expect(smtp.received[0]?.mail.text).toContain('30 s before this report');
    expect(smtp.received.at(-1)?.mail.text).toContain('7 min before this report');
  });

  test('a contact refused for good is given up, one refused for now is retried, the others have theirs', async () => {
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
    // A partial delivery is not an outage: the next letter does not wait for it.
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
    // A machine that was asleep that long has tried once, and continues for some hours.
    for (let attempt = 2; attempt < 50; attempt += 1) {
      expect(await deliver()).not.toBeNull();
      clock += 5 * minute;
    }
    expect(await deliver()).toBeNull();
    expect(outcomes().slice(-2)).toEqual(contacts.map((contact) => `failed_permanent ${contact}`));
    expect(await createOutbox(link.redis).owes('acme')).toBe(false);
  });

  test('a clock that was ahead and is set back delays nothing: neither waiting notices nor retries', async () => {
    smtp.fail('*', 451);
    clock += 2 * 60 * minute;
    await happen('one');
    clock += 30 * second;
    await deliver();
    await happen('two');
    clock -= 2 * 60 * minute;
    smtp.fail('*', null);
    expect(await deliver()).toBeNull();
    expect(smtp.received.flatMap(incidents).sort()).toEqual(['one', 'two']);
    // No report tells of what comes after it.
    const readableNow = new Date(clock).toISOString().slice(0, 19).replace('T', ' ');
    for (const { mail } of smtp.received) {
      expect(mail.text).toMatch(new RegExp(`^reported +${readableNow} UTC$`, 'm'));
      expect(mail.text).toMatch(new RegExp(`^since +${readableNow} UTC \\(0 s before this report\\)$`, 'm'));
    }
    // The pace is that of the right clock again.
    clock += minute;
    await happen('three');
    expect(await deliver()).toBe(4 * minute);
  });

  test('killed after the mail server accepted it and before that was stored: sent again with the same Message-ID', async () => {
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
    expect(await deliver()).toBe(15 * second);
    expect(smtp.received).toHaveLength(1);
    await letClaimsRunOut();
    expect(await deliver()).toBeNull();
    expect(smtp.received.map(incidents)).toEqual([['one'], ['one']]);
    const [first, again] = smtp.received;
    expect(first?.mail.messageId).toMatch(/^<.+@.+>$/);
    expect(again?.mail.messageId).toBe(first?.mail.messageId);
  });

  test('killed while it tells the beginning: the end waits for that, and what else is new does not', async () => {
    await happen('one');
    clock += 30 * second;
    await expect(deliver(killed)).rejects.toThrow('killed');
    clock += 5 * minute;
    await happen('one', 'pin_mismatch', { transition: 'closed' });
    await happen('two', 'untrusted');
    clock += 30 * second;
    // Another takes over; the letter is still claimed.
    expect(await deliver()).toBe(5 * second);
    expect(smtp.received.map(steps)).toEqual([['opened two']]);
    // What comes now does not wait with the end.
    clock += 5 * minute;
    await happen('three', 'unreachable');
    clock += 30 * second;
    expect(await deliver()).toBe(5 * second);
    expect(smtp.received.map(steps)).toEqual([['opened two'], ['opened three']]);
    await letClaimsRunOut();
    expect(await deliver()).toBe(5 * second);
    clock += 5 * second;
    expect(await deliver()).toBeNull();
    expect(smtp.received.slice(2).map(steps)).toEqual([['opened one'], ['closed one']]);
  });

  test('whoever could not be told of the beginning is told of it before the end; the others do not wait', async () => {
    smtp.fail('devops@example.com', 451);
    await happen('one');
    clock += 30 * second;
    expect(await deliver()).toBe(2 * second);
    clock += 5 * minute;
    // The beginning, once more, and after a pause of 4 s another time.
    expect(await deliver()).toBe(4 * second);
    await happen('one', 'pin_mismatch', { transition: 'closed' });
    clock += second;
    smtp.fail('devops@example.com', null);
    expect(await deliver()).toBe(3 * second);
    clock += 29 * second;
    for (;;) {
      const waitMs = await deliver();
      if (waitMs === null) break;
      clock += waitMs;
    }
    const got = (contact: string) => smtp.received.filter(({ to }) => to.includes(contact)).map(steps);
    expect(got('lead@example.com')).toEqual([['opened one'], ['closed one']]);
    expect(got('devops@example.com')).toEqual([['opened one'], ['closed one']]);
  });

  test('an end waits for its beginning whatever the clocks of the processes say', async () => {
    clock += 120 * minute;
    await happen('one');
    clock += 30 * second;
    await expect(deliver(killed)).rejects.toThrow('killed');
    // The others have the right time.
    clock -= 120 * minute;
    await happen('one', 'pin_mismatch', { transition: 'closed' });
    clock += 5 * minute;
    expect(await deliver()).toBe(5 * second);
    expect(smtp.received).toEqual([]);
    await letClaimsRunOut();
    for (let waitMs: number | null = 0; waitMs !== null; waitMs = await deliver()) clock += waitMs;
    expect(smtp.received.map(steps)).toEqual([['opened one'], ['closed one']]);
  });

  test('an end that joins an older letter waits for a younger one', async () => {
    // One process has the older letter while another makes the next one, and is killed.
    await happen('one');
    clock += 30 * second;
    let fail: (error: Error) => void = () => {};
    const isSending = new Promise<void>((begun) => {
      const hangs = (): Promise<never> =>
        new Promise((_, reject) => {
          fail = reject;
          begun();
        });
      void deliver({ send: hangs, close: async () => {} }).catch(() => {});
    });
    await isSending;
    clock += 5 * minute;
    await happen('two', 'untrusted');
    clock += 30 * second;
    await expect(deliver(killed)).rejects.toThrow('killed');
    fail(new Error('killed'));
    // As if it had been refused.
    const [older] = await createOutbox(link.redis).letters('acme');
    await link.redis.hdel(accountKeys('acme').letterClaims, older?.id ?? '');
    clock += 5 * minute;
    await happen('two', 'untrusted', { transition: 'closed' });
    clock += 30 * second;
    expect(await deliver()).toBe(5 * second);
    expect(smtp.received.map(steps)).toEqual([['opened one']]);
    await letClaimsRunOut();
    for (let waitMs: number | null = 0; waitMs !== null; waitMs = await deliver()) clock += waitMs;
    expect(smtp.received.map(steps)).toEqual([['opened one'], ['opened two'], ['closed two']]);
  });

  test('an end does not wait if the same has begun again: the last that people read is that it is open', async () => {
    await happen('one');
    clock += 30 * second;
    await expect(deliver(killed)).rejects.toThrow('killed');
    clock += 5 * minute;
    await happen('one', 'pin_mismatch', { transition: 'closed' });
    clock += second;
    await happen('two');
    clock += 30 * second;
    await deliver();
    expect(smtp.received.map((mail) => steps(mail).sort())).toEqual([['closed one', 'opened two']]);
    await letClaimsRunOut();
    expect(await deliver()).toBeNull();
    expect(smtp.received.slice(1).map(steps)).toEqual([['opened one']]);
  });

  test.each(['{', '{}', '{"id":"x","createdAt":1,"addressees":7}'])(
    'a letter whose state is %s holds up no other one',
    async (damaged) => {
      await link.redis.hset(accountKeys('acme').letters, 'x', damaged);
      await happen('one');
      clock += 30 * second;
      expect(await deliver()).toBeNull();
      expect(smtp.received.map(steps)).toEqual([['opened one']]);
    },
  );

  test.each(['[{"incident":', '{}', '[null]', '[{"incident":7}]'])(
    'a letter that says %s is dropped, reported, and holds up no other one',
    async (damaged) => {
      smtp.fail('*', 451);
      await happen('one');
      clock += 30 * second;
      await deliver();
      const { letterBodies } = accountKeys('acme');
      const [id = ''] = await link.redis.hkeys(letterBodies);
      await happen('two', 'untrusted');
      clock += 5 * minute + 30 * second;
      await link.redis.hset(accountKeys('acme').letterClaims, id, '1 gone');
      await link.redis.hset(letterBodies, id, damaged);
      smtp.fail('*', null);
      const unreadable: unknown[] = [];
      const outbox = createOutbox(link.redis, (value) => unreadable.push(value));
      expect(await deliver(mailer, 60_000, { outbox })).toBeNull();
      expect(smtp.received.map(steps)).toEqual([['opened two']]);
      expect(unreadable).toMatchObject([{ key: letterBodies, field: id, account: 'acme' }]);
      expect(await outbox.owes('acme')).toBe(false);
    },
  );

  test('an end does not wait any longer once the beginning may have been accepted twice', async () => {
    smtp.afterData('vanish');
    await happen('one');
    clock += 30 * second;
    for (let copies = 1; copies < 3; copies += 1) clock += (await deliver()) ?? 0;
    await happen('one', 'pin_mismatch', { transition: 'closed' });
    clock += 5 * minute;
    const before = smtp.received.length;
    await deliver();
    expect(smtp.received.slice(before).map(steps)).toContainEqual(['closed one']);
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

  test('processes that set an end apart at once tell everything once', async () => {
    for (let round = 0; round < 3; round += 1) {
      const [one, two] = [`one-${round}`, `two-${round}`];
      const before = smtp.received.length;
      await happen(one);
      clock += 30 * second;
      await expect(deliver(killed)).rejects.toThrow('killed');
      clock += 5 * minute;
      await happen(one, 'pin_mismatch', { transition: 'closed' });
      await happen(two, 'untrusted');
      clock += 30 * second;
      await Promise.all([deliver(), deliver(), deliver()]);
      await letClaimsRunOut();
      const waits = async () => Promise.all([deliver(), deliver(), deliver()]);
      for (let left = await waits(); left.some((wait) => wait !== null); left = await waits()) {
        clock += Math.min(...left.map((wait) => wait ?? day));
      }
      expect(smtp.received.slice(before).map(steps)).toEqual([
        [`opened ${two}`],
        [`opened ${one}`],
        [`closed ${one}`],
      ]);
      clock += 5 * minute;
    }
  });

  test('a missing backup pin is sent with the next letter, and at most once a week', async () => {
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

  test('notices without a job are found', async () => {
    const nudged: string[] = [];
    const ports = {
      accounts: createProvisioningStore(link.redis).accounts,
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

  test('letters are written to a folder if there is no mail server', async () => {
    const directory = join(await mkdtemp(join(tmpdir(), 'pinwatch-mail-')), 'mail');
    const folder = createMailFolder({ directory, from: 'pinwatch@example.com' });
    await happen('one');
    clock += 30 * second;
    expect(await deliver(folder)).toBeNull();
    const files = await readdir(directory);
    expect(files).toHaveLength(1);
    expect(await readFile(join(directory, files[0] ?? ''), 'utf8')).toContain('Message-ID: <');
    expect(outcomes()).toEqual(contacts.map((contact) => `written ${contact}`));
    await rm(join(directory, '..'), { recursive: true });
  });
});
