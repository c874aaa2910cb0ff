import { afterEach, beforeEach, expect, test } from 'vitest';
import { composeNotifier } from '../../../src/compose/notifier.ts';
import type { Transition } from '../../../src/core/incident.ts';
import type { Notice } from '../../../src/core/notice.ts';
import type { NotifyChannel } from '../../../src/core/notify-channel.ts';
import type { Letter } from '../../../src/flow/mailer.ts';
import { type Hook, startHook } from '../../support/hook.ts';
import { now } from '../../support/observations.ts';
import { blindNotice, digestOfWeek } from '../mail/watch-notices.ts';
import { transition } from '../redis/domains.ts';

const hostile = '```*x* <!channel> <https://evil.example|click> @all [a](https://evil.example)';
const key = 'R0123456789ABCDEF0123456789ABCDE';
const never = new AbortController().signal;
let hook: Hook;

beforeEach(async () => {
  hook = await startHook();
  hook.answer = { status: 202, body: 'accepted' };
});
afterEach(() => hook.close());

/** Sends the notices and returns what came. */
async function sent(
  type: NotifyChannel['type'],
  transitions: readonly Notice[],
  more: Partial<NotifyChannel> = {},
) {
  const notifier = composeNotifier({
    ...{ network: { allow: ['127.0.0.0/8'] }, mail: { from: 'pinwatch@example.com' } },
    ...{ publicUrl: null, runbookUrl: null },
  });
  const letter: Letter = {
    ...{ id: 'one', account: 'acme', recipients: ['ops'], everyone: ['ops'], transitions },
    ...{ createdAt: now, sentAt: now },
  };
  const delivery = await notifier.send(
    { name: 'ops', type, url: hook.url, minSeverity: 'info', ...more },
    letter,
    never,
  );
  expect(delivery.outcome).toBe('sent');
  return hook.received.map(({ path, headers, body }) => ({ path, headers, body, json: JSON.parse(body) }));
}

/** A mismatch with a certificate whose subject is hostile. */
function hostileNotice(more: Partial<Transition> = {}): Transition {
  const notice = transition('incident-1', more);
  const findings = [{ code: 'pin_mismatch', severity: 'critical', message: hostile }] as const;
  const endpoints = notice.check.endpoints.map((endpoint) => ({
    ...endpoint,
    presented: endpoint.presented.map((one) => ({ ...one, subject: hostile })),
  }));
  return { ...notice, check: { ...notice.check, findings, endpoints } };
}

test('Slack and Mattermost get code, out of which nothing breaks', async () => {
  const [{ json } = { json: {} }] = await sent('slack', [hostileNotice()]);
  const { text } = json as { text: string };
  const [, title = '', body = ''] = /^`([^`\n]*)`\n```\n([^`]*)\n```$/.exec(text) ?? [];
  expect(title).toMatch(/^api\.example\.com: pin mismatch/);
  expect(body).toContain('evil.example');
  expect(text).not.toMatch(/[<>]/);
});

test('Teams gets a card in which nothing is Markdown', async () => {
  const [{ json, body } = { json: {}, body: '' }] = await sent('teams', [hostileNotice()]);
  expect(json).toMatchObject({
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { version: '1.4' } }],
  });
  const blocks = json.attachments[0].content.body as { type: string; inlines: { type: string }[] }[];
  expect(new Set(blocks.map(({ type }) => type))).toEqual(new Set(['RichTextBlock']));
  expect(new Set(blocks.flatMap(({ inlines }) => inlines.map(({ type }) => type)))).toEqual(
    new Set(['TextRun']),
  );
  expect(Buffer.byteLength(body)).toBeLessThan(28_000);
});

test('PagerDuty gets an alert for each incident, and its recovery resolves it', async () => {
  const closed = transition('incident-2', { transition: 'closed' });
  const events = await sent('pagerduty', [hostileNotice(), transition('incident-2'), closed], { key });
  expect(events.map(({ json }) => json)).toMatchObject([
    {
      ...{ routing_key: key, event_action: 'trigger', dedup_key: 'incident-1' },
      payload: { severity: 'critical', source: 'api.example.com', class: 'pin_mismatch', group: 'acme' },
    },
    { routing_key: key, event_action: 'resolve', dedup_key: 'incident-2' },
  ]);
});

test('Alertmanager gets an alert for each incident, without markup, in requests of a bounded size', async () => {
  const many = Array.from({ length: 150 }, (_, index) => transition(`incident-${index + 10}`));
  const closed = transition('incident-2', { transition: 'closed', at: '2026-11-22T05:00:00Z' });
  const requests = await sent('alertmanager', [hostileNotice(), transition('incident-2'), closed, ...many], {
    key: 'a-bearer-token-of-it',
  });
  expect(requests.map(({ json }) => json.length)).toEqual([100, 52]);
  const [{ path, headers, json, body } = { path: '', headers: {}, json: [], body: '' }] = requests;
  expect(path).toBe('/hooks/token-4711/api/v2/alerts');
  expect(headers).toMatchObject({ authorization: 'Bearer a-bearer-token-of-it' });
  expect(json.slice(0, 2)).toMatchObject([
    { labels: { alertname: 'PinwatchPinMismatch', severity: 'critical' }, startsAt: '2026-11-22T04:10:54Z' },
    { annotations: { incident: 'incident-2' }, endsAt: '2026-11-22T05:00:00Z' },
  ]);
  expect(json[0].annotations.description).toContain('evil.example');
  expect(body).not.toMatch(/[<>`]/);
});

test('ntfy gets the topic, a priority and the token', async () => {
  const token = 'tk_0123456789abcdef';
  const url = hook.url.replace('/hooks/token-4711', '/base/alerts');
  const [event] = await sent('ntfy', [hostileNotice()], { key: token, url });
  expect(event).toMatchObject({
    path: '/base/',
    headers: { authorization: `Bearer ${token}` },
    json: { topic: 'alerts', priority: 5, tags: ['rotating_light'] },
  });
  expect(Buffer.byteLength(event?.json.message)).toBeLessThan(4_096);
});

test('what is about pinwatch itself goes through each, and a digest through all but PagerDuty and Alertmanager', async () => {
  const notices = [blindNotice(), digestOfWeek()];
  const events = await sent('pagerduty', notices, { key });
  expect(events.map(({ json }) => json)).toMatchObject([
    { event_action: 'trigger', dedup_key: 'mhx3k9a0-b1ind', payload: { class: 'blind', source: 'acme' } },
  ]);
  hook.received.length = 0;
  const [alerts] = await sent('alertmanager', notices);
  expect(alerts?.json).toMatchObject([
    {
      labels: { alertname: 'PinwatchBlind', account: 'acme', kind: 'blind', severity: 'critical' },
      annotations: { summary: 'Blind: pinwatch, for acme.' },
    },
  ]);
  hook.received.length = 0;
  const [webhook] = await sent('webhook', notices, { key });
  expect(webhook?.json).toMatchObject({
    watchTransitions: [{ kind: 'blind' }],
    digests: [{ kind: 'digest' }],
  });
  hook.received.length = 0;
  const [slack] = await sent('slack', notices);
  expect(slack?.json.text).toContain('pinwatch is blind - CRITICAL');
  expect(slack?.json.text).toContain('WITHOUT A BACKUP PIN (2)');
});
