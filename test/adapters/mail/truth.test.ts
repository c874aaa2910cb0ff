/** What the mail says is true at the moment of sending, and in every part of it. */
import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { Transition } from '../../../src/core/incident.ts';
import {
  certificate,
  check,
  endpoint,
  failedEndpoint,
  letter,
  mismatchFinding,
  pins,
  transition,
} from './letters.ts';
import { expectInOrder } from './order.ts';

const from = 'pinwatch@example.com';
const render = (transitions: readonly Transition[], more: Parameters<typeof letter>[1] = {}) =>
  renderLetter(letter(transitions, more), { from });
const flat = (text: string) => text.replace(/\s+/g, ' ');
const well = check([endpoint('192.0.2.10', pins.primary)]);

test('a letter that was held gives ages as of its sending, not of the incident', () => {
  const sentAt = Date.parse('2026-11-22T05:10:54Z');
  const [open, reminder] = (['opened', 'reminder'] as const).map((what) =>
    render([transition({ transition: what, at: '2026-11-22T04:10:54Z', lastWell: '2026-11-22T03:55:54Z' })], {
      sentAt,
    }),
  );
  expectInOrder(open?.text ?? '', [
    'since     2026-11-22 04:10:54 UTC (1 h before this report)',
    'last probe that matched: 2026-11-22 03:55:54 UTC (1 h 15 min ago)',
    'reported  2026-11-22 05:10:54 UTC',
  ]);
  expect(open?.headers.Date).toBe('Sun, 22 Nov 2026 05:10:54 +0000');
  expect(reminder?.text).toContain('reminder: open for 1 h');
});

test('ages agree with the times next to them, to the second', () => {
  const { text } = render([transition()], { sentAt: Date.parse('2026-11-22T04:11:20.990Z') });
  expectInOrder(text, ['04:10:54 UTC (26 s before this report)', 'reported  2026-11-22 04:11:20 UTC']);
});

test('a certificate that expired while the letter was held has expired, in every part', () => {
  const leaf = certificate('CN=api.example.com', 'CN=E7', pins.primary, '2026-11-22T06:00:00Z');
  const finding: Finding = {
    code: 'certificate_expiring',
    severity: 'warning',
    message: '"CN=api.example.com" expires in less than a day, at 2026-11-22T06:00:00Z',
  };
  const found = check([endpoint('192.0.2.10', pins.primary, { presented: [leaf] })], [finding]);
  const expiring = transition({ kind: 'certificate_expiring', severity: 'warning', check: found });
  const before = render([expiring]);
  expect(before.subject).toContain('expires in 1 h 37 min');
  expect(flat(before.text)).toContain('Do first: renew the certificate before 2026-11-22 06:00:00 UTC');
  const { subject, text } = render([expiring], { sentAt: Date.parse('2026-11-22T08:00:00Z') });
  expect(subject).toContain('expired 2 h ago');
  expect(text).not.toMatch(/expires in|left\)/);
  expect(flat(text)).toContain('warning: certificate_expiring: "CN=api.example.com" expired 2 h ago');
  expect(flat(text)).toContain('Do first: renew the certificate now');
});

test('mails of one incident share the start of their subject, whatever its state', () => {
  const kinds = [
    'pin_mismatch',
    'untrusted',
    'unreachable',
    'certificate_expiring',
    'no_backup_pin',
  ] as const;
  for (const kind of kinds) {
    const starts = (['opened', 'changed', 'reminder', 'closed'] as const).map((what) => {
      const found = what === 'closed' ? well : transition().check;
      const { subject } = render([transition({ kind, transition: what, check: found })]);
      const [start, state] = subject.split(' - ');
      expect(state).toMatch(
        what === 'closed' ? /^RESOLVED: .* \[acme\]$/ : /^CRITICAL( still)?: .* \[acme\]$/,
      );
      return start;
    });
    expect(new Set(starts).size, kind).toBe(1);
    expect(starts[0]).toMatch(/^api\.example\.com: /);
  }
});

