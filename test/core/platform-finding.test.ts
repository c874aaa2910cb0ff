import { expect, test } from 'vitest';
import type { Certificate } from '../../src/core/certificate.ts';
import type { Finding } from '../../src/core/finding.ts';
import type { Observation, Seen } from '../../src/core/observation.ts';
import { defaultPlatforms, type Platform, ruled } from '../../src/core/platforms.ts';
import { judge, judgeLooks } from '../../src/core/verdict.ts';
import {
  certificate,
  day,
  failed,
  intermediate,
  leaf,
  now,
  root,
  type SeenOptions,
  seen,
} from '../support/observations.ts';

function refused(observations: readonly Observation[], platforms?: readonly Platform[]): Finding | undefined {
  const domain = {
    host: 'api.example.com',
    port: 443,
    pins: [leaf.pin],
    ...(platforms ? { platforms } : {}),
  };
  const { findings } = judge(domain, observations, now, 0).check;
  return findings.find(({ code }) => code === 'platform_refused');
}

const withLeaf = (more: Partial<Certificate>): SeenOptions => ({
  presented: [certificate('leaf', 'intermediate', more), intermediate],
});

test('what phones negotiate and accept breaks no rule', () => {
  const suites = [
    'TLS_AES_128_GCM_SHA256',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
    null,
  ];
  for (const suite of suites) expect(refused([seen({ negotiated: { suite } })]), `${suite}`).toBeUndefined();
  for (const group of ['X25519', 'P-256', 'P-384', null]) {
    expect(refused([seen({ negotiated: { group } })]), `${group}`).toBeUndefined();
  }
  for (const key of ['EC P-256', 'EC P-384', 'RSA 2048', 'RSA 4096']) {
    expect(refused([seen(withLeaf({ key }))]), key).toBeUndefined();
  }
});

/** What each platform says, after `Android` and `iOS`; null: nothing. */
type Says = readonly [options: SeenOptions, android: string | null, ios: string | null];

const suite = (name: string): SeenOptions => ({ negotiated: { suite: name } });
const group = (name: string): SeenOptions => ({ negotiated: { group: name } });
const lasting = (ms: number) => withLeaf({ notBefore: now - day, notAfter: now - day + ms });
const old = Date.parse('2019-06-30T23:59:59Z');
const sent = (more: Partial<Certificate>): SeenOptions => ({
  presented: [leaf, certificate('intermediate', 'root', more)],
});

