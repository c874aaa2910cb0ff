import { describe, expect, test } from 'vitest';
import type { AppliedRule, AppliedSet } from '../../src/core/applied-set.ts';
import { appsConnect } from '../../src/core/apps-connect.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Pin } from '../../src/core/pin.ts';
import { certificatePinOf, type PinHash } from '../../src/core/pin-hash.ts';
import type { PinList } from '../../src/core/pin-set.ts';
import { blankRecord, type DomainRecord, recordProbe } from '../../src/core/record.ts';
import { settledUntil } from '../../src/core/unchanged.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
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
  rules,
  seen,
  stray,
} from '../support/observations.ts';

const backup = pinOf('backup');
const other = pinOf('other');

function path(...anyOf: PinHash[]): PinList {
  return { at: 'path', anyOf };
}

function set(name: string, allOf: readonly PinList[], rule: Partial<AppliedRule> = {}): AppliedSet {
  return { name, source: 'imported', trust: 'platform', rules: [{ allOf, enforce: true, ...rule }] };
}

interface Given {
  readonly pins?: readonly Pin[];
  readonly sets: readonly AppliedSet[];
  readonly at?: number;
}

function judged({ pins = [], sets, at = now }: Given, ...observations: Observation[]) {
  const domain = { host: 'api.example.com', port: 443, pins, pinSets: sets };
  return judgeLooks(domain, [observations], at, rules.expiringWithinMs).check;
}

const codes = (check: ReturnType<typeof judged>) => check.findings.map(({ code }) => code);
const old = set('android-5.2', [path(leaf.pin, backup)]);
const next = set('android-5.3', [path(newLeaf.pin, backup)]);
const rotated = seen({ presented: [newLeaf, intermediate] });

describe('several sets', () => {
  test('the worst decides, and each has its own verdict', () => {
    const check = judged({ pins: [newLeaf.pin, backup], sets: [old, next] }, rotated);
    expect(check.verdict).toBe('mismatch');
    expect(check.pins).toEqual([
      { pin: newLeaf.pin, seen: true },
      { pin: backup, seen: false },
    ]);
    expect(check.pinSets).toEqual([
      { name: 'own', appVersion: null, verdict: 'match', pins: check.pins, until: null },
      {
        name: 'android-5.2',
        appVersion: null,
        verdict: 'mismatch',
        pins: [
          { pin: leaf.pin, seen: false },
          { pin: backup, seen: false },
        ],
        until: null,
      },
      { name: 'android-5.3', appVersion: null, verdict: 'match', pins: check.pins, until: null },
    ]);
    expect(check.endpoints).toMatchObject([
      { verdict: 'mismatch', matched: { pin: newLeaf.pin, position: 'leaf' }, pinSets: ['android-5.2'] },
    ]);
    expect(check.findings).toEqual([
      {
        code: 'pin_mismatch',
        severity: 'critical',
        message: 'no key that android-5.2 pins is on the validated path of any endpoint (1 endpoint judged)',
        pinSets: ['android-5.2'],
      },
    ]);
    expect(appsConnect(check)).toBe('some');
  });

  test('are full or partial one by one', () => {
    const endpoints = [seen(), seen({ address: '192.0.2.2', presented: [newLeaf, intermediate] })];
    const never = set('ios-3.1', [path(other)]);
    const check = judged({ sets: [old, never] }, ...endpoints);
    expect(check.findings.map(({ code, message, pinSets }) => [code, message, pinSets])).toEqual([
      [
        'pin_mismatch',
        'no key that ios-3.1 pins is on the validated path of any endpoint (2 endpoints judged)',
        ['ios-3.1'],
      ],
      [
        'pin_mismatch_partial',
        'no key that android-5.2 pins is on the validated path of 1 of 2 endpoints (192.0.2.2 ecdsa)',
        ['android-5.2'],
      ],
    ]);
    expect(check.endpoints.map(({ pinSets }) => pinSets)).toEqual([['ios-3.1'], ['android-5.2', 'ios-3.1']]);
    expect(appsConnect(check)).toBe('some');
  });

  test('all that fail alike are told in one sentence', () => {
    const twin = set('ios-3.1', [path(leaf.pin, backup)]);
    const check = judged({ sets: [old, twin] }, rotated);
    expect(check.findings[0]?.message).toBe(
      'no key that android-5.2 or ios-3.1 pins is on the validated path of any endpoint (1 endpoint judged)',
    );
    expect(appsConnect(check)).toBe('no');
  });

  test('a domain without pins of its own is judged by them', () => {
    const check = judged({ sets: [old] }, seen());
    expect(check).toMatchObject({ verdict: 'match', pins: [], findings: [] });
    expect(check.endpoints).toMatchObject([{ verdict: 'match', matched: null }]);
    expect(check.endpoints[0]?.pinSets).toBeUndefined();
    expect(appsConnect(check)).toBe('yes');
    expect(judged({ sets: [old] }, failed('connection_timeout')).verdict).toBe('inconclusive');
  });

  test('connections that disagree show each set where it failed', () => {
    const domain = { host: 'api.example.com', port: 443, pins: [], pinSets: [old, next] };
    const { check } = judgeLooks(domain, [[seen()], [rotated]], now, 0);
    expect(check.endpoints).toMatchObject([
      {
        connections: { judged: 2, mismatched: 2 },
        pinSets: expect.arrayContaining(['android-5.2', 'android-5.3']),
      },
    ]);
    expect(codes(check)).toEqual(['pin_mismatch_partial']);
    expect(appsConnect(check)).toBe('some');
  });
});