test('all parts agree about a domain: the last check counts', () => {
  // First the chain was repaired, then the key changed: the first recovery must not say that apps connect.
  const mended = transition({
    ...{ incident: 'a', kind: 'untrusted', transition: 'closed', check: well },
    ...{ was: ['certificate_expired'], recovery: { cause: 'server' } },
  });
  const { subject, text } = render([mended, transition({ incident: 'b' })]);
  expect(subject).toContain('CRITICAL: apps cannot connect; 1 resolved');
  expect(text).not.toContain('apps can connect');
  expectInOrder(flat(text), [
    'RESOLVED (1) ------------ - api.example.com: certificate expired, lasted 11 min: the chain is trusted again',
    'RESOLVED: the chain of api.example.com is trusted again',
    'This domain still has other problems',
  ]);
});

test('an incident that came back is reported as open, with the times of the previous one', () => {
  const closed = { incident: 'a', transition: 'closed', at: '2026-11-22T04:15:54Z', check: well } as const;
  const again = transition({ incident: 'b', since: '2026-11-22T04:20:54Z' });
  const { subject, text } = render([transition({ incident: 'a' }), transition(closed), again]);
  expect(subject).toBe('api.example.com: pin mismatch - CRITICAL: apps cannot connect [acme]');
  expect(text).not.toContain('RESOLVED');
  expect(flat(text)).toContain(
    'before there was one from 2026-11-22 04:10:54 UTC to 2026-11-22 04:15:54 UTC',
  );
});

test('a domain that became unreachable is still shown with what it presented', () => {
  const down = check([failedEndpoint('192.0.2.10', 'connection_refused')]);
  const unreachable = transition({ incident: 'b', kind: 'unreachable', severity: 'warning', check: down });
  const { text } = render([transition({ incident: 'a' }), unreachable]);
  expectInOrder(text, [
    'CRITICAL: apps cannot connect',
    'leaf - not pinned',
    'WARNING: api.example.com cannot be probed',
  ]);
  // But a domain that does not answer is not called well again.
  const closed = transition({ incident: 'a', transition: 'closed', check: well });
  expect(render([closed, unreachable]).text).not.toContain('apps can connect');
});

test('a warning does not say that apps connect while they fail for another reason', () => {
  const failing = check([endpoint('192.0.2.10', pins.rogue)], [mismatchFinding]);
  for (const kind of ['certificate_expiring', 'no_backup_pin'] as const) {
    const warning = transition({ kind, severity: 'warning', check: failing });
    expect(render([warning]).text).not.toMatch(/Apps (still )?connect/);
    expect(render([{ ...warning, check: well }]).text).toContain('Apps connect now.');
  }
});

test('an open mismatch that the last probe did not see claims nothing false', () => {
  const { subject, text } = render([transition({ transition: 'reminder', check: well })]);
  expect(subject).toContain('some apps cannot connect');
  expect(flat(text)).toContain('The last probe matched. The incident stays open');
  expect(text).not.toContain('Every app of account');
});

const added = (by: string | null, at: string | null, note: string | null = null) => ({
  recovery: { cause: 'pins' as const, pins: [{ pin: pins.rogue, by, at, note }] },
});

test('a recovery by a change of pins says who, which and when, that apps without it still fail, and that the server is unchanged', () => {
  const matched = { pin: pins.rogue, position: 'leaf' as const };
  const now = check([endpoint('192.0.2.10', pins.rogue, { verdict: 'match', matched })]);
  const closed = transition({ transition: 'closed', check: now });
  const told = (more: Partial<Transition>) => {
    const { subject, text } = render([{ ...closed, ...more }]);
    expect(subject).toBe(
      'api.example.com: pin mismatch - RESOLVED: its pins were changed, not its server [acme]',
    );
    expect(text).not.toContain('apps can connect');
    expect(flat(text)).toContain('The server was not changed: apps without this pin still fail.');
    expect(flat(text)).toContain('Do first: make sure that every app has the new pins');
    return flat(text);
  };
  expect(told(added('alice', '2026-11-22T04:20:00Z', 'the new key'))).toContain(
    `alice added ${pins.rogue} at 2026-11-22 04:20:00 UTC ("the new key").`,
  );
  expect(told(added('config/pinwatch.yaml', null))).toContain(
    `${pins.rogue} was added in config/pinwatch.yaml.`,
  );
  expect(told(added(null, null))).toContain(`${pins.rogue} was added.`);
});

