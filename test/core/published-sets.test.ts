import { describe, expect, test } from 'vitest';
import type { ConfigVersion } from '../../src/core/config-state.ts';
import { undatedPayload } from '../../src/core/configuration-payload.ts';
import { statusOf } from '../../src/core/domain-status.ts';
import { deliveredPin } from '../../src/core/draft.ts';
import { parsePinSetName } from '../../src/core/imported-set.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Pin } from '../../src/core/pin.ts';
import { createPublishedResolver, publishedSet } from '../../src/core/published-sets.ts';
import { blankRecord, type DomainRecord, recordProbe } from '../../src/core/record.ts';
import { isSeenAgain, settledUntil } from '../../src/core/unchanged.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import type { Entry } from '../../verify/typescript/src/configuration.ts';
import {
  day,
  failed,
  intermediate,
  leaf,
  newLeaf,
  now,
  pinOf,
  rules,
  seen,
} from '../support/observations.ts';

const backup = pinOf('backup');
const host = 'api.example.com';
const rotated = seen({ presented: [newLeaf, intermediate] });

function entry(pins: readonly Pin[], more: Partial<Entry> = {}): Entry {
  return { mode: 'pins', sub: false, pins: pins.map(deliveredPin), ...more };
}

function version(number: number, domains: Readonly<Record<string, Entry>>): ConfigVersion {
  const payload = undatedPayload({
    ...{ audience: 'mfrggzdfmztwq2lknnwg23tpob', version: number, refresh: 180, afterExpiry: 'enforce' },
    ...{ default: 'off', domains: new Map(Object.entries(domains)), roots: [], devices: [] },
  });
  const at = new Date(now).toISOString();
  return {
    ...{ version: number, digest: '', payload, note: '', by: 'alice', at },
    ...{ overridden: [], restored: null },
  };
}

/** What applies to a host, if the first version is published and the others are in the field. */
function applied(versions: readonly ConfigVersion[], of = host) {
  const [published] = versions;
  return createPublishedResolver(versions.map((one) => publishedSet(one, published?.version ?? 0)))(of);
}

describe('resolving', () => {
  test('the published version, and those before it that say something else of the host', () => {
    const [one, two] = [entry([leaf.pin, backup]), entry([newLeaf.pin, backup])];
    const versions = [version(5, { [host]: two }), version(4, { [host]: two }), version(3, { [host]: one })];
    const sets = applied([...versions, version(2, { [host]: one }), version(1, {})]);
    expect(sets).toMatchObject([
      { name: 'config-5', source: 'published', rules: [{ enforce: true }] },
      { name: 'config-3', source: 'published', held: true },
    ]);
    expect(sets[0]?.held).toBeUndefined();
  });

  test('an entry counts as apps take it: the longest alone, with what is below it', () => {
    const wide = entry([leaf.pin], { sub: true });
    const off: Entry = { mode: 'off', sub: false, pins: [] };
    const observed = entry([leaf.pin], { mode: 'observe' });
    const config = version(1, {
      'example.com': wide,
      'status.example.com': off,
      'beta.example.com': observed,
      'example.org': entry([leaf.pin]),
    });
    expect(applied([config], 'api.example.com')).toHaveLength(1);
    expect(applied([config], 'a.b.example.com')).toHaveLength(1);
    expect(applied([config], 'status.example.com')).toEqual([]);
    expect(applied([config], 'beta.example.com')).toEqual([]);
    expect(applied([config], 'example.org')).toHaveLength(1);
    expect(applied([config], 'api.example.org')).toEqual([]);
  });

  test('no imported set has such a name', () => {
    expect(parsePinSetName('config-5')).toMatchObject({ ok: false });
    expect(parsePinSetName('config-a').ok && parsePinSetName('config-05').ok).toBe(true);
  });
});

const before = version(1, { [host]: entry([leaf.pin, backup]) });
const after = version(2, { [host]: entry([newLeaf.pin, backup]) });

function judgement(pins: readonly Pin[], versions: readonly ConfigVersion[], ...seenNow: Observation[]) {
  const domain = { host, port: 443, pins, pinSets: applied(versions) };
  return judgeLooks(domain, [seenNow], now, rules.expiringWithinMs);
}

