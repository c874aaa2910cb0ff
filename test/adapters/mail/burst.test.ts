import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { Transition } from '../../../src/core/incident.ts';
import { burst, check, endpoint, letter, pins, transition } from './letters.ts';
import { expectInOrder } from './order.ts';

const from = 'pinwatch <pinwatch@example.com>';
const render = (...transitions: Transition[]) => renderLetter(letter(transitions), { from });

test('a mixed letter: the most severe first, the resolved last and counted; what came and went is reported once', () => {
  const well = check([endpoint('192.0.2.10', pins.primary)]);
  const { subject, text, json, headers } = render(
    transition({ incident: 'a', domain: 'a.example.com', transition: 'opened' }),
    transition({ incident: 'a', domain: 'a.example.com', transition: 'closed', check: well }),
    transition({
      incident: 'b',
      domain: 'b.example.com',
      kind: 'no_backup_pin',
      severity: 'warning',
      check: well,
    }),
    transition({ incident: 'c', domain: 'c.example.com' }),
  );
  expect(subject).toBe(
    'c.example.com: pin mismatch - CRITICAL: apps cannot connect; 1 other incident; 1 resolved [acme]',
  );
  expectInOrder(text, [
    'APPS FAIL (1)',
    '- c.example.com: pin mismatch, since 2026-11-22 04:10 UTC',
    'WARNINGS (1)',
    '- b.example.com: no backup pin',
    'RESOLVED (1)',
    '- a.example.com: pin mismatch, lasted 11 min: apps can connect again',
    'CRITICAL: apps cannot connect to c.example.com',
    'WARNING: b.example.com has no backup pin',
    'RESOLVED: apps can connect to a.example.com again',
  ]);
  expect(headers.References?.split(' ').sort()).toEqual(
    ['a', 'b', 'c'].map((id) => `<incident-${id}@example.com>`),
  );
  expect(JSON.parse(json).transitions.map((one: Transition) => one.incident)).toEqual(['a', 'a', 'b', 'c']);
});

test('if one domain fails for some apps and one for all, the subject does not understate it', () => {
  const partial = check([endpoint('192.0.2.10', pins.primary), endpoint('192.0.2.11', pins.rogue)]);
  const some = transition({ incident: 'a', domain: 'a.example.com', check: partial });
  const all = transition({ incident: 'b', domain: 'b.example.com' });
  expect(render(some, all).subject).toBe(
    'a.example.com and 1 more: pin mismatch - CRITICAL: apps cannot connect [acme]',
  );
  expect(render(some, { ...some, incident: 'c', domain: 'c.example.com' }).subject).toBe(
    'a.example.com and 1 more: pin mismatch - CRITICAL: some apps cannot connect [acme]',
  );

  const untrusted: Finding = { code: 'chain_untrusted', severity: 'critical', message: 'no known root' };
  const broken = check([endpoint('192.0.2.10', pins.primary, { trusted: false })], [untrusted]);
  const { subject, text } = render(some, { ...all, kind: 'untrusted', check: broken });
  expect(subject).toBe(
    'b.example.com: chain not trusted - CRITICAL: apps cannot connect; 1 other incident [acme]',
  );
  expectInOrder(text, [
    'APPS FAIL (2)',
    '- b.example.com: chain not trusted',
    '- a.example.com: pin mismatch on 1',
  ]);
});

test('a reminder does not hide that another domain has just broken', () => {
  const old = transition({ incident: 'a', domain: 'a.example.com', transition: 'reminder' });
  const news = transition({ incident: 'b', domain: 'b.example.com' });
  const again = { ...news, transition: 'reminder' as const };
  expect(render(old, news).subject).toContain('CRITICAL: apps');
  expect(render(old, again).subject).toContain('CRITICAL still: apps');
});

test('500 domains that break together are one mail within bounds, with every transition in the JSON part', () => {
  const { subject, text, html, json } = render(...burst(500));
  expect(subject).toBe(
    'api-000.shop.example.com and 499 more: pin mismatch - CRITICAL: apps cannot connect [acme]',
  );
  // Gmail cuts off at 102 KB.
  expect(Buffer.byteLength(html)).toBeLessThan(102_000);
  expect(text.length).toBeLessThan(html.length);
  for (const { domain } of burst(500)) expect(text).toContain(`- ${domain}: pin mismatch`);
  expectInOrder(text, [
    'In common: 500 of the 500 domains',
    'APPS FAIL (500)',
    'WHAT TO DO',
    'more: one line each',
  ]);
  const parsed = JSON.parse(json);
  expect(parsed.transitions).toHaveLength(500);
  expect(parsed).not.toHaveProperty('abridged');
  expect(parsed.transitions[499].check.endpoints[1].presented).toHaveLength(2);
});

test('the JSON part has exactly the keys of the contract', () => {
  const parsed = JSON.parse(render(transition()).json);
  expect(Object.keys(parsed)).toEqual(['version', 'account', 'transitions']);
  const keys = ['incident', 'kind', 'transition', 'severity', 'domain', 'since', 'check'];
  expect(Object.keys(parsed.transitions[0])).toEqual(keys);
  expect(parsed.transitions[0].check).toEqual(transition().check);
});

test('beyond its bound the JSON part keeps every transition, drops chains, then endpoints, and says how many', () => {
  const letterOf = letter(burst(100));
  const full = renderLetter(letterOf, { from }).json.length;
  const { json } = renderLetter(letterOf, { from, jsonLimit: full / 2 });
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(full / 2);
  const { transitions, abridged } = JSON.parse(json);
  expect(transitions).toHaveLength(100);
  expect(transitions[0].check).toEqual(burst(1)[0]?.check);
  const short = transitions.filter(({ check: { endpoints } }: Transition) => !endpoints[0]?.presented.length);
  expect(short).toHaveLength(abridged);
  expect(short.every(({ check: { verdict } }: Transition) => verdict === 'mismatch')).toBe(true);
});

test('a letter without transitions is an error', () => {
  expect(() => render()).toThrow('expected at least one transition');
});