test.each<[string, Says]>([
  ...[
    'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
    'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384',
    'TLS_AES_128_CCM_SHA256',
  ].map((name): [string, Says] => {
    const text = `the cipher suite ${name}`;
    return [name, [suite(name), `not negotiated by Android: ${text}`, `not negotiated by iOS: ${text}`]];
  }),
  [
    'ECDSA with CBC',
    [
      suite('TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'),
      'not negotiated by Android: the cipher suite TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
      null,
    ],
  ],
  ['P-521', [group('P-521'), 'not negotiated by Android: a key exchange with P-521', null]],
  [
    'X448',
    [
      group('X448'),
      'not negotiated by Android: a key exchange with X448',
      'not negotiated by iOS: a key exchange with X448',
    ],
  ],
  ...[
    'Ed25519',
    'Ed448',
    'EC P-521',
    'EC secp256k1',
    'EC with explicit parameters',
    'RSA-PSS 2048',
    '1.2.3',
  ].map((key): [string, Says] => {
    const text = `the leaf's kind of key (${key})`;
    return [key, [withLeaf({ key }), `not negotiated by Android: ${text}`, `not negotiated by iOS: ${text}`]];
  }),
  [
    'a leaf of RSA 1024',
    [
      withLeaf({ key: 'RSA 1024' }),
      null,
      'refused by iOS: "CN=leaf" has an RSA key of 1024 bits, fewer than 2048',
    ],
  ],
  [
    'an intermediate of RSA 1023',
    [
      sent({ key: 'RSA 1023' }),
      'refused by Android: "CN=intermediate" has an RSA key of 1023 bits, fewer than 1024',
      'refused by iOS: "CN=intermediate" has an RSA key of 1023 bits, fewer than 2048',
    ],
  ],
  [
    'a root of RSA 1024, of which Android asks nothing',
    [
      { anchor: certificate('root', 'root', { key: 'RSA 1024' }) },
      null,
      'refused by iOS: "CN=root" has an RSA key of 1024 bits, fewer than 2048',
    ],
  ],
  [
    'an intermediate of Ed25519',
    [
      sent({ key: 'Ed25519' }),
      'refused by Android: "CN=intermediate" has a key of an unsupported kind (Ed25519)',
      null,
    ],
  ],
  [
    'SHA-1 below the root',
    [sent({ signature: 'RSA with SHA-1' }), null, 'refused by iOS: "CN=intermediate" is signed with SHA-1'],
  ],
  [
    'SHA-1 with RSA-PSS',
    [withLeaf({ signature: 'RSA-PSS with SHA-1' }), null, 'refused by iOS: "CN=leaf" is signed with SHA-1'],
  ],
  [
    'a root that signed itself with SHA-1',
    [{ anchor: certificate('root', 'root', { signature: 'RSA with SHA-1' }) }, null, null],
  ],
  [
    'a root that has expired, whose dates Android does not ask for',
    [
      { anchor: certificate('root', 'root', { notAfter: now - day }) },
      null,
      'refused by iOS: "CN=root" expired at 2026-11-21T04:10:54Z',
    ],
  ],
  [
    'a root of the future',
    [
      { anchor: certificate('root', 'root', { notBefore: now + day }) },
      null,
      'refused by iOS: "CN=root" is valid only from 2026-11-23T04:10:54Z',
    ],
  ],
  [
    'a root that has expired beside a path to a valid one',
    [
      {
        anchor: certificate('old root', 'old root', { notAfter: now - day }),
        others: [[leaf, intermediate, root].map((one) => ({ certificate: one, from: 'presented' as const }))],
      },
      null,
      null,
    ],
  ],
  [
    'no extended key usage',
    [
      withLeaf({ extendedKeyUsage: null }),
      null,
      'refused by iOS: the leaf has no extended key usage, and serverAuth is required',
    ],
  ],
  [
    'any extended key usage, which is not serverAuth',
    [
      withLeaf({ extendedKeyUsage: ['2.5.29.37.0'] }),
      null,
      "refused by iOS: the leaf's extended key usage lacks serverAuth",
    ],
  ],
  ['no extended key usage of old', [withLeaf({ extendedKeyUsage: null, notBefore: old }), null, null]],
  ['825 days', [lasting(825 * day), null, null]],
  [
    'a second more',
    [lasting(825 * day + 1_000), null, 'refused by iOS: the leaf is valid for 826 days, more than 825'],
  ],
  ['ten years of old', [withLeaf({ notBefore: old, notAfter: old + 3_650 * day }), null, null]],
  ['ten years of an intermediate', [sent({ notAfter: now + 3_650 * day }), null, null]],
])('%s', (_, [options, android, ios]) => {
  const observations = [seen(options)];
  const texts = { android, ios };
  for (const platform of defaultPlatforms) {
    const finding = refused(observations, [platform]);
    expect(finding?.message ?? null).toBe(texts[platform]);
    if (finding) expect(finding.severity).toBe('critical');
  }
  expect(refused(observations, [])).toBeUndefined();
});

test('what concerns both platforms is one sentence, and two rules of one endpoint are two', () => {
  const bad = seen({
    ...withLeaf({ key: 'Ed25519', extendedKeyUsage: null }),
    ...suite('TLS_AES_128_GCM_SHA256'),
  });
  expect(refused([bad])?.message).toBe(
    "not negotiated by Android and iOS: the leaf's kind of key (Ed25519); refused by iOS: the leaf has no extended key usage, and serverAuth is required",
  );
});

test('a suite that neither negotiates is one sentence, without a second one about finite-field Diffie-Hellman', () => {
  const name = 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256';
  const dhe = seen({ negotiated: { suite: name, group: 'DHE 2048' } });
  expect(refused([dhe])?.message).toBe(`not negotiated by Android and iOS: the cipher suite ${name}`);
  expect(refused([seen(group('DHE 2048'))])?.message).toBe(
    'not negotiated by Android and iOS: a key exchange with DHE 2048',
  );
});

test.each<[string, SeenOptions, string]>([
  [
    'SHA-1 in the key exchange',
    { negotiated: { sha1: true } },
    'refused by some apps on Android and iOS: the server signs the key exchange only with SHA-1, so only old platforms connect',
  ],
  [
    'a static RSA key exchange',
    suite('TLS_RSA_WITH_AES_128_GCM_SHA256'),
    'refused by some apps on iOS: TLS_RSA_WITH_AES_128_GCM_SHA256 has no forward secrecy, so only apps with an App Transport Security exception connect',
  ],
])('%s is a warning', (_, options, message) => {
  expect(refused([seen(options)])).toEqual({ code: 'platform_refused', severity: 'warning', message });
});

