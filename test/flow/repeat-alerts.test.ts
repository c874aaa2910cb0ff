import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/mail/smtp.ts';
import { createAdminStore } from '../../src/adapters/redis/admin-store.ts';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import { rfc3339 } from '../../src/core/clock.ts';
import type { Transition } from '../../src/core/incident.ts';
import type { NotifyChannel } from '../../src/core/notify-channel.ts';
import type { DomainRecord } from '../../src/core/record.ts';
import type { Happening } from '../../src/flow/journal.ts';
import type { Mailer } from '../../src/flow/mailer.ts';
import { domain, statusFor, transition } from '../adapters/redis/domains.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { type Alertmanager, alertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { type Hook, startHook } from '../support/hook.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';
import { type SmtpServer, startSmtp } from '../support/smtp.ts';
import { deliverRound } from './deliver-rig.ts';

const _never = new AbortController().signal;
const second = 1_000;
const minute = 60 * second;
const ref = { account: 'acme', domain: 'api.example.com' };

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

requires('redis-server', alertmanager)('Alertmanager, with the outbox in Redis', () => {
  let redis: RedisServer;
  let link: RedisLink;
  let smtp: SmtpServer;
  let mailer: Mailer;
  let hook: Hook;
  let clock: number;
  let happenings: Happening[];
  const closing: (() => Promise<void>)[] = [];

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
    hook = await startHook();
    // Alertmanager has no other clock than the real one.
    clock = Math.floor(Date.now() / second) * second;
    happenings = [];
  });
  afterEach(async () => {
    await mailer.close();
    await Promise.all([smtp.close(), hook.close(), ...closing.splice(0).map((close) => close())]);
  });

  async function channelsAre(...channels: Partial<NotifyChannel>[]): Promise<void> {
    const account = {
      ...{ name: 'acme', contacts: ['devops@example.com'], domains: [domain('api.example.com')] },
      channels: channels.map(
        (more): NotifyChannel => ({
          ...{ name: 'am', type: 'alertmanager', url: hook.url, minSeverity: 'info', ...more },
        }),
      ),
    };
    await createProvisioningStore(link.redis).provision([account]);
  }
  /** Stores a transition with the record that it leaves, as a probe does. */
  async function happen(step: Transition['transition'], more: Partial<Transition> = {}): Promise<void> {
    const store = createProbeStore(link.redis);
    const loaded = await store.load(ref);
    if (!loaded) throw new Error('expected a registered domain');
    const at = new Date(clock).toISOString();
    const notice = transition('incident-1', { transition: step, at, since: at, ...more });
    const { kind, severity, check } = notice;
    const open = { id: notice.incident, kind, severity, since: clock, toldAt: clock, told: [], trails: {} };
    const record: DomainRecord = {
      ...loaded.record,
      incidents: step === 'closed' ? {} : { [kind]: open },
      lastCheck: check,
    };
    const status = statusFor(loaded.domain, record);
    expect(await store.commit(ref, loaded.token, record, status, [notice], clock)).toBe('stored');
  }
  /** Runs one round, of a process of its own. Returns when to come again, in milliseconds from now. */
  async function deliver(): Promise<number | null> {
    return deliverRound({
      ...{ redis: link.redis, mailer, clock: () => clock },
      journal: (happening: Happening) => happenings.push(happening),
      ...{ publicUrl: 'https://pinwatch.example.com', runbookUrl: 'https://wiki.example.com/runbook' },
    });
  }
  async function mute(): Promise<void> {
    const store = createAdminStore(link.redis);
    const found = await store.domain(ref);
    if (!found) throw new Error('expected a registered domain');
    const muted = { ...found.value, mutedUntil: clock + 60 * minute, mutedAt: clock };
    const at = new Date(clock).toISOString();
    const entry = { action: 'domain_muted', at, by: 'ops', detail: '', domain: ref.domain } as never;
    expect(await store.saveDomain(ref, found.text, muted, entry)).toBe('stored');
  }
  const owes = () => createOutbox(link.redis).owes('acme');
  const posted = () => hook.received.flatMap(({ body }) => JSON.parse(body) as Posted[]);
  async function started(): Promise<Alertmanager> {
    const real = await startAlertmanager({
      // An alert without an end of its own is over after this time.
      global: { resolve_timeout: '1s' },
      route: { receiver: 'none' },
      receivers: [{ name: 'none' }],
    });
    closing.push(real.close);
    return real;
  }

  test('shows an incident until it is closed, beyond its resolve_timeout and its own restart', async () => {
    const real = await started();
    await channelsAre({ url: `http://${real.address}` });
    clock -= 30 * second;
    await happen('opened');
    clock += 30 * second;
    expect(await deliver()).toBe(2 * minute);
    const [alert, ...others] = await real.firing();
    expect(others).toEqual([]);
    expect(alert).toMatchObject({
      labels: {
        ...{ alertname: 'PinwatchPinMismatch', account: 'acme', domain: 'api.example.com' },
        ...{ instance: 'api.example.com:443', kind: 'pin_mismatch', severity: 'critical' },
      },
      annotations: {
        summary: 'Pin mismatch: api.example.com.',
        runbook_url: 'https://wiki.example.com/runbook#pin_mismatch',
        incident: 'incident-1',
      },
      generatorURL: 'https://pinwatch.example.com/accounts/acme/domains/api.example.com',
    });

    // Another alert, which has no end, is over by now: so is the resolve_timeout.
    await fetch(`http://${real.address}/api/v2/alerts`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify([{ labels: { alertname: 'Other' } }]),
    });
    const names = async () => (await real.firing()).map(({ labels }) => labels.alertname).sort();
    expect(await names()).toEqual(['Other', 'PinwatchPinMismatch']);
    await expect.poll(names, { timeout: 20_000 }).toEqual(['PinwatchPinMismatch']);

    await real.restart();
    expect(await real.firing()).toEqual([]);
    clock += 2 * minute;
    expect(await deliver()).toBe(2 * minute);
    expect(await real.firing()).toMatchObject([{ labels: alert?.labels, startsAt: alert?.startsAt }]);

    await happen('closed', { at: new Date().toISOString() });
    clock += 5 * minute;
    expect(await deliver()).toBeNull();
    expect(await real.firing()).toEqual([]);
    expect(await owes()).toBe(false);
  });

  test('is told every 2 minutes that it lasts half an hour more, muted or not, and at last that it is over', async () => {
    await channelsAre({});
    await happen('opened');
    clock += 30 * second;
    expect(await deliver()).toBe(2 * minute);
    await mute();
    // A process that has died has left no job: the watchdog finds it.
    expect(await owes()).toBe(true);
    clock += minute;
    expect(await deliver()).toBe(minute);
    const before = hook.received.length;
    clock += minute;
    expect(await deliver()).toBe(2 * minute);
    expect(hook.received).toHaveLength(before + 1);
    const [alert] = posted().slice(-1);
    expect(Date.parse(alert?.endsAt ?? '')).toBe(clock + 30 * minute);
    expect(posted().map(({ labels }) => labels)).toEqual(posted().map(() => alert?.labels));
    await happen('closed');
    const closedAt = clock;
    clock += 5 * minute;
    expect(await deliver()).toBeNull();
    expect(posted().at(-1)).toMatchObject({ endsAt: rfc3339(closedAt) });
  });

  test('gets what is open as soon as it is a channel, only what is severe enough, and each member alike', async () => {
    await channelsAre();
    await happen('opened', { severity: 'warning' });
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    const severe = { name: 'severe', url: `${hook.url}/severe`, minSeverity: 'critical' } as const;
    await channelsAre({ name: 'one' }, { name: 'two', url: `${hook.url}/prefix/` }, severe);
    expect(await deliver()).toBe(2 * minute);
    expect(hook.received.map(({ path }) => path).sort()).toEqual([
      '/hooks/token-4711/api/v2/alerts',
      '/hooks/token-4711/prefix/api/v2/alerts',
    ]);
    expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1);
  });

  test('another channel is told what is open when it is new, once, and not what it is about to get', async () => {
    await channelsAre();
    await happen('opened');
    clock += 30 * second;
    expect(await deliver()).toBeNull();
    await channelsAre({ type: 'webhook', key: 'a-key-of-the-webhook' });
    expect(await owes()).toBe(true);
    expect(await deliver()).toBeNull();
    const told = () =>
      hook.received.map(({ body }) => (JSON.parse(body) as { transitions: object[] }).transitions);
    expect(told()).toMatchObject([[{ incident: 'incident-1', transition: 'reminder' }]]);
    expect(await owes()).toBe(false);
    expect(await deliver()).toBeNull();
    expect(hook.received).toHaveLength(1);
    // What waits for the next letter comes with it.
    await happen('changed');
    await channelsAre({ type: 'webhook', key: 'a-key-of-the-webhook', name: 'other' });
    expect(await deliver()).toBeGreaterThan(0);
    expect(hook.received).toHaveLength(1);
    clock += 5 * minute;
    expect(await deliver()).toBeNull();
    expect(told()[1]).toMatchObject([{ transition: 'changed' }]);
  });

  test('a repetition that fails is reported, and is not sent again before the next', async () => {
    await channelsAre({});
    await happen('opened');
    clock += 30 * second;
    await deliver();
    hook.answer = { status: 503 };
    clock += 2 * minute;
    expect(await deliver()).toBe(2 * minute);
    expect(happenings.at(-1)).toMatchObject({
      ...{ kind: 'channel_repeated', channel: 'am', outcome: 'failed_temporary', notices: 1 },
    });
  });
});