describe('a list', () => {
  test.each<[string, PinList, boolean]>([
    ['of the path by a root', path(root.pin), true],
    ['of the leaf by the leaf', { at: 'leaf', anyOf: [leaf.pin] }, true],
    ['of the leaf, but by an intermediate', { at: 'leaf', anyOf: [intermediate.pin] }, false],
    ['of a CA by an intermediate', { at: 'ca', anyOf: [intermediate.pin] }, true],
    ['of a CA by the root', { at: 'ca', anyOf: [root.pin] }, true],
    ['of a CA, but by the leaf', { at: 'ca', anyOf: [leaf.pin] }, false],
    ['by a certificate', path(certificatePinOf(intermediate)), true],
    ['by another certificate', path(certificatePinOf(newLeaf)), false],
  ])('%s', (_, list, matches) => {
    expect(judged({ sets: [set('one', [list])] }, seen()).verdict).toBe(matches ? 'match' : 'mismatch');
  });

  test('never compares a key with a certificate', () => {
    const asKey = `sha256/${certificatePinOf(leaf).slice('cert-sha256/'.length)}` as Pin;
    const asCertificate = `cert-${leaf.pin}` as const;
    expect(judged({ sets: [set('one', [path(asKey)])] }, seen()).verdict).toBe('mismatch');
    expect(judged({ sets: [set('one', [path(asCertificate)])] }, seen()).verdict).toBe('mismatch');
  });

  test('all lists of a rule must pass, and the message names the place', () => {
    const both = set('ios-3.1', [
      { at: 'leaf', anyOf: [leaf.pin] },
      { at: 'ca', anyOf: [other] },
    ]);
    const check = judged({ sets: [both] }, seen());
    expect(check.findings[0]?.message).toBe(
      'no certificate above the leaf has a key that ios-3.1 pins, on any endpoint (1 endpoint judged)',
    );
  });

  test('a path that is not trusted counts what was sent, as for own pins', () => {
    const broken = seen({ anchor: null });
    const reached = { ...broken, path: { ...broken.path, alsoReached: [stray] } };
    expect(judged({ sets: [set('one', [{ at: 'ca', anyOf: [stray.pin] }])] }, reached).verdict).toBe('match');
    expect(judged({ sets: [set('one', [{ at: 'leaf', anyOf: [stray.pin] }])] }, reached).verdict).toBe(
      'mismatch',
    );
  });

  test("a rule by the leaf's common name counts for that leaf alone", () => {
    const rule = { leafName: 'api.example.com' };
    const named = set('bank', [{ at: 'leaf', anyOf: [other] }], rule);
    const api = certificate('api', 'intermediate', { commonName: 'api.example.com' });
    const www = certificate('www', 'intermediate', { commonName: 'www.example.com' });
    expect(judged({ sets: [named] }, seen({ presented: [api, intermediate] })).verdict).toBe('mismatch');
    const open = judged({ sets: [named] }, seen({ presented: [www, intermediate] }));
    expect(open).toMatchObject({ verdict: 'unpinned', pinSets: [{ verdict: 'unpinned' }], findings: [] });
  });
});