test('the endpoints concerned are named unless all are, not counting failed ones', () => {
  const long = lasting(900 * day);
  const observations = [
    seen({ ...long, address: '192.0.2.1' }),
    seen({ address: '192.0.2.2' }),
    failed('connection_refused', '192.0.2.3'),
  ];
  expect(refused(observations)?.message).toBe(
    'refused by iOS: the leaf is valid for 900 days, more than 825, on 1 of 2 endpoints (192.0.2.1 ecdsa)',
  );
});

test('a key type that a platform does not negotiate is skipped if the address has another', () => {
  const edwards = (address: string): Seen =>
    seen({ ...withLeaf({ key: 'Ed25519' }), keyType: 'eddsa', address });
  expect(refused([seen(), edwards('192.0.2.1')])).toBeUndefined();
  expect(refused([seen(), edwards('192.0.2.2')])?.message).toMatch(
    /on 1 of 2 endpoints \(192\.0\.2\.2 eddsa\)$/,
  );
  // Android uses the other one; iOS may still refuse the one that it negotiates.
  const cbc = seen({ ...suite('TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'), ...lasting(900 * day) });
  expect(refused([cbc, seen({ keyType: 'rsa' })])?.message).toBe(
    'refused by iOS: the leaf is valid for 900 days, more than 825, on 1 of 2 endpoints (192.0.2.1 ecdsa)',
  );
});

test("a domain's platforms override its account's, which override the installation's", () => {
  expect(ruled({}, undefined, ['ios'])).toEqual({ platforms: ['ios'] });
  expect(ruled({}, [], ['ios'])).toEqual({ platforms: [] });
  expect(ruled({ platforms: ['android'] }, [], ['ios'])).toEqual({ platforms: ['android'] });
});

test('the path that is judged is the validated one', () => {
  const stray = certificate('stray', 'elsewhere', { key: 'RSA 512', signature: 'RSA with SHA-1' });
  expect(refused([seen({ outside: [stray] })])).toBeUndefined();
  const weak = certificate('intermediate', 'nowhere', { key: 'RSA 1000' });
  expect(refused([seen({ presented: [leaf, weak] })])?.message).toContain('RSA key of 1000 bits');
  // Only the trust finding covers it; what is not negotiated is still reported.
  const nowhere = { presented: [leaf, weak], anchor: null };
  expect(refused([seen(nowhere)])).toBeUndefined();
  expect(refused([seen({ ...nowhere, ...group('X448') })])?.message).toContain('X448');
});

test('a platform gets the other key type of an address, even if the last looks were only about one', () => {
  const ecdsa = seen();
  const eddsa = seen({ keyType: 'eddsa', ...withLeaf({ key: 'Ed25519' }) });
  const domain = { host: 'api.example.com', port: 443, pins: [leaf.pin], platforms: defaultPlatforms };
  const looks = [[ecdsa, eddsa], [ecdsa, eddsa], [eddsa]];
  const { check, sightings } = judgeLooks(domain, looks, now, 0);
  expect(check.findings.map(({ code }) => code)).not.toContain('platform_refused');
  expect(sightings.untrusted).toBe(0);
});

test('a key that no phone negotiates is not told while another key of the address could not be seen', () => {
  const eddsa = seen({ keyType: 'eddsa', ...withLeaf({ key: 'Ed25519' }) });
  const domain = { host: 'api.example.com', port: 443, pins: [leaf.pin], platforms: defaultPlatforms };
  const untrusted = (...looks: Observation[][]) => {
    const { sightings, tallies } = judgeLooks(domain, looks, now, 0);
    return { seen: sightings.untrusted, clean: tallies.at(-1)?.counts.untrusted.clean };
  };
  expect(untrusted([failed('connection_reset'), eddsa])).toEqual({ seen: 0, clean: 0 });
  expect(untrusted([failed('key_type_not_served'), eddsa])).toEqual({ seen: 1, clean: 0 });
  expect(untrusted([failed('connection_reset'), eddsa], [seen(), eddsa])).toEqual({ seen: 0, clean: 2 });
});