test('a recovery by the server, by other settings, by removed pins and by a name that resolves elsewhere', () => {
  const closed = (recovery: NonNullable<Transition['recovery']>, more: Partial<Transition> = {}) => {
    const { subject, text } = render([transition({ transition: 'closed', check: well, recovery, ...more })]);
    return `${subject} ${flat(text)}`;
  };
  expect(closed({ cause: 'server' })).toContain('The server presents a pinned key again.');
  const unpinned = { check: { ...well, pins: [], verdict: 'unpinned' as const } };
  expect(closed({ cause: 'pins', pins: [] }, unpinned)).toContain('apps that have pins still fail');
  for (const cause of ['settings', 'gone'] as const) {
    expect(closed({ cause })).not.toContain('apps can connect');
  }
  expect(closed({ cause: 'settings' })).toContain('Whether the server was fixed is unknown');
  expect(closed({ cause: 'gone' })).toContain('They were not fixed');
});

test('a domain that was removed is not called well, and nothing is offered that needs it', () => {
  const closed = (by: string | null, provisionedBy: string | null) => {
    const recovery = { cause: 'removed', by } as const;
    return render([transition({ transition: 'closed', recovery, provisionedBy })]);
  };
  const { subject, text, headers } = closed('alice', null);
  expect(subject).toBe('api.example.com: pin mismatch - RESOLVED: it is no longer watched [acme]');
  expect(headers['X-Pinwatch-Severity']).toBe('resolved');
  expectInOrder(flat(text), [
    'RESOLVED: api.example.com was removed from pinwatch, and is no longer watched',
    'Do first: make sure that no app uses it any more',
    'It closed because alice removed the domain, and not because of its server.',
    'If apps still use it, add it again with its pins',
    'pinwatch audit acme',
    'Background: docs/runbook.md, under pin_mismatch.',
  ]);
  expect(text).not.toMatch(
    /apps can connect|other problems|pinwatch (probe|domain show|check)|In Prometheus/,
  );
  const ofFile = flat(closed(null, 'config/pinwatch.yaml').text);
  expect(ofFile).toContain('It closed because config/pinwatch.yaml no longer has the domain,');
  expect(ofFile).not.toContain('pinwatch audit');
});

test('a recovery of broken trust names its cause', () => {
  const was = ['host_name_mismatch', 'certificate_expired'] as const;
  const closed = transition({ kind: 'untrusted', transition: 'closed', check: well, was });
  const { text } = render([closed]);
  expect(flat(text)).toContain('It was: certificate expired, certificate for another host name. It lasted');
  const partial = transition({ transition: 'closed', check: well, was: ['pin_mismatch_partial'] });
  expect(flat(render([partial]).text)).toContain('It was: pin mismatch on some endpoints.');
});

test('the mail to a new contact says why they get it', () => {
  const { text } = render([transition({ transition: 'reminder' })], { isIntroduction: true });
  expect(flat(text)).toContain('You are now a contact of account acme.');
});

test('whether apps connect is one answer in every part: yes, no, or unknown', () => {
  const refused = failedEndpoint('192.0.2.10', 'connection_refused');
  const unpinned = { ...check([refused]), pins: [], verdict: 'unpinned' as const };
  const expiring = transition({ kind: 'certificate_expiring', severity: 'warning', check: unpinned });
  const { text } = render([expiring]);
  expect(text).not.toContain('Apps connect now');
  expect(flat(text)).toContain('Whether apps connect now is unknown');

  // One endpoint lacks the key, and the chain of the other is not trusted.
  const distrusted = endpoint('192.0.2.11', pins.primary, {
    trusted: false,
    trustError: 'CERT_HAS_EXPIRED',
  });
  const expired: Finding = { code: 'certificate_expired', severity: 'critical', message: 'as found' };
  const none = check([endpoint('192.0.2.10', pins.rogue), distrusted], [mismatchFinding, expired]);
  const { subject, text: both } = render([transition({ check: none })]);
  expect(subject).toContain('CRITICAL: apps cannot connect (1 of 2 endpoints)');
  expect(flat(both)).toContain('They do not connect elsewhere either; the other findings give the reason.');
});