describe('judging', () => {
  test('the published version decides, by its name', () => {
    const { check } = judgement([leaf.pin, newLeaf.pin], [before], rotated);
    expect(check).toMatchObject({
      verdict: 'mismatch',
      pinSets: [
        { name: 'own', verdict: 'match' },
        { name: 'config-1', verdict: 'mismatch' },
      ],
      findings: [{ code: 'pin_mismatch', pinSets: ['config-1'] }],
    });
  });

  test('an older one is a warning, and the domain is well', () => {
    const { check, tallies } = judgement([newLeaf.pin, backup], [after, before], rotated);
    expect(check).toMatchObject({
      verdict: 'match',
      pinSets: [{ name: 'own' }, { name: 'config-2', verdict: 'match' }, { name: 'config-1', held: true }],
      endpoints: [{ verdict: 'match' }],
    });
    expect(check.pinSets?.[2]?.verdict).toBe('mismatch');
    expect(check.findings).toEqual([
      {
        code: 'pin_mismatch_held',
        severity: 'warning',
        message:
          'no key that config-1 pins is on the validated path of any endpoint (1 endpoint judged): an app that still holds it fails once, fetches and recovers',
        pinSets: ['config-1'],
      },
    ]);
    expect(tallies[0]?.counts.pin_mismatch).toEqual({ bad: 0, clean: 1 });
    const record = { ...blankRecord, lastCheck: check };
    expect(statusOf({ pins: [] }, record)).toMatchObject({ pinSets: 2, pinSetsMismatched: 0 });
  });

  test('only where the published one does not fail, too: such an app recovers', () => {
    const stranger = seen({ address: '192.0.2.2', presented: [pinned('a stranger'), intermediate] });
    const { check } = judgement([newLeaf.pin, backup], [after, before], rotated, stranger);
    expect(check.verdict).toBe('mismatch');
    expect(check.findings.map(({ code }) => code)).toEqual(['pin_mismatch_partial', 'pin_mismatch_held']);
    expect(check.findings[1]?.message).toContain('1 of 2 endpoints (192.0.2.1 ecdsa)');
    const all = judgement([newLeaf.pin, backup], [after, before], stranger).check;
    expect(all.findings.map(({ code }) => code)).toEqual(['pin_mismatch']);
  });

  function pinned(name: string) {
    return { ...newLeaf, pin: pinOf(name) };
  }
});

describe('incidents', () => {
  /** Probes a quarter of an hour apart. */
  function watch() {
    let record: DomainRecord = blankRecord;
    let at = now;
    return {
      record: () => record,
      probe(versions: readonly ConfigVersion[], seenNow: Observation, afterMs = 900_000, looks = 1) {
        at += afterMs;
        const domain = { host, port: 443, pins: [newLeaf.pin, backup], pinSets: applied(versions) };
        const judged = judgeLooks(domain, Array(looks).fill([seenNow]), at, rules.expiringWithinMs);
        const probe = { account: 'acme', judgement: judged, sweep: String(at), at, domain };
        const next = recordProbe(record, probe, rules);
        const isAgain = isSeenAgain(record, next.record);
        record = next.record;
        const until = settledUntil(record, [seenNow], rules, at, domain.pinSets);
        return { told: next.transitions, isAgain, isSettled: until > at };
      },
    };
  }
  const kinds = (told: readonly { readonly transition: string; readonly kind: string }[]) =>
    told.map(({ transition, kind }) => `${transition} ${kind}`);

  test('a held mismatch is told at the second probe, reminded of weekly, and over with its version', () => {
    const { probe, record } = watch();
    const first = probe([after, before], rotated);
    expect([kinds(first.told), first.isSettled]).toEqual([[], false]);
    const second = probe([after, before], rotated);
    expect([kinds(second.told), second.isSettled]).toEqual([['opened pin_mismatch_held'], true]);
    expect(second.told[0]).toMatchObject({ severity: 'warning' });
    expect(kinds(probe([after, before], rotated).told)).toEqual([]);
    expect(kinds(probe([after, before], failed('connection_timeout')).told)).toEqual([]);
    expect(kinds(probe([after, before], rotated, 7 * day).told)).toContain('reminder pin_mismatch_held');
    const closed = probe([after], rotated).told.find(({ transition }) => transition === 'closed');
    expect(closed).toMatchObject({
      ...{ transition: 'closed', kind: 'pin_mismatch_held' },
      recovery: { cause: 'pin_sets', sets: [{ name: 'config-1', change: 'removed' }] },
    });
    expect(record().incidents.pin_mismatch_held).toBeUndefined();
  });

  test('a mismatch of what is published ends with another publication', () => {
    const { probe } = watch();
    expect(kinds(probe([before], rotated, 0, 5).told)).toEqual(['opened pin_mismatch']);
    const [closed] = probe([after, before], rotated, 900_000, 5).told;
    expect(closed).toMatchObject({
      ...{ transition: 'closed', kind: 'pin_mismatch' },
      recovery: { cause: 'pin_sets', sets: [{ name: 'config-1', change: 'replaced' }] },
    });
  });
});
