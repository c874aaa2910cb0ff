import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import { configIncidentKinds } from '../../../src/core/config-incident.ts';
import type { Notice } from '../../../src/core/notice.ts';
import { channel, notice, root, url } from './config-notices.ts';
import { letter, transition } from './letters.ts';
import { expectInFlow } from './order.ts';

const from = 'pinwatch <pinwatch@example.com>';
const render = (...notices: readonly Notice[]) => {
  const made = letter([]);
  return renderLetter({ ...made, transitions: notices }, { from });
};
test('an old version: which URL, expected against found, what to do, how to look', () => {
  const { subject, text, html, headers } = render(notice());
  expect(subject).toBe('signed configuration: outdated - CRITICAL: an old version is served [acme]');
  expectInFlow(text, [
    'CRITICAL: an old signed configuration of acme is served at',
    url,
    'Do first: purge the cache in front of the URL',
    "they don't get version 42 from there",
    'since',
    '2026-11-22 04:15:54 UTC (7 min before this report)',
    'WHAT APPS SHOULD GET',
    '42 of generation 1',
    'WHAT IS SERVED',
    'outdated',
    'version 41 of generation 1',
    'expected version 42 of generation 1, found 41 of 1',
    'two.example.com',
    'as published',
    'WHAT TO DO',
    `curl -sS -o /dev/null -D - ${url}`,
    'HOW TO LOOK FURTHER',
    `curl -sS -o acme.pins ${url}`,
    'pinwatch config verify acme.pins',
    `--root ${root}`,
    `--channel ${channel}`,
    'pinwatch config show acme',
    'pinwatch incident show acme mhx3k9a0-c0nf1g',
    'pinwatch_config_served{account="acme"}',
    'config_outdated',
  ]);
  expect(html).toContain('an old signed configuration of acme is served');
  expect(headers).toMatchObject({
    References: '<incident-mhx3k9a0-c0nf1g@example.com>',
    'X-Pinwatch-Severity': 'critical',
  });
});

test('what is about no domain stands in a list of its own in the JSON part', () => {
  const both = JSON.parse(render(notice(), transition()).json);
  expect(both).toMatchObject({ version: 1, account: 'acme' });
  expect(both.transitions).toHaveLength(1);
  expect(both.transitions[0].domain).toBe('api.example.com');
  expect(both.configTransitions).toEqual([JSON.parse(JSON.stringify(notice()))]);
  expect(JSON.parse(render(notice()).json).transitions).toEqual([]);
  expect(JSON.parse(render(transition()).json).configTransitions).toBeUndefined();
});

test('a domain and the configuration share a letter: the graver one leads', () => {
  const mixed = render(notice(), transition());
  expect(mixed.subject).toBe(
    'api.example.com: pin mismatch - CRITICAL: apps cannot connect; 1 other incident [acme]',
  );
  expectInFlow(mixed.text, ['CRITICAL: apps cannot connect', 'SIGNED CONFIGURATION (1)', 'WHAT IS PINNED']);
  expect(mixed.text).toContain('WHAT APPS SHOULD GET');
  const closed = transition({ transition: 'closed', recovery: { cause: 'server' } });
  const led = render(closed, notice());
  expect(led.subject).toBe(
    'signed configuration: outdated - CRITICAL: an old version is served; 1 resolved [acme]',
  );
  expectInFlow(led.text, ['CRITICAL: an old signed configuration', 'RESOLVED (1)', 'WHAT APPS SHOULD GET']);
  expect(led.headers['X-Pinwatch-Severity']).toBe('critical');
});

test('a bundle that nobody published here may be a stolen key', () => {
  const detail = 'version 43 of generation 1 is signed with a key of the account, but was not published here';
  const found = { generation: 1, version: 43, issuedAt: '2026-11-22T04:14:54Z' };
  const { text } = render(
    notice({ kind: 'config_invalid' }, { urls: [{ url, problem: 'invalid', detail, found }] }),
  );
  expectInFlow(text.replace(/\s+/g, ' '), [
    'the signing key is stolen',
    'Apps take it',
    'pinwatch key signing next.pem',
  ]);
});

test('why it is not renewed, and what to do if it was signed elsewhere', () => {
  const { published } = notice().config;
  const soon = { ...published, expiresAt: '2026-11-24T04:22:54Z' };
  const kind = 'config_expiring' as const;
  const failed = render(
    notice({ kind, severity: 'warning' }, { published: soon, renewalFailure: '"acme.pem" cannot be read' }),
  );
  expect(failed.subject).toBe('signed configuration: expiring - WARNING: it expires in 2 days [acme]');
  expect(failed.text).toContain('The reason: "acme.pem" cannot be read.');
  expect(failed.text).toContain('pinwatch key show acme.pem');
  const elsewhere = render(notice({ kind }, { published: { ...soon, signedElsewhere: true } }));
  expect(elsewhere.text).toContain('pinwatch config sign next.json');
});

test('a recovery says what is well, or that nothing is known', () => {
  const closed = render(notice({ transition: 'closed' }));
  expect(closed.subject).toBe(
    'signed configuration: outdated - RESOLVED: what was published is served again [acme]',
  );
  expect(closed.text).toContain('Do first: nothing.');
  const unwatched = render(notice({ transition: 'closed', unwatched: true }));
  expect(unwatched.text).toContain('the URL is no longer in publish.urls');
});

test('every kind and transition renders, and keeps lines within 76 columns except for what is copied', () => {
  const hostile = 'x\u202e<script>alert(1)</script>'.repeat(20);
  const urls = [{ url, problem: 'unreachable' as const, detail: hostile, found: null }];
  for (const kind of configIncidentKinds) {
    for (const what of ['opened', 'changed', 'reminder', 'closed'] as const) {
      const { subject, text, html } = render(
        notice({ kind, transition: what }, { urls, renewalFailure: hostile }),
      );
      expect(subject).toMatch(/^[\x20-\x7e…]{1,150}$/);
      expect(html).not.toContain('<script');
      expect(text).not.toContain('\u202e');
      const long = text.split('\n').filter((line) => line.length > 76);
      for (const line of long) expect(line).toMatch(/^ {5}|https:|script/);
    }
  }
});
