/** That the advice fits what was changed, and where the domain is defined. */
import { describe, expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { ChainChange, ChangeKind } from '../../../src/core/chain-change.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { Transition } from '../../../src/core/incident.ts';
import { burst, certificate, check, endpoint, letter, pin, pins, transition } from './letters.ts';
import { expectInFlow, unfolded } from './order.ts';

const from = 'pinwatch@example.com';
const textOf = (transitions: readonly Transition[], more: Parameters<typeof letter>[1] = {}) =>
  renderLetter(letter(transitions, more), { from }).text;

const mine = "CN=E7,O=Let's Encrypt,C=US";
function changed(kind: ChangeKind, before: Partial<ChainChange['before']> = {}, issuer = mine): Transition {
  const former = { keyType: 'ecdsa', pin: pins.primary, issuer: mine, root: pin('X1') } as const;
  const leaf = { notAfter: '2027-01-20T04:10:54Z', matched: 'leaf' } as const;
  return transition({ change: { kind, before: { ...former, ...leaf, ...before }, issuer } });
}

describe('what was changed decides what undoes it', () => {
  test('a new key by the same issuer: a renewal that did not reuse the key', () => {
    const text = unfolded(textOf([changed('key')]));
    expect(text).toContain(`What changed: the key of the leaf, not its issuer ("${mine}").`);
    expect(text).toContain(
      'The previous certificate is valid until 2027-01-20 04:10:54 UTC. If it is gone, renew again with the previous key',
    );
    const over = unfolded(textOf([changed('key', { notAfter: '2026-11-22T04:00:00Z' })]));
    expect(over).toContain('The previous certificate expired at 2026-11-22 04:00:00 UTC: renew again');
    expect(over).toContain(
      'Do first: renew the certificate of 192.0.2.10, 192.0.2.11 (ecdsa) again, with the previous key.',
    );
  });

  test('another intermediate, and another authority: both issuers are named', () => {
    const text = unfolded(textOf([changed('intermediate', {}, 'CN=E8')]));
    expect(text).toContain(
      `the intermediate: it was issued by "${mine}" before, and is issued by "CN=E8" now. The root is the same.`,
    );
    const moved = unfolded(textOf([changed('authority', { matched: 'root' }, 'CN=WR2')]));
    expect(moved).toContain(
      `The leaf was issued by "${mine}" before, and is issued by "CN=WR2" now. Usually a CDN`,
    );
    expect(moved).toContain('The pinned key was that of the root.');
    expect(moved).toContain(`Another one from "${mine}" works, too.`);
    expect(unfolded(textOf([changed('authority', {}, 'CN=WR2')]))).toContain(
      'The new authority can also certify the previous key.',
    );
  });

  test('the same key under another issuer', () => {
    const text = unfolded(textOf([changed('issuer', { matched: 'intermediate' }, 'CN=E8')]));
    expect(text).toContain('What changed: the issuer, not the key of the leaf.');
  });

  test('a hostile issuer of before is shown as text', () => {
    const { html, text } = renderLetter(
      letter([changed('authority', { issuer: 'CN=<img src=x>\n\u202e' })]),
      {
        from,
      },
    );
    expect(html).not.toContain('<img');
    expect(text).toContain('\\u{202e}');
  });
});

describe('one address, one key type', () => {
  test('one address: it is named, with alternatives, and checked alone', () => {
    const endpoints = ['192.0.2.10', '192.0.2.11', '192.0.2.12'].map((address) =>
      endpoint(address, address === '192.0.2.11' ? pins.rogue : pins.primary),
    );
    expectInFlow(textOf([transition({ check: check(endpoints) })]), [
      '1. Only 192.0.2.11 (ecdsa) differs: 2 endpoints match. Do one of these:',
      'a) Give it the certificate and key of the others.',
      'b) Take it out of DNS or the load balancer',
      '2. Then check only what differed: pinwatch check api.example.com --connect 192.0.2.11 --key-type ecdsa --pin',
    ]);
  });

  test('one key type: the address stays, the second certificate goes or its pin is shipped', () => {
    const endpoints = [
      endpoint('192.0.2.10', pins.primary),
      endpoint('192.0.2.10', pins.rogue, { keyType: 'rsa' }),
    ];
    const text = textOf([transition({ check: check(endpoints) })]);
    expect(unfolded(text)).not.toContain('out of DNS');
    expectInFlow(text, [
      'Only the rsa certificate differs, at 192.0.2.10; another key type at the same address matches. Leave the addresses in service',
      'a) Replace the rsa certificate with one whose key is pinned.',
      'b) Stop serving it: remove the rsa certificate',
      'c) If it is meant to stay, ship its pin in the apps',
      'pinwatch check api.example.com --connect 192.0.2.10 --key-type rsa --pin',
    ]);
  });
});

describe('a change of pinwatch is given for the place where the domain is defined', () => {
  const pinned = { check: check([endpoint('192.0.2.10', pins.rogue)]) };

  test('in a YAML file: the lines, the file, and no command that would be refused', () => {
    const text = textOf([transition({ ...pinned, provisionedBy: '/etc/pinwatch/pinwatch.yaml' })]);
    expect(unfolded(text)).toContain(
      'this alone repairs no app. Change /etc/pinwatch/pinwatch.yaml, then reload pinwatch (SIGHUP):',
    );
    expect(text).toContain(
      `     accounts:\n       acme:\n         domains:\n           - host: api.example.com\n             pins:\n               - ${pins.primary}\n`,
    );
    expect(text).toContain(`               - ${pins.rogue} # new\n`);
    expect(text).not.toContain('pinwatch pin add');
  });

  test('at runtime: the command alone', () => {
    const text = textOf([transition({ ...pinned, provisionedBy: null })]);
    expect(unfolded(text)).toContain(`pinwatch pin add acme api.example.com ${pins.rogue}`);
    expect(text).not.toContain('accounts:');
  });

  test('in a file with a line for each domain', () => {
    const text = unfolded(textOf([transition({ ...pinned, provisionedBy: '/etc/pinwatch/acme.jsonl' })]));
    expect(text).toContain('Change /etc/pinwatch/acme.jsonl, on the line of api.example.com');
  });

  test('in notices of an older version: both, as alternatives', () => {
    expectInFlow(textOf([transition(pinned)]), [
      'Do one of these:',
      'a) If the domain is in the',
      'b) If it was added',
    ]);
  });
});

test('private roots: the first command gets them, and the check names them', () => {
  const own = { roots: true, connect: [] };
  const found = [transition({ own, provisionedBy: '/etc/pinwatch/pinwatch.yaml' })];
  expectInFlow(textOf(found), [
    "the first command gets the domain's private roots from the service (the caFile of the domain in /etc/pinwatch/pinwatch.yaml):",
    'pinwatch domain show acme api.example.com --json | jq -r .ca > private-root.pem pinwatch check api.example.com',
    '--ca-file private-root.pem',
  ]);
});

function distrusted(
  code: Finding['code'],
  trustError: NonNullable<ReturnType<typeof endpoint>['trustError']>,
) {
  const leaf = certificate('CN=api.example.com', 'CN=Acme CA', pins.primary);
  const path = [{ pin: leaf.pin, subject: leaf.subject, from: 'presented' as const }];
  const bad = endpoint('192.0.2.10', pins.primary, { trusted: false, trustError, presented: [leaf], path });
  const finding: Finding = { code, severity: 'critical', message: `as found; it is for "www.example.net"` };
  return transition({ kind: 'untrusted', check: check([bad], [finding]), provisionedBy: null });
}

describe('a broken trust', () => {
  test('each reason has its own words, also among those without a finding of their own', () => {
    const subjects = (
      [
        'DEPTH_ZERO_SELF_SIGNED_CERT',
        'SELF_SIGNED_CERT_IN_CHAIN',
        'PATH_LENGTH_EXCEEDED',
        'INVALID_PURPOSE',
      ] as const
    ).map((error) => renderLetter(letter([distrusted('chain_untrusted', error)]), { from }).subject);
    expect(new Set(subjects).size).toBe(subjects.length);
    expect(subjects[0]).toBe(
      'api.example.com: chain not trusted - CRITICAL: apps cannot connect (the leaf is self-signed) [acme]',
    );
  });

  test('a private root is tried before it is named', () => {
    expectInFlow(textOf([distrusted('chain_untrusted', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')]), [
      'a) If an intermediate is missing, append the certificate whose subject is: CN=Acme CA.',
      'b) If a public certificate authority should have issued it',
      'c) If it is a private certificate authority, and the apps trust its root, name that root',
      'Try with that root first; the exit status is 0 if it is the right one: pinwatch check api.example.com --ca-file private-root.pem',
      'Only if the apps trust that root, have pinwatch trust it, too: pinwatch domain change acme api.example.com --ca-file private-root.pem',
    ]);
  });

  test('a certificate for other hosts: whose they are decides', () => {
    expectInFlow(textOf([distrusted('host_name_mismatch', 'HOSTNAME_MISMATCH')]), [
      'it is for "www.example.net"',
      'Find out whose they are:',
      'a) They are other sites of yours',
      'with api.example.com as a subjectAltName',
      'c) They are not yours: the name leads to a server of someone else. Check its DNS record',
    ]);
  });

  test('an intermediate that has expired is not the leaf', () => {
    const old = certificate('CN=R3', 'CN=X1', pin('R3'), '2026-11-20T00:00:00Z');
    const leaf = certificate('CN=api.example.com', 'CN=R3', pins.primary);
    const bad = endpoint('192.0.2.10', pins.primary, {
      ...{ trusted: false, trustError: 'CERT_HAS_EXPIRED', presented: [leaf, old] },
      path: [leaf, old].map(({ pin: key, subject }) => ({ pin: key, subject, from: 'presented' as const })),
    });
    const finding: Finding = { code: 'certificate_expired', severity: 'critical', message: 'as found' };
    const text = unfolded(textOf([transition({ kind: 'untrusted', check: check([bad], [finding]) })]));
    expect(text).toContain('It is not the leaf that has expired but "CN=R3" (at 2026-11-20 00:00:00 UTC)');
    expect(text).not.toContain('--reuse-key');
  });
});

test('all domains of the account at once: one cause, and what they share', () => {
  const moved = burst(12).map((one) => ({
    ...one,
    change: changed('authority', {}, 'CN=WR2').change,
  })) as Transition[];
  const text = unfolded(textOf(moved, { domains: 12 }));
  expect(text).toContain('All 12 domains of the account fail at once. Look for one cause, not 12');
  expect(text).toContain(
    `In common: 12 of the 12 domains with a pin mismatch present a leaf issued by "${mine}"`,
  );
  expect(textOf(moved, { domains: 13 })).not.toContain('fail at once');
  expect(textOf(moved)).not.toContain('fail at once');
});