describe('a set that decides nothing', () => {
  test('observes', () => {
    const check = judged({ sets: [set('old', [path(other)], { enforce: false })] }, seen());
    expect(check).toMatchObject({
      verdict: 'unpinned',
      findings: [],
      pinSets: [{ verdict: 'unpinned', pins: [{ pin: other, seen: false }] }],
    });
  });

  test('has run out, and is told', () => {
    const until = now - day;
    const check = judged({ sets: [set('old', [path(other)], { until, then: 'open' })] }, seen());
    expect(check.verdict).toBe('unpinned');
    expect(check.findings).toEqual([
      {
        code: 'pins_expired',
        severity: 'warning',
        message: 'old stopped pinning at 2026-11-21T04:10:54Z: it accepts any key',
        pinSets: ['old'],
      },
    ]);
  });

  test('will run out, and is told before', () => {
    const until = now + 5 * day;
    const sets = [set('old', [path(leaf.pin, backup)], { until, then: 'open' })];
    const check = judged({ sets }, seen());
    expect(check).toMatchObject({ verdict: 'match', pinSets: [{ until: '2026-11-27T04:10:54Z' }] });
    expect(check.findings).toEqual([
      {
        code: 'pins_expiring',
        severity: 'warning',
        message: 'the pins of old end in 5 days, at 2026-11-27T04:10:54Z: it accepts any key from then on',
        pinSets: ['old'],
      },
    ]);
    expect(
      codes(judged({ sets: [set('old', [path(leaf.pin, backup)], { until: now + 40 * day })] }, seen())),
    ).toEqual([]);
  });

  test('unless it is closed then: no app of it connects', () => {
    const until = now - day;
    const check = judged({ sets: [set('bank', [path(leaf.pin)], { until, then: 'closed' })] }, seen());
    expect(check.verdict).toBe('mismatch');
    expect(check.findings).toMatchObject([
      {
        code: 'pin_mismatch',
        message: 'the pins of bank have run out, and these apps then connect no more',
      },
    ]);
  });
});

describe('the other findings', () => {
  test('a pinned key outside the path', () => {
    const check = judged(
      { pins: [leaf.pin, backup], sets: [set('old', [path(stray.pin)])] },
      seen({ outside: [stray] }),
    );
    expect(check.findings.map(({ code, pinSets }) => [code, pinSets])).toEqual([
      ['pin_mismatch', ['old']],
      ['pin_outside_path', ['old']],
    ]);
    expect(check.findings[1]?.message).toContain(`the key that old pins, ${stray.pin}, is sent by`);
  });

  test('no backup', () => {
    const check = judged({ pins: [leaf.pin, backup], sets: [set('old', [path(leaf.pin)]), next] }, seen());
    expect(check.findings.find(({ code }) => code === 'no_backup_pin')).toEqual({
      code: 'no_backup_pin',
      severity: 'warning',
      message:
        'every pin of old is in use now: when this key must change, old cannot connect any more (RFC 7469, section 4.3)',
      pinSets: ['old'],
    });
  });

  test('two paths that suit different sets', () => {
    const others = [
      [
        { certificate: leaf, from: 'presented' },
        { certificate: stray, from: 'trust-store' },
      ],
    ] as const;
    const sets = [set('old', [path(stray.pin, backup)]), set('new', [path(root.pin, backup)])];
    const check = judged({ sets }, seen({ others }));
    expect(check.findings.find(({ code }) => code === 'path_ambiguous')).toMatchObject({ pinSets: ['old'] });
  });

  test("a certificate's hash in place of a key's", () => {
    const hash = `sha256/${Buffer.from(leaf.certificateSha256, 'hex').toString('base64')}` as Pin;
    const check = judged({ sets: [set('old', [path(hash)])] }, seen());
    expect(check.findings[0]?.message).toContain(`${hash} is the hash of the certificate "CN=leaf"`);
  });
});

