import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/mail/smtp.ts';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../src/adapters/redis/keys.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createOverviewReader } from '../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import type { Transition } from '../../src/core/incident.ts';
import type { NotifyChannel } from '../../src/core/notify-channel.ts';
import type { DeliverPorts } from '../../src/flow/deliver-notices.ts';
import type { Happening } from '../../src/flow/journal.ts';
import type { Mailer } from '../../src/flow/mailer.ts';
import { domain, statusFor, transition } from '../adapters/redis/domains.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { type Hook, startHook } from '../support/hook.ts';
import { now, rules } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';
import { type SmtpServer, startSmtp } from '../support/smtp.ts';
import { deliverRound } from './deliver-rig.ts';

const _never = new AbortController().signal;
const second = 1_000;
const key = 'a-key-of-the-webhook';
const ref = { account: 'acme', domain: 'api.example.com' };

interface Told {
  readonly transitions: readonly { readonly incident: string; readonly transition: string }[];
}

requires('redis-server')('channels, with the outbox in Redis and real servers', () => {
  let redis: RedisServer;
  let link: RedisLink;
  let smtp: SmtpServer;
  let mailer: Mailer;
  let hooks: Hook[];
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
    hooks = await Promise.all([startHook(), startHook()]);
    clock = now;
    happenings = [];
  });
  afterEach(async () => {
    await mailer.close();
    await Promise.all([smtp.close(), ...hooks.map((hook) => hook.close())]);
  });

  const first = (): Hook => hooks[0] as Hook;
  const other = (): Hook => hooks[1] as Hook;
  const channel = (name: string, { url }: Hook, more: Partial<NotifyChannel> = {}): NotifyChannel => {
    return { name, type: 'webhook', url, key, minSeverity: 'info', ...more };
  };
  async function channelsAre(...channels: NotifyChannel[]): Promise<void> {
    const contacts = ['devops@example.com'];
    const account = { name: 'acme', contacts, channels, domains: [domain('api.example.com')] };
    await createProvisioningStore(link.redis).provision([account]);
  }
  async function happen(incident: string, more: Partial<Transition> = {}): Promise<void> {
    const store = createProbeStore(link.redis);
    const loaded = await store.load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    const at = new Date(clock).toISOString();
    const status = statusFor(loaded.domain, loaded.record);
    const notice = transition(incident, { at, since: at, ...more });
    expect(await store.commit(ref, loaded.token, loaded.record, status, [notice], clock)).toBe('stored');
  }
  /** Runs one round, of a process of its own. Returns when to come again, in milliseconds from now. */
  async function deliver(allow = ['127.0.0.0/8'], more: Partial<DeliverPorts> = {}): Promise<number | null> {
    return deliverRound({
      ...{ redis: link.redis, mailer, clock: () => clock, allow },
      journal: (happening: Happening) => happenings.push(happening),
      ...more,
    });
  }
  const incidentsOf = ({ received }: Hook) =>
    received.map(({ body }) => (JSON.parse(body) as Told).transitions.map(({ incident }) => incident));
  const outcomes = () =>
    happenings.flatMap((one) => (one.kind === 'channel_delivered' ? [`${one.channel} ${one.outcome}`] : []));

  test('each channel gets what the mail has, and is retried alone', async () => {
    await channelsAre(channel('one', first()), channel('two', other()));
    first().answer = { status: 500 };
    await happen('x');
    clock += 30 * second;
    expect(await deliver()).toBe(2 * second);
    expect(smtp.received).toHaveLength(1);
    expect(outcomes().sort()).toEqual(['one failed_temporary', 'two sent']);
    first().answer = { status: 200, body: 'ok' };
    clock += 2 * second;
    expect(await deliver()).toBeNull();
    expect(incidentsOf(first())).toEqual([['x'], ['x']]);
    expect(incidentsOf(other())).toEqual([['x']]);
    expect(smtp.received).toHaveLength(1);
    const ids = first().received.map(({ headers }) => headers['pinwatch-id']);
    expect(ids[0]).toBe(ids[1]);
    expect(await createOutbox(link.redis).owes('acme')).toBe(false);
  });

  test('an end waits until the process that tells the beginning has told it, or another has', async () => {
    await channelsAre(channel('one', first()));
    await happen('x');
    clock += 30 * second;
    const killed = { send: () => Promise.reject(new Error('killed')) };
    await expect(deliver(undefined, { notifier: killed })).rejects.toThrow('killed');
    await happen('x', { transition: 'closed' });
    clock += 330 * second;
    expect(await deliver()).toBe(5 * second);
    expect(incidentsOf(first())).toEqual([]);
    expect(smtp.received).toHaveLength(2);
    await link.redis.del(accountKeys('acme').letterClaims);
    expect(await deliver()).toBe(second);
    clock += second;
    expect(await deliver()).toBeNull();
    const steps = first().received.map(({ body }) => (JSON.parse(body) as Told).transitions);
    expect(steps).toMatchObject([[{ transition: 'opened' }], [{ transition: 'closed' }]]);
  });

  test('in quiet hours, an end that waits for its beginning holds up nothing critical', async () => {
    const pager = channel('pager', first(), { type: 'pagerduty' });
    await channelsAre(pager);
    await happen('x', { severity: 'warning' });
    clock += 30 * second;
    const killed = { send: () => Promise.reject(new Error('killed')) };
    await expect(deliver(undefined, { notifier: killed })).rejects.toThrow('killed');
    // All day but a minute.
    await channelsAre({ ...pager, quietHours: { from: 0, to: 1_439, timeZone: 'UTC' } });
    const { letterClaims } = accountKeys('acme');
    for (const id of await link.redis.hkeys(letterClaims)) await link.redis.hset(letterClaims, id, '1 gone');
    await happen('x', { severity: 'warning', transition: 'closed' });
    clock += 330 * second;
    expect(await deliver()).toBeGreaterThanOrEqual(60 * second);
    await happen('y', { kind: 'untrusted' });
    clock += 330 * second;
    expect(await deliver()).toBeGreaterThanOrEqual(60 * second);
    const events = () => first().received.map(({ body }) => JSON.parse(body) as Record<string, string>);
    expect(events()).toMatchObject([{ dedup_key: 'y', event_action: 'trigger' }]);
    // The same as `x`, again: its end still waits, or the trigger of `x` would come last, and nothing would resolve it.
    await happen('z');
    clock += 330 * second;
    await deliver();
    await channelsAre(pager);
    for (let waitMs: number | null = 0; waitMs !== null; waitMs = await deliver()) clock += waitMs;
    const actions = events().map((one) => `${one.event_action} ${one.dedup_key}`);
    expect(actions).toEqual(['trigger y', 'trigger z', 'trigger x', 'resolve x']);
  });

  test('an alert is resolved after it was triggered, whatever the clocks of the processes say', async () => {
    await channelsAre(channel('pager', first(), { type: 'pagerduty' }));
    clock += 7_200 * second;
    await happen('x');
    clock += 30 * second;
    const killed = { send: () => Promise.reject(new Error('killed')) };
    await expect(deliver(undefined, { notifier: killed })).rejects.toThrow('killed');
    clock -= 7_200 * second;
    await happen('x', { transition: 'closed' });
    clock += 330 * second;
    await deliver();
    const { letterClaims } = accountKeys('acme');
    for (const id of await link.redis.hkeys(letterClaims)) await link.redis.hset(letterClaims, id, '1 gone');
    for (let waitMs: number | null = 0; waitMs !== null; waitMs = await deliver()) clock += waitMs;
    const actions = first().received.map(
      ({ body }) => (JSON.parse(body) as { event_action: string }).event_action,
    );
    expect(actions).toEqual(['trigger', 'resolve']);
  });

  test('what happens while a channel is away joins its letter, and its mail does not wait', async () => {
    await channelsAre(channel('one', first()));
    first().answer = { status: 503, headers: { 'retry-after': '900' } };
    await happen('x');
    clock += 30 * second;
    expect(await deliver()).toBe(900 * second);
    clock += 600 * second;
    await happen('y');
    clock += 30 * second;
    expect(await deliver()).toBe(270 * second);
    expect(smtp.received).toHaveLength(2);
    expect(first().received).toHaveLength(1);
    // What waits for a channel is not mail that waits.
    expect(await createOverviewReader(link.redis).noticesPending()).toBe(0);
    first().answer = { status: 200 };
    clock += 270 * second;
    expect(await deliver()).toBeNull();
    expect(incidentsOf(first()).at(-1)).toEqual(['x', 'y']);
    // Perhaps it has `x` already, and does not read what it takes for a repeat.
    expect(new Set(first().received.map(({ headers }) => headers['pinwatch-id'])).size).toBe(2);
  });

  test('a refusal ends it, and is reported without the URL and the key', async () => {
    await channelsAre(channel('one', first()));
    first().answer = { status: 422, body: `no ${first().url}, ${key}` };
    await happen('x');
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    expect(outcomes()).toEqual(['one failed_permanent']);
    expect(JSON.stringify(happenings)).not.toMatch(/token-4711|a-key-of/);
  });

  test('a refused key or an unknown URL can be mended, so it is tried again', async () => {
    await channelsAre(channel('one', first()));
    await happen('x');
    clock += 30 * second;
    for (const status of [401, 403, 404]) {
      first().answer = { status };
      const waitMs = await deliver();
      expect(waitMs).not.toBeNull();
      clock += waitMs ?? 0;
    }
    first().answer = { status: 200 };
    expect(await deliver()).toBeNull();
    expect(incidentsOf(first()).at(-1)).toEqual(['x']);
  });

  test('a corrected URL counts at the next attempt, and what is owed to a removed channel is dropped', async () => {
    await channelsAre(channel('one', first()), channel('two', first()));
    first().answer = { status: 500 };
    await happen('x');
    clock += 30 * second;
    await deliver();
    await channelsAre(channel('one', other()));
    clock += 2 * second;
    expect(await deliver()).toBeNull();
    expect(incidentsOf(other())).toEqual([['x']]);
    expect(happenings.filter(({ kind }) => kind === 'channel_dropped')).toMatchObject([
      { channel: 'two', notices: 1 },
    ]);
  });

  test('less severe notices are left out, and warnings wait for the end of the quiet hours', async () => {
    const quietHours = { from: 0, to: 1_439, timeZone: 'UTC' };
    await channelsAre(
      channel('one', first(), { minSeverity: 'critical' }),
      channel('two', other(), { quietHours }),
    );
    clock = Date.parse('2026-11-27T23:00:00Z');
    await happen('x', { severity: 'warning' });
    clock += 30 * second;
    expect(await deliver()).toBe((58 * 60 + 30) * second);
    expect([first().received, other().received]).toEqual([[], []]);
    clock += 10 * 60 * second;
    await happen('y');
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    expect(incidentsOf(first())).toEqual([['y']]);
    expect(incidentsOf(other())).toEqual([['x', 'y']]);
  });

  test('a letter that waits, for the end of the quiet hours or for its service, delays no later one', async () => {
    // All day but a minute.
    const quietHours = { from: 0, to: 24 * 60 - 1, timeZone: 'UTC' };
    await channelsAre(channel('ops', first(), { quietHours }), channel('chat', other()));
    other().answer = { status: 500 };
    await happen('warned', { severity: 'warning' });
    clock += rules.groupWaitMs;
    await deliver();
    expect(incidentsOf(first())).toEqual([]);
    // By then, nothing joins the first letter.
    clock += 25 * 3_600_000;
    await happen('broken', { severity: 'critical' });
    clock += rules.groupWaitMs;
    const before = other().received.length;
    await deliver();
    expect(incidentsOf(first())).toEqual([['broken']]);
    expect(incidentsOf(other()).slice(before).sort()).toEqual([['broken'], ['warned']]);
  });

  test('a digest that cannot be made holds back no mismatch, and is no silent failure', async () => {
    await channelsAre(channel('ops', first()));
    await happen('broken');
    clock += rules.groupWaitMs;
    const makeDigest = async () => {
      throw new Error('no digest');
    };
    await expect(deliver(undefined, { makeDigest })).rejects.toThrow('no digest');
    expect(incidentsOf(first())).toEqual([['broken']]);
    expect(smtp.received).toHaveLength(1);
  });

  test("a domain's notices go to its channels alone, and by mail if these are gone", async () => {
    await channelsAre(channel('one', first()), channel('two', other()));
    await happen('x', { channels: ['one'] });
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    expect([incidentsOf(first()), incidentsOf(other()), smtp.received]).toEqual([[['x']], [], []]);
    clock += 300 * second;
    await happen('y', { channels: ['mail', 'two'] });
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    expect([incidentsOf(first()), incidentsOf(other())]).toEqual([[['x']], [['y']]]);
    expect(smtp.received).toHaveLength(1);
    await channelsAre(channel('two', other()));
    clock += 300 * second;
    await happen('z', { channels: ['one'] });
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    expect(smtp.received).toHaveLength(2);
    expect(incidentsOf(other())).toEqual([['y']]);
  });

  test('the network policy and redirects are refused', async () => {
    await channelsAre(channel('one', first()));
    await happen('x');
    clock += 30 * second;
    await deliver([]);
    first().answer = { status: 307, headers: { location: other().url } };
    clock += 2 * second;
    await deliver();
    expect(outcomes()).toEqual(['one failed_temporary', 'one failed_temporary']);
    expect(first().received).toHaveLength(1);
    expect(other().received).toEqual([]);
    expect(JSON.stringify(happenings)).toMatch(
      /127\.0\.0\.1 is a loopback address.*redirects are not followed/,
    );
  });
});
