import { expect, test } from 'vitest';
import type { Certificate, PathCertificate } from '../../src/core/certificate.ts';
import type { Pin } from '../../src/core/pin.ts';
import { judge } from '../../src/core/verdict.ts';
import { certificate, day, intermediate, leaf, now, pinOf, root, seen } from '../support/observations.ts';

const old = certificate('old', 'old');
const bridge = certificate('root', 'old', { pin: root.pin });
const backup = pinOf('backup');

const sent = (one: Certificate): PathCertificate => ({ certificate: one, from: 'presented' });
const stored = (one: Certificate): PathCertificate => ({ certificate: one, from: 'trust-store' });
const overBridge = [sent(leaf), sent(intermediate), sent(bridge), stored(old)];

function ambiguous(pins: readonly Pin[], ...observations: ReturnType<typeof seen>[]) {
  const { check } = judge({ host: 'api.example.com', port: 443, pins }, observations, now, 14 * day);
  return { verdict: check.verdict, finding: check.findings.find(({ code }) => code === 'path_ambiguous') };
}

test('another valid path that would mismatch is reported, with which client takes which', () => {
  const only = certificate('only here', 'only here');
  const path = [sent(leaf), sent(intermediate), stored(only)];
  const found = ambiguous([root.pin, backup], seen({ others: [path] }));
  expect(found.verdict).toBe('match');
  expect(found.finding).toEqual({
    code: 'path_ambiguous',
    severity: 'warning',
    message:
      'two paths are valid: the one via "CN=intermediate" to "CN=root", which Android and OkHttp take, has a pinned key; the one via "CN=intermediate" to "CN=only here", which Apple\'s platforms, browsers and Java may take, has none',
  });
});

test('another valid path that would match is reported beside the mismatch', () => {
  const found = ambiguous([old.pin, backup], seen({ others: [overBridge] }));
  expect(found.verdict).toBe('mismatch');
  expect(found.finding?.message).toBe(
    'two paths are valid: the one via "CN=intermediate" to "CN=root", which Android and OkHttp take, has no pinned key; the one via "CN=intermediate", "CN=root" to "CN=old", which Apple\'s platforms, browsers and Java may take, has one',
  );
});

test('paths that agree about the pins give no finding, at any position', () => {
  for (const pins of [[leaf.pin], [root.pin], [backup], []]) {
    expect(ambiguous(pins, seen({ others: [overBridge] })).finding).toBeUndefined();
  }
});

test('the first other path that disagrees is named, and the endpoints if they are not all', () => {
  const long = Array.from({ length: 6 }, (_, at) => sent(certificate(`ca ${at}`, `ca ${at + 1}`)));
  const others = [overBridge, [sent(leaf), ...long, stored(certificate('far', 'far'))]];
  const { finding } = ambiguous(
    [root.pin],
    seen({ address: '192.0.2.1', others }),
    seen({ address: '192.0.2.2' }),
  );
  expect(finding?.message).toContain('the one via "CN=ca 0", "CN=ca 1", "CN=ca 2", 3 more to "CN=far"');
  expect(finding?.message).toContain(', on 1 of 2 endpoints (192.0.2.1 ecdsa)');
});
