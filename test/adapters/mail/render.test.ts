import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Finding } from '../../../src/core/finding.ts';
import { incidentKinds, type Transition } from '../../../src/core/incident.ts';
import { failureCodes } from '../../../src/core/observation.ts';
import { trustFindings } from '../../../src/core/trust.ts';
import * as fixtures from './letters.ts';
import { expectInFlow, expectInOrder, unfolded } from './order.ts';

const { certificate, check, endpoint, failedEndpoint, letter, pins, transition } = fixtures;

const from = 'pinwatch <pinwatch@example.com>';
const raw = (...transitions: Transition[]) => renderLetter(letter(transitions), { from });
/** Wherever its lines are broken. */
function render(...transitions: Transition[]) {
  const rendered = raw(...transitions);
  return { ...rendered, text: unfolded(rendered.text) };
}

function untrusted(code: (typeof trustFindings)[number]): Transition {
  const whole = endpoint('192.0.2.10', pins.primary, { trusted: false, trustError: 'CERT_HAS_EXPIRED' });
  // Such a path ends short of any root.
  const trustError = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' as const;
  const rootless = { ...whole, trustError, path: whole.path.slice(0, -1) };
  const incomplete = { ...whole, trustError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' as const };
  const distrusted = code === 'chain_untrusted' ? rootless : code === 'chain_incomplete' ? incomplete : whole;
  const finding: Finding = { code, severity: 'critical', message: 'as found' };
  return transition({ kind: 'untrusted', check: check([distrusted], [finding]) });
}

test('a mismatch: what fails and for whom, since when, presented against pinned, what to do, how to look further', () => {
  const { subject, text, html } = render(transition({ lastWell: '2026-11-22T03:55:54Z' }));
  expect(subject).toBe('api.example.com: pin mismatch - CRITICAL: apps cannot connect [acme]');
  expectInFlow(text, [
    'CRITICAL: apps cannot connect to api.example.com',
    'Do first: put the previous certificate and key back on 192.0.2.10, 192.0.2.11',
    'Every app of account acme that pins api.example.com is refused',
    'since     2026-11-22 04:10:54 UTC (12 min before this report)',
    'last probe that matched: 2026-11-22 03:55:54 UTC (27 min ago)',
    'reported  2026-11-22 04:22:54 UTC',
    'WHAT IS PRESENTED',
    '2 endpoints: 192.0.2.10, 192.0.2.11 (ecdsa). No pinned key.',
    'leaf - not pinned',
    'subject  CN=api.example.com',
    `pin      ${pins.rogue}`,
    'expires  2027-01-20 04:10:54 UTC (58 days left)',
    'intermediate - not pinned',
    'root, from the trust store - not pinned',
    'WHAT IS PINNED',
    `not seen  ${pins.primary}`,
    `not seen  ${pins.backup}`,
    'WHAT TO DO',
    'Repair the apps first',
    'possible interception',
    `- ${pins.rogue} # new`,
    'If it was added at runtime',
    `pinwatch pin add acme api.example.com ${pins.rogue}\n`,
    'HOW TO LOOK FURTHER',
    `pinwatch check api.example.com \\\n       --connect 192.0.2.10 \\\n       --connect 192.0.2.11 \\\n       --key-type ecdsa \\\n       --pin ${pins.primary} \\\n       --pin ${pins.backup}\n`,
    'pinwatch probe acme api.example.com --wait 20s\n',
    'pinwatch_pin_mismatch{account="acme", domain="api.example.com"}',
    'docs/runbook.md, under pin_mismatch.',
  ]);
  expectInOrder(html, [
    'apps cannot connect',
    'What is presented',
    'What is pinned',
    'What to do',
    'How to look',
  ]);
});

test('a partial mismatch names the endpoints that differ, and checks only them', () => {
  const endpoints = [endpoint('192.0.2.10', pins.primary), endpoint('2001:db8::11', pins.rogue)];
  const { subject, text } = render(transition({ transition: 'reminder', check: check(endpoints) }));
  expect(subject).toBe(
    'api.example.com: pin mismatch - CRITICAL still: some apps cannot connect (1 of 2 endpoints) [acme]',
  );
  expectInFlow(text, [
    'Apps of account acme fail when they reach 2001:db8::11 (ecdsa)',
    '1 endpoint: 2001:db8::11 (ecdsa). No pinned key.',
    '1 endpoint: 192.0.2.10 (ecdsa). Pinned key found',
    `seen on 1 of 2  ${pins.primary}`,
    'Only 2001:db8::11 (ecdsa) differs: 1 endpoint matches. Do one of these:',
    'b) Take it out of DNS',
    '--connect 2001:db8::11',
  ]);
});

test('the check command uses the domain’s own settings, as the service does', () => {
  const own = { roots: true, connect: ['192.0.2.10', '192.0.2.12'] };
  const distrusted = untrusted('certificate_expired');
  // The problem is no longer there, so the advice is to probe again.
  const unknown = check([failedEndpoint('192.0.2.10', 'connection_refused')]);
  const { text } = render({ ...distrusted, transition: 'reminder', check: unknown, own });
  expectInFlow(text, [
    'WHAT TO DO',
    "Probe it again now; the first command gets the domain's private roots from the service:",
    'pinwatch domain show acme api.example.com --json | jq -r .ca > private-root.pem',
    'pinwatch check api.example.com \\\n       --connect 192.0.2.10 \\\n       --connect 192.0.2.12 \\\n       --ca-file private-root.pem \\\n',
    'HOW TO LOOK FURTHER',
    'pinwatch probe',
  ]);
  // No command twice.
  expect(text.split('pinwatch check')).toHaveLength(2);
  const both = [endpoint('192.0.2.10', pins.rogue), endpoint('192.0.2.10', pins.rogue, { keyType: 'rsa' })];
  const plain = render(transition({ check: check(both) })).text;
  expect(plain).not.toMatch(/--ca-file|--key-type|--alpn|--platform|private-root/);
  const lists = { roots: false, connect: [], alpn: [], platforms: ['ios'] } as const;
  expect(render({ ...distrusted, transition: 'reminder', check: unknown, own: lists }).text).toContain(
    'pinwatch check api.example.com --key-type ecdsa --alpn none --platform ios --pin',
  );
});

test('endpoints with the same chain are one paragraph; a stray pinned certificate is marked as not counting', () => {
  const leaf = certificate('CN=api.example.com', 'CN=E7', pins.rogue);
  const stray = certificate('CN=old.example.com', 'CN=E7', pins.primary);
  const path = [{ pin: leaf.pin, subject: leaf.subject, from: 'presented' as const }];
  const endpoints = Array.from({ length: 14 }, (_, index) =>
    endpoint(`192.0.2.${index + 1}`, pins.rogue, { presented: [leaf, stray], path }),
  );
  const finding: Finding = { code: 'pin_outside_path', severity: 'critical', message: 'sent, but outside' };
  const { text } = render(transition({ check: check(endpoints, [finding]) }));
  expect(text.match(/leaf - /g)).toHaveLength(1);
  expectInFlow(text, [
    '14 endpoints: 192.0.2.1, 192.0.2.2,',
    '#2, not on the path - pinned, but off the path: does not count',
    'A pinned key is sent, but on "CN=old.example.com"',
  ]);
});

test.each(trustFindings)('an untrusted chain says what to do: %s', (code) => {
  const { text } = render(untrusted(code));
  const todo = {
    certificate_expired: '--reuse-key',
    certificate_not_yet_valid: 'Compare the clocks',
    host_name_mismatch: 'as a subjectAltName',
    chain_incomplete: 'Append the intermediate certificate',
    chain_untrusted: 'pinwatch domain change acme api.example.com --ca-file private-root.pem',
  }[code];
  expectInFlow(text, ['WHAT TO DO', todo, 'openssl s_client -connect api.example.com:443', `under ${code}.`]);
});

test('a platform that refuses a trusted chain: which apps, the rule, what to serve, or which setting', () => {
  const message = 'refused by iOS: the leaf is valid for 900 days, more than 825';
  const finding: Finding = { code: 'platform_refused', severity: 'critical', message };
  const refused = check([endpoint('192.0.2.10', pins.primary)], [finding]);
  const { subject, text } = render(transition({ kind: 'untrusted', check: refused }));
  expect(subject).toContain('some apps cannot connect (refused by a platform)');
  expectInFlow(text, [
    'A platform refuses api.example.com, or cannot negotiate a connection with it',
    'platform_refused: refused by iOS: the leaf is valid for 900 days',
    'WHAT TO DO',
    'for at most 825 days',
    'pinwatch domain change acme api.example.com --platform android',
    'under platform_refused.',
  ]);
});

test('the missing certificate is the issuer of the last one of the path, in whatever order they are sent', () => {
  const leaf = certificate('CN=api.example.com', 'CN=Lower', pins.primary);
  const lower = certificate('CN=Lower', 'CN=Upper', fixtures.pin('lower'));
  const upper = certificate('CN=Upper', 'CN=Missing', fixtures.pin('upper'));
  const path = [leaf, lower, upper].map(({ pin, subject }) => ({ pin, subject, from: 'presented' as const }));
  const whole = untrusted('chain_untrusted');
  const trustError = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' as const;
  const more = { presented: [leaf, upper, lower], path, trusted: false, trustError };
  const { text } = render({
    ...whole,
    check: check([endpoint('192.0.2.10', pins.primary, more)], whole.check.findings),
  });
  expect(text).toContain('append the certificate whose subject is: CN=Missing.');
});

test('for a chain that leads to a known root but is refused, the advice is not to name its root', () => {
  const refused = { trusted: false, trustError: 'PATH_LENGTH_EXCEEDED' as const };
  const whole = untrusted('chain_untrusted');
  const found = check([endpoint('192.0.2.10', pins.primary, refused)], whole.check.findings);
  const { text } = render({ ...whole, check: found });
  expect(text).toContain('no platform accepts it: the path is longer than a certificate authority allows.');
  expect(text).not.toContain('caFile: private-root.pem');
});

test('an untrusted edge is checked by its address, and so is a domain with configured addresses', () => {
  const whole = untrusted('chain_incomplete');
  const good = endpoint('2001:db8::11', pins.primary);
  const { findings, endpoints } = whole.check;
  const { text } = render({ ...whole, check: check([...endpoints, good], findings) });
  const command = 'openssl s_client -connect 192.0.2.10:443 -servername api.example.com';
  expect(text).toContain(command);
  expect(render({ ...whole, own: { roots: false, connect: ['192.0.2.10'] } }).text).toContain(command);
});

test('that Apple’s platforms fetch a missing intermediate is said only if they can', () => {
  const told = (missingIssuer: NonNullable<Transition['missingIssuer']>) => {
    const { subject, text } = render({ ...untrusted('chain_incomplete'), missingIssuer });
    return { subject, text };
  };
  const known = told('known');
  expect(known.subject).toContain('some apps cannot connect (intermediate certificate not sent)');
  expect(known.text).toContain("Android apps cannot connect to api.example.com. Apple's platforms fetch");
  for (const missingIssuer of ['named', 'unnamed'] as const) {
    const { subject, text } = told(missingIssuer);
    expect(subject).toContain('CRITICAL: apps cannot connect');
    expect(text).not.toContain("Apple's platforms fetch");
  }
  expect(told('named').text).toContain('an iPhone that connects proves nothing');
  expect(told('unnamed').text).toContain('so no platform can fetch it');
  // If nothing is known about it, as in a notice stored by an older version.
  expect(render(untrusted('chain_incomplete')).text).not.toContain('Apple');
});

test.each(failureCodes)('an unreachable domain says what to check: %s', (code) => {
  const failed = {
    ...failedEndpoint('192.0.2.10', 'connection_refused'),
    failure: { code, message: 'as it was' },
  };
  const { subject, text } = render(
    transition({ kind: 'unreachable', severity: 'warning', check: check([failed]) }),
  );
  expect(subject).toContain(
    `api.example.com: unreachable - WARNING: cannot be probed (${code.replaceAll('_', ' ')})`,
  );
  expectInFlow(text, [
    'Whether the pins match is\nunknown',
    `${code}: as it was`,
    'WHAT TO DO',
    `${code}, on 192.0.2.10`,
  ]);
});

test('an expiring certificate: the days left, whether its key is pinned, and the backup pin', () => {
  const leaf = certificate('CN=api.example.com', 'CN=E7', pins.primary, '2026-12-01T10:00:00Z');
  const endpoints = [endpoint('192.0.2.10', pins.primary, { presented: [leaf] })];
  const { subject, text } = render(
    transition({ kind: 'certificate_expiring', severity: 'warning', check: check(endpoints) }),
  );
  expect(subject).toBe('api.example.com: certificate expiring - WARNING: expires in 9 days [acme]');
  expectInFlow(text, ['2026-12-01 10:00:00 UTC (9 days left)', '--reuse-key', pins.backup]);
});

test('no backup pin: how to make one', () => {
  const endpoints = [endpoint('192.0.2.10', pins.primary)];
  const { text } = render(
    transition({ kind: 'no_backup_pin', severity: 'warning', check: check(endpoints) }),
  );
  expectInFlow(text, [
    'openssl genpkey',
    'openssl dgst -sha256 -binary | openssl base64',
    '- THE_PIN_PRINTED_ABOVE',
    'pinwatch pin add acme api.example.com THE_PIN_PRINTED_ABOVE',
  ]);
});

test('a recovery says what was wrong, for how long, and that apps can connect', () => {
  const well = check([endpoint('192.0.2.10', pins.primary)]);
  const { subject, text, headers } = render(
    transition({ transition: 'closed', at: '2026-11-22T06:15:54Z', check: well }),
  );
  expect(subject).toBe('api.example.com: pin mismatch - RESOLVED: apps can connect again [acme]');
  expect(headers['X-Pinwatch-Severity']).toBe('resolved');
  expectInFlow(text, [
    'RESOLVED: apps can connect to api.example.com again',
    'It was: pin mismatch. It lasted 2 h 5 min',
    'Nothing.',
  ]);
});

test('a recovery of one problem does not claim that all is well', () => {
  const still = check([endpoint('192.0.2.10', pins.rogue)], [fixtures.mismatchFinding]);
  const { text } = render(transition({ kind: 'untrusted', transition: 'closed', check: still }));
  expect(text).not.toContain('apps can connect');
  expect(text).toContain('This domain still has other problems');
});

test('a reminder after an inconclusive probe says that', () => {
  const unknown = check([failedEndpoint('192.0.2.10', 'connection_refused')]);
  for (const kind of ['pin_mismatch', 'untrusted'] as const) {
    const { text } = render(transition({ kind, transition: 'reminder', check: unknown }));
    expect(text).toContain('It is unknown whether this still holds');
  }
});

test('every kind and transition renders, threads under its incident, and keeps text lines within 76 columns except for what is copied', () => {
  for (const kind of incidentKinds) {
    for (const what of ['opened', 'changed', 'reminder', 'closed'] as const) {
      const { text, headers } = raw(transition({ kind, transition: what }));
      expect(headers.References).toBe('<incident-mhx3k9a0-1a2b3c@example.com>');
      const long = text.split('\n').filter((line) => line.length > 76);
      for (const line of long) expect(line).toMatch(/^ {5}|sha256\//);
    }
  }
});
