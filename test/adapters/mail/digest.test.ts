import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Notice } from '../../../src/core/notice.ts';
import { letter, transition } from './letters.ts';
import { expectInOrder } from './order.ts';
import { blindNotice, digestOfWeek } from './watch-notices.ts';

const render = (...notices: readonly Notice[]) =>
  renderLetter({ ...letter([]), transitions: notices }, { from: 'pinwatch@example.com' });
const flat = (text: string) => text.replace(/\s+/g, ' ');
const none = { count: 0, shown: [] };

test('each list has its heading and its number; what is left out is counted', () => {
  const { subject, text, json, headers } = render(digestOfWeek());
  expect(subject).toBe(
    'digest - INFO: 2 domains without a backup pin, 22 certificates expire soon, 1 muted, 1 not seen [acme]',
  );
  expectInOrder(flat(text), [
    'INFO: digest of acme',
    'Do first: nothing at night.',
    'WITHOUT A BACKUP PIN (2)',
    'login.example.com:8443',
    'CERTIFICATES THAT EXPIRE NEXT (22)',
    'api0.shop.example.com: 2026-12-04 04:10:54 UTC (11 days left)',
    'and 2 more',
    'MUTED (1)',
    'old.example.com: until 2026-12-01 00:00:00 UTC',
    'NOT SEEN (1)',
    'dark.example.com: never seen',
    'pinwatch domain list acme',
  ]);
  expect(text).not.toContain('PINS OF APPS');
  expect(headers['X-Pinwatch-Severity']).toBe('info');
  expect(JSON.parse(json)).toEqual({
    ...{ version: 1, account: 'acme', transitions: [] },
    digests: [digestOfWeek()],
  });
});

test('what is worse leads, and the digest has its line', () => {
  const notice = digestOfWeek({ expiring: none, muted: none, unseen: none });
  const { subject, text } = render(notice, transition(), blindNotice());
  expect(subject).toMatch(/^api\.example\.com: pin mismatch - CRITICAL/);
  expectInOrder(flat(text), ['PINWATCH ITSELF (1)', 'DIGEST (1)', '2 domains without a backup pin']);
});

test('of two digests in a mail that was late, the last one counts', () => {
  const { text } = render(digestOfWeek(), digestOfWeek({ noBackupPin: none }));
  expect(text).not.toContain('BACKUP PIN');
});
