import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/core/observation.ts';
import type { Pin } from '../../src/core/pin.ts';
import { judge } from '../../src/core/verdict.ts';
import {
  certificate,
  day,
  failed,
  intermediate,
  leaf,
  newLeaf,
  now,
  pinOf,
  root,
  type SeenOptions,
  seen,
  stray,
} from '../support/observations.ts';

const backup = pinOf('backup');

function judged(pins: readonly Pin[], ...observations: Observation[]) {
  return judge({ host: 'api.example.com', port: 443, pins }, observations, now, 14 * day).check;
}

function codes(pins: readonly Pin[], ...observations: Observation[]) {
  return judged(pins, ...observations).findings.map(({ code, severity }) => `${severity} ${code}`);
}

describe('an endpoint', () => {
  test.each([
    ['leaf', leaf.pin],
    ['intermediate', intermediate.pin],
    ['root', root.pin],
  ])('matches by the key of its %s', (position, pin) => {
    const check = judged([backup, pin], seen());
    expect(check.verdict).toBe('match');
    expect(check.endpoints[0]).toMatchObject({ verdict: 'match', matched: { pin, position }, trusted: true });
    expect(check.findings).toEqual([]);
    expect(check.pins).toEqual([
      { pin: backup, seen: false },
      { pin, seen: true },
    ]);
  });

  test('mismatches if no key on its path is pinned', () => {
    const check = judged([backup], seen());
    expect(check.verdict).toBe('mismatch');
    expect(check.endpoints[0]).toMatchObject({
      verdict: 'mismatch',
      matched: null,
      trusted: true,
      trustError: null,
    });
    expect(codes([backup], seen())).toEqual(['critical pin_mismatch']);
  });

  test('a pinned key on a stray certificate never counts', () => {
    const observation = seen({ outside: [stray] });
    expect(judged([stray.pin], observation).verdict).toBe('mismatch');
    expect(codes([stray.pin], observation)).toEqual(['critical pin_mismatch', 'critical pin_outside_path']);
    expect(codes([stray.pin, leaf.pin, backup], observation)).toEqual(['info pin_outside_path']);
  });

  test('a path that reaches no anchor still counts for the pins, and has a finding of its own', () => {
    const options: SeenOptions = { anchor: null, problem: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' };
    expect(judged([intermediate.pin, backup], seen(options)).verdict).toBe('match');
    expect(codes([intermediate.pin, backup], seen(options))).toEqual(['critical chain_untrusted']);
  });

  test('without pins is unpinned, and still watched', () => {
    const observation = seen({ problem: 'CERT_HAS_EXPIRED' });
    expect(judged([], observation)).toMatchObject({
      verdict: 'unpinned',
      endpoints: [{ verdict: 'unpinned' }],
    });
    expect(codes([], observation)).toEqual(['critical certificate_expired']);
  });
});

describe('a domain', () => {
  const good = seen({ address: '192.0.2.1' });
  const other = seen({ address: '192.0.2.2', presented: [newLeaf, intermediate] });
  const pins = [leaf.pin, backup];

  test('is a mismatch if any endpoint is; partial if another matches', () => {
    const check = judged(pins, good, other);
    expect(check.verdict).toBe('mismatch');
    expect(check.findings.map(({ code }) => code)).toEqual(['pin_mismatch_partial']);
    expect(check.findings[0]?.message).toContain('1 of 2 endpoints (192.0.2.2 ecdsa)');
  });

  test('is a full mismatch if every judged endpoint is, whatever could not be judged', () => {
    expect(codes(pins, other, failed('connection_refused', '192.0.2.3'))).toEqual([
      'critical pin_mismatch',
      'warning endpoint_failed',
    ]);
  });

  test('is inconclusive if no endpoint could be judged', () => {
    const check = judged(pins, failed('connection_timeout'), failed('connection_refused', '192.0.2.2'));
    expect(check.verdict).toBe('inconclusive');
    expect(check.findings).toEqual([
      {
        code: 'unreachable',
        severity: 'warning',
        message:
          'no endpoint could be judged: connection_timeout: made to fail: connection_timeout (192.0.2.1); connection_refused: made to fail: connection_refused (192.0.2.2)',
      },
    ]);
  });

  test('a key type that is not served counts as neither, unless none is served at all', () => {
    expect(codes(pins, good, failed('key_type_not_served', '192.0.2.1', 'rsa'))).toEqual([]);
    expect(
      codes(pins, failed('key_type_not_served'), failed('key_type_not_served', '192.0.2.1', 'rsa')),
    ).toEqual(['warning unreachable']);
  });

  test('reports a failed endpoint, without changing the verdict', () => {
    expect(judged(pins, good, failed('connection_reset', '192.0.2.9')).verdict).toBe('match');
    expect(codes(pins, good, failed('connection_reset', '192.0.2.9'))).toEqual(['warning endpoint_failed']);
  });

  test('lacks a backup pin if every pin is in use', () => {
    expect(codes([leaf.pin], good)).toEqual(['warning no_backup_pin']);
    expect(codes([leaf.pin, newLeaf.pin], good, { ...other, address: '192.0.2.2' })).toEqual([
      'warning no_backup_pin',
    ]);
    expect(codes([leaf.pin, backup], good)).toEqual([]);
    expect(codes([backup], good)).toEqual(['critical pin_mismatch']);
  });
});

describe('trust', () => {
  const pins = [leaf.pin, backup];
  const expired = certificate('leaf', 'intermediate', { notAfter: now - day });
  const early = certificate('leaf', 'intermediate', { notBefore: now + day });

  test.each<[string, SeenOptions, string, string]>([
    [
      'expired leaf',
      { presented: [expired, intermediate], problem: 'CERT_HAS_EXPIRED' },
      'certificate_expired',
      'CERT_HAS_EXPIRED',
    ],
    [
      'expired and for another host',
      { presented: [expired, intermediate], problem: 'CERT_HAS_EXPIRED', hostMatches: false },
      'certificate_expired',
      'CERT_HAS_EXPIRED',
    ],
    [
      'not valid yet',
      { presented: [early, intermediate], problem: 'CERT_NOT_YET_VALID' },
      'certificate_not_yet_valid',
      'CERT_NOT_YET_VALID',
    ],
    ['another host', { hostMatches: false }, 'host_name_mismatch', 'HOSTNAME_MISMATCH'],
    [
      'only the leaf',
      { presented: [leaf], anchor: null, problem: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      'chain_incomplete',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'only the leaf, twice',
      { presented: [leaf], outside: [leaf], anchor: null, problem: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      'chain_incomplete',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'an intermediate too few',
      {
        presented: [leaf, certificate('intermediate', 'upper')],
        anchor: null,
        problem: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      },
      'chain_untrusted',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ],
    [
      'self-signed',
      { presented: [certificate('leaf', 'leaf')], anchor: null, problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      'chain_untrusted',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    ['anything else', { problem: 'INVALID_PURPOSE' }, 'chain_untrusted', 'INVALID_PURPOSE'],
  ])('%s gives exactly one finding', (_, options, code, trustError) => {
    const check = judged(pins, seen(options));
    expect(check.endpoints[0]).toMatchObject({ trusted: false, trustError });
    const critical = check.findings.filter(({ severity }) => severity === 'critical');
    expect(critical.map((finding) => finding.code)).toEqual([code]);
    expect(check.verdict).toBe('match');
  });

  test('gives the problem of the path as its reason', () => {
    const [finding] = judged(pins, seen({ problem: 'PATH_LENGTH_EXCEEDED' })).findings;
    expect(finding?.message).toBe('made to fail: PATH_LENGTH_EXCEEDED');
    const [other] = judged(pins, seen({ hostMatches: false })).findings;
    expect(other?.message).toBe('"CN=leaf" has no subjectAltName for this host');
    const namedHosts = 'it is for "www.example.com"';
    const [named] = judged(pins, { ...seen({ hostMatches: false }), namedHosts }).findings;
    expect(named?.message).toBe('"CN=leaf" has no subjectAltName for this host; it is for "www.example.com"');
  });

  test('an expired certificate gives no finding if the path is valid without it', () => {
    expect(
      codes(pins, seen({ presented: [leaf, certificate('intermediate', 'root', { notAfter: now - day })] })),
    ).toEqual([]);
  });

  test('different problems of different endpoints are each reported, with their endpoints', () => {
    const check = judged(
      pins,
      seen({ address: '192.0.2.1', hostMatches: false }),
      seen({ address: '192.0.2.2' }),
    );
    expect(check.findings).toHaveLength(1);
    expect(check.findings[0]?.message).toContain('on 1 of 2 endpoints (192.0.2.1 ecdsa)');
  });
});

describe('expiry', () => {
  const pins = [root.pin, backup];

  test('is reported from 14 days before the earliest notAfter on the path', () => {
    const soon = certificate('leaf', 'intermediate', { notAfter: now + 14 * day });
    const later = certificate('leaf', 'intermediate', { notAfter: now + 14 * day + 1000 });
    expect(codes(pins, seen({ presented: [soon, intermediate] }))).toEqual(['warning certificate_expiring']);
    expect(codes(pins, seen({ presented: [later, intermediate] }))).toEqual([]);
  });

  test('includes intermediates, but not the anchor from the store', () => {
    const soon = certificate('intermediate', 'root', { notAfter: now + day });
    expect(codes(pins, seen({ presented: [leaf, soon] }))).toEqual(['warning certificate_expiring']);
    expect(codes(pins, seen({ anchor: certificate('root', 'root', { notAfter: now + day }) }))).toEqual([]);
    // The same root, sent by the server, is part of what it serves.
    const sentRoot = certificate('root', 'root', { notAfter: now + day });
    expect(
      codes(pins, seen({ presented: [leaf, intermediate, sentRoot], anchor: null, problem: null })),
    ).toEqual(['warning certificate_expiring']);
  });

  test('gives no finding once it has happened', () => {
    const gone = certificate('leaf', 'intermediate', { notAfter: now - 1000 });
    expect(codes(pins, seen({ presented: [gone, intermediate], problem: 'CERT_HAS_EXPIRED' }))).toEqual([
      'critical certificate_expired',
    ]);
  });
});

test('the check has exactly the fields of the contract', () => {
  const check = judged([leaf.pin], seen(), failed('connection_refused', '192.0.2.2'));
  expect(Object.keys(check)).toEqual(['host', 'port', 'verdict', 'pins', 'findings', 'endpoints']);
  const endpointKeys = [
    'address',
    'keyType',
    'verdict',
    'protocol',
    'durationMs',
    'presented',
    'path',
    'trusted',
    'trustError',
    'matched',
    'failure',
  ];
  for (const endpoint of check.endpoints) expect(Object.keys(endpoint)).toEqual(endpointKeys);
  expect(check.endpoints[0]?.presented[0]).toEqual({
    pin: leaf.pin,
    subject: 'CN=leaf',
    issuer: 'CN=intermediate',
    notBefore: '2026-10-23T04:10:54Z',
    notAfter: '2027-01-21T04:10:54Z',
    certificateSha256: leaf.certificateSha256,
    key: 'EC P-256',
  });
  expect(check.endpoints[0]?.path.at(-1)).toEqual({ pin: root.pin, subject: 'CN=root', from: 'trust-store' });
});
