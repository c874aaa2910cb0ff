import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/mail/smtp.ts';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { createDigestStore } from '../../src/adapters/redis/digest-store.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createOverviewReader } from '../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import type { DigestNotice } from '../../src/core/digest.ts';
import type { NotifySettings } from '../../src/core/settings.ts';
import type { Happening } from '../../src/flow/journal.ts';
import { createDueDigests, makeDigest } from '../../src/flow/make-digest.ts';
import { domain, statusFor, transition } from '../adapters/redis/domains.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { machinePart } from '../service/stage.ts';
import { day, rules } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';
import { type Received, type SmtpServer, startSmtp } from '../support/smtp.ts';
import { deliverRound } from './deliver-rig.ts';

const minute = 60_000;
const _never = new AbortController().signal;

requires('redis-server')('the digest, from records in Redis to the mail', () => {
  let server: RedisServer;
  let link: RedisLink;
  let smtp: SmtpServer;
  let mailer: ReturnType<typeof createSmtpMailer>;
  let clock: number;
  let happenings: Happening[];

  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(async () => {
    await link.redis.flushall();
    smtp = await startSmtp();
    mailer = createSmtpMailer({ url: smtp.url, from: 'pinwatch@example.com' });
    clock = Date.parse('2026-11-22T04:10:54Z');
    happenings = [];
    await mute(clock + 300 * day);
  });
  afterEach(async () => {
    await mailer.close();
    await smtp.close();
  });

  /** Registers the account's domain afresh; `until` 0: it is not muted. */
  async function mute(until: number): Promise<void> {
    const muted = until === 0 ? {} : { mutedAt: clock, mutedUntil: until };
    const domains = [domain('api.example.com', muted)];
    await createProvisioningStore(link.redis).provision([
      { name: 'acme', contacts: ['devops@example.com'], domains },
    ]);
    const ref = { account: 'acme', domain: 'api.example.com' };
    const loaded = await createProbeStore(link.redis).load(ref);
    if (loaded === null) throw new Error('expected a registered domain');
    const status = { ...statusFor(loaded.domain, loaded.record), mutedUntil: until };
    await createProbeStore(link.redis).commit(ref, loaded.token, loaded.record, status, [], clock);
  }
  async function missBackupPin(incident: string): Promise<void> {
    const ref = { account: 'acme', domain: 'api.example.com' };
    const loaded = await createProbeStore(link.redis).load(ref);
    if (loaded === null) throw new Error('expected a registered domain');
    const at = new Date(clock).toISOString();
    const notice = transition(incident, { at, since: at, severity: 'warning' }, 'no_backup_pin');
    const status = { ...statusFor(loaded.domain, loaded.record), open: ['no_backup_pin' as const] };
    await createProbeStore(link.redis).commit(ref, loaded.token, loaded.record, status, [notice], clock);
  }
  const ports = () => ({
    digestStore: createDigestStore(link.redis),
    outbox: createOutbox(link.redis),
    statusesOf: createOverviewReader(link.redis).statusesOf,
    clock: () => clock,
    journal: (happening: Happening) => happenings.push(happening),
  });
  async function deliver(own: NotifySettings = rules): Promise<void> {
    await deliverRound({
      ...{ redis: link.redis, mailer, rules: own, ...ports() },
      makeDigest: (account, settings) => makeDigest(account, settings, ports()),
    });
  }
  /** The round that makes what is due, and the one that sends it. */
  async function twice(own: NotifySettings = rules): Promise<void> {
    await deliver(own);
    clock += minute;
    await deliver(own);
  }
  const digestsIn = (received: Received | undefined) => {
    if (received === undefined) return [];
    return (machinePart(received) as { digests?: readonly DigestNotice[] }).digests ?? [];
  };

  test('comes a week after the account was first seen, and weekly while there is something to say', async () => {
    await twice();
    clock += 7 * day - 2 * minute;
    await twice();
    expect(smtp.received).toHaveLength(0);
    clock += 2 * minute;
    await twice();
    const [first] = smtp.received;
    expect(first?.mail.subject).toBe('digest - INFO: 1 muted [acme]');
    expect(first?.mail.text).toContain('MUTED (1)');
    expect(first?.mail.text).toContain('api.example.com: until 2027-09-18 04:10:54 UTC');
    expect(digestsIn(first)).toMatchObject([
      { kind: 'digest', severity: 'info', digest: { muted: { count: 1 }, noBackupPin: { count: 0 } } },
    ]);
    expect(happenings.filter(({ kind }) => kind === 'digest')).toEqual([{ kind: 'digest', account: 'acme' }]);
    clock += 6 * day;
    await twice();
    expect(smtp.received).toHaveLength(1);
    clock += day;
    await twice();
    expect(smtp.received).toHaveLength(2);
    await mute(0);
    clock += 8 * day;
    await twice();
    expect(smtp.received).toHaveLength(2);
  });

  test('is one mail with a missing backup pin that is told in the same week', async () => {
    await twice();
    clock += 8 * day;
    await missBackupPin('bare');
    await twice();
    expect(smtp.received).toHaveLength(1);
    const [mail] = smtp.received;
    expect(mail && machinePart(mail).transitions.map(({ kind }) => kind)).toEqual(['no_backup_pin']);
    expect(digestsIn(mail)).toMatchObject([{ digest: { noBackupPin: { shown: ['api.example.com'] } } }]);
    expect(mail?.mail.subject).toMatch(/^api\.example\.com: no backup pin - WARNING: /);
  });

  test('waits, with what it then says, for the next weekly mail after one that came alone', async () => {
    await twice();
    clock += 3 * day;
    await missBackupPin('bare');
    await twice();
    expect(smtp.received.map(digestsIn)).toEqual([[]]);
    clock += 5 * day;
    await twice();
    expect(smtp.received).toHaveLength(1);
    clock += 2 * day;
    await twice();
    expect(smtp.received.map((mail) => digestsIn(mail).length)).toEqual([0, 1]);
  });

  test('can be switched off, and have another period', async () => {
    await twice();
    clock += 30 * day;
    await twice({ ...rules, digestEveryMs: 0 });
    expect(smtp.received).toHaveLength(0);
    await twice();
    clock += day;
    await twice({ ...rules, digestEveryMs: day });
    expect(smtp.received).toHaveLength(2);
  });

  test('is made once, however many processes find it due', async () => {
    await makeDigest('acme', rules, ports());
    clock += 8 * day;
    await Promise.all(Array.from({ length: 4 }, () => makeDigest('acme', rules, ports())));
    await twice();
    expect(smtp.received.map((mail) => digestsIn(mail).length)).toEqual([1]);
  });

  test('is found when it is due, although nothing else is owed', async () => {
    let own: NotifySettings = rules;
    const { isDue } = createDueDigests({ ...ports(), rules: async () => own });
    expect(await isDue('acme')).toBe(true);
    await makeDigest('acme', rules, ports());
    expect(await isDue('acme')).toBe(false);
    clock += 7 * day;
    expect(await isDue('acme')).toBe(true);
    own = { ...rules, digestEveryMs: 0 };
    expect(await isDue('acme')).toBe(false);
    // Within an hour, another setting counts.
    own = rules;
    clock += 60 * minute;
    expect(await isDue('acme')).toBe(true);
    await link.redis.set('pinwatch:{acme}:digest', '[]');
    expect(await isDue('acme')).toBe(true);
  });
});
