import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Notice } from '../../../src/core/notice.ts';
import { letter, transition } from './letters.ts';
import { expectInOrder } from './order.ts';
import { blindNotice as notice } from './watch-notices.ts';

const render = (...notices: readonly Notice[]) =>
  renderLetter({ ...letter([]), transitions: notices }, { from: 'pinwatch@example.com' });
const flat = (text: string) => text.replace(/\s+/g, ' ');

test('one mail for 400 domains: what, whose fault, since when, why, what to do', () => {
  const { subject, text, json, headers } = render(notice());
  expect(subject).toBe('pinwatch is blind - CRITICAL: 400 domains out of sight [acme]');
  expectInOrder(flat(text), [
    'CRITICAL: pinwatch sees nothing: every domain of the installation went out of sight at once',
    "Do first: check pinwatch's own network and name resolution.",
    'most likely on the side of pinwatch',
    'A mismatch is always reported.',
    'last seen 2026-11-22 03:50:54 UTC (32 min before this report)',
    'dns_failed on 2 of 2 of those below',
    'OUT OF SIGHT (400)',
    'api0.example.com',
    'and 398 more',
    'pinwatch check api0.example.com',
    'docs/runbook.md, under blind',
  ]);
  expect(headers['X-Pinwatch-Severity']).toBe('critical');
  expect(JSON.parse(json)).toEqual({
    ...{ version: 1, account: 'acme', transitions: [] },
    watchTransitions: [notice()],
  });
});

test('an account alone: others are seen, so it may be its provider', () => {
  const { text } = render(notice({}, { scope: 'account', domains: 40, lost: 40 }));
  expectInOrder(flat(text), [
    'pinwatch sees no domain of acme: all went out of sight at once',
    'Do first: check what these domains share',
    'Domains of other accounts are seen',
  ]);
});

test('no probes: a worker is missing', () => {
  const { subject, text } = render(notice({}, { cause: 'no_probes', lost: 0, examples: [], failures: [] }));
  expect(subject).toBe('pinwatch is blind - CRITICAL: no probes of 400 domains [acme]');
  expectInOrder(flat(text), ['pinwatch probes nothing: no sweep is finished', 'check that a worker runs']);
});

test('what could not be mailed while it was blind is one mail with the end, by the clock of its sending', () => {
  const end = notice(
    { transition: 'closed', at: '2026-11-22T04:20:54Z' },
    { seen: 399, lost: 1, examples: ['api0.example.com'], failures: [] },
  );
  const { subject, text, headers } = render(notice(), end);
  expect(subject).toBe('pinwatch is blind - RESOLVED: sees again after 30 min [acme]');
  expectInOrder(flat(text), [
    'RESOLVED: pinwatch sees domains of acme again',
    'It lasted 30 min.',
    'and so is what is still unreachable',
    'ended 2026-11-22 04:20:54 UTC (2 min before this report)',
    '399 of 400 domains',
  ]);
  expect(headers['X-Pinwatch-Severity']).toBe('resolved');
});

test('a mismatch beside it leads if it is as severe; blindness has its line in the summary', () => {
  const { subject, text } = render(notice(), transition());
  expect(subject).toMatch(/^api\.example\.com: pin mismatch - CRITICAL: .*; 1 other incident \[acme\]$/);
  expect(flat(text)).toContain('PINWATCH ITSELF (1)');
});