/** A domain whose sets may change between probes. */
function watch() {
  let record: DomainRecord = blankRecord;
  let at = now;
  return {
    probe(given: Given, ...observations: Observation[]) {
      at += 15 * 60_000;
      const domain = { host: 'api.example.com', port: 443, pins: given.pins ?? [], pinSets: given.sets };
      const looks = Array.from({ length: 5 }, () => observations);
      const judgement = judgeLooks(domain, looks, at, rules.expiringWithinMs);
      const made = recordProbe(record, { account: 'acme', judgement, sweep: String(at), at, domain }, rules);
      record = made.record;
      return made.transitions.map(({ kind, transition, recovery }) =>
        recovery === undefined ? `${kind} ${transition}` : { kind, recovery },
      );
    },
    later(ms: number) {
      at += ms;
    },
    settled: (given: Given, ...observations: Observation[]) =>
      settledUntil(record, observations, rules, at, given.sets),
    get at() {
      return at;
    },
  };
}

describe('incidents', () => {
  test('another set that fails is told once more', () => {
    const { probe } = watch();
    expect(probe({ sets: [old] }, rotated)).toEqual(['pin_mismatch opened']);
    expect(probe({ sets: [old, set('ios-3.1', [path(other)])] }, rotated)).toEqual(['pin_mismatch changed']);
  });

  test('close for a person who removed the set, or for the server', () => {
    const removed = watch();
    removed.probe({ pins: [newLeaf.pin], sets: [old, next] }, rotated);
    expect(removed.probe({ pins: [newLeaf.pin], sets: [next] }, rotated)).toEqual([
      {
        kind: 'pin_mismatch',
        recovery: { cause: 'pin_sets', sets: [{ name: 'android-5.2', change: 'removed' }] },
      },
    ]);
    const replaced = watch();
    replaced.probe({ sets: [old] }, rotated);
    const again = set('android-5.2', [path(newLeaf.pin)]);
    expect(replaced.probe({ sets: [again] }, rotated)).toMatchObject([
      { recovery: { cause: 'pin_sets', sets: [{ name: 'android-5.2', change: 'replaced' }] } },
    ]);
    const repaired = watch();
    repaired.probe({ sets: [old] }, rotated);
    expect(repaired.probe({ sets: [old] }, seen())).toMatchObject([{ recovery: { cause: 'server' } }]);
  });

  test('pins that end are told at once, again when they have ended, and as removed', () => {
    const { probe, later } = watch();
    const ending = [set('old', [path(leaf.pin, backup)], { until: now + 2 * day, then: 'open' })];
    expect(probe({ sets: ending }, seen())).toEqual(['pins_expiring opened']);
    expect(probe({ sets: ending }, seen())).toEqual([]);
    later(2 * day);
    expect(probe({ sets: ending }, seen())).toEqual(['pins_expiring changed']);
    expect(probe({ sets: [] }, seen())).toMatchObject([
      { kind: 'pins_expiring', recovery: { cause: 'pin_sets', sets: [{ name: 'old', change: 'removed' }] } },
    ]);
  });

  test('a domain is settled until the next moment at which a set changes', () => {
    const until = now + 14 * day + 7_200_000;
    const sets = [set('old', [path(leaf.pin, backup)], { until, then: 'open' as const })];
    const domain = watch();
    domain.probe({ sets }, seen());
    expect(domain.settled({ sets }, seen())).toBe(until - 14 * day);
    domain.later(until - 14 * day - domain.at);
    domain.probe({ sets }, seen());
    // The reminder is due before the end is.
    expect(domain.settled({ sets }, seen())).toBe(domain.at + day);
  });
});
