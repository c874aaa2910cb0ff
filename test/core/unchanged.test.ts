import { describe, expect, test } from 'vitest';
import type { Domain } from '../../src/core/domain.ts';
import type { Observation, Seen } from '../../src/core/observation.ts';
import { blankRecord, type DomainRecord, recordProbe } from '../../src/core/record.ts';
import { isSameLook, isSeenAgain, seenAgain, settledUntil } from '../../src/core/unchanged.ts';
import { judge } from '../../src/core/verdict.ts';
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

const api: Domain = { host: 'api.example.com', port: 443, pins: [leaf.pin, pinOf('backup')], platforms: [] };
const good = lasting(seen({ presented: [leaf, intermediate] }));

/** Its root is valid for longer than a domain stays settled. */
function lasting(observation: Seen): Seen {
  const certificates = observation.path.certificates.map(({ certificate, from }) => ({
    ...{ from, certificate: { ...certificate, notAfter: now + 60 * day } },
  }));
  return { ...observation, path: { ...observation.path, certificates } };
}

function probed(
  observations: readonly Observation[],
  domain = api,
  before = blankRecord,
  at = now,
): DomainRecord {
  const judgement = judge(domain, observations, at, rules.expiringWithinMs);
  return recordProbe(before, { account: 'acme', judgement, sweep: '1', at }, rules).record;
}

describe('a domain is settled', () => {
  test('for a week, or until the next date matters', () => {
    expect(settledUntil(probed([good]), [good], rules, now)).toBe(now + 7 * day);
    const ending = seen({
      presented: [{ ...leaf, notAfter: now + rules.expiringWithinMs + 5_000 }, intermediate],
    });
    expect(settledUntil(probed([ending]), [ending], rules, now)).toBe(now + 5_000);
    const stray = seen({
      presented: [leaf, intermediate],
      outside: [{ ...newLeaf, notBefore: now + 7_000 }],
    });
    expect(settledUntil(probed([stray]), [stray], rules, now)).toBe(now + 7_000);
  });

  test('with a missing backup pin, until that is told or told again', () => {
    const bare = { ...api, pins: [leaf.pin] };
    const pending = probed([good], bare);
    expect(settledUntil(pending, [good], rules, now)).toBe(now + 7 * day);
    const later = now + rules.backupPinEveryMs - 1_000;
    const still = probed([good], bare, pending, later);
    expect(settledUntil(still, [good], rules, later)).toBe(later + 1_000);
  });

  test('not while anything is open, suspected or just closed, nor if something was not seen', () => {
    const bad = seen({ presented: [newLeaf, intermediate] });
    const sighted = probed([bad]);
    expect(settledUntil(sighted, [bad], rules, now)).toBe(0);
    const opened = probed([bad], api, sighted, now + 1);
    expect(opened.incidents.pin_mismatch).toBeDefined();
    expect(settledUntil(opened, [bad], rules, now + 1)).toBe(0);
    const closed = { ...probed([good]), closed: { pin_mismatch: { closedAt: now, endpoints: [] } } };
    expect(settledUntil(closed, [good], rules, now)).toBe(0);
    const refused = failed('connection_refused');
    expect(settledUntil(probed([good, refused]), [good, refused], rules, now)).toBe(0);
    const broken = { ...good, broken: { code: 'tls_alert', message: 'alert' } } as const;
    expect(settledUntil(probed([broken]), [broken], rules, now)).toBe(0);
    expect(settledUntil(blankRecord, [], rules, now)).toBe(0);
  });

  test('with a key type that the server says it lacks, but not with one that broke off', () => {
    const lacks = { ...failed('key_type_not_served'), evidence: 'alert' } as const;
    expect(settledUntil(probed([good, lacks]), [good, lacks], rules, now)).toBe(now + 7 * day);
    const turns = { ...lacks, evidence: 'by_turns' } as const;
    expect(settledUntil(probed([good, turns]), [good, turns], rules, now)).toBe(0);
  });
});

describe('two looks are the same', () => {
  test('if each endpoint showed the same chain and negotiation, however long it took', () => {
    expect(isSameLook([good], [{ ...good, durationMs: 99 }])).toBe(true);
    const lacks = { ...failed('key_type_not_served'), evidence: 'alert' } as const;
    expect(isSameLook([good, lacks], [good, { ...lacks, durationMs: 7 }])).toBe(true);
  });

  test('and not otherwise', () => {
    const lacks = { ...failed('key_type_not_served'), evidence: 'alert' } as const;
    const others: Observation[][] = [
      [],
      [good, good],
      [{ ...good, address: '192.0.2.99' }],
      [{ ...good, keyType: 'rsa' }],
      [{ ...good, presented: [...good.presented] }],
      [{ ...good, path: { ...good.path } }],
      [{ ...good, hostMatches: !good.hostMatches }],
      [{ ...good, protocol: 'TLSv1.1' }],
      [{ ...good, negotiated: { ...good.negotiated, sha1: true } }],
      [{ ...good, negotiated: { ...good.negotiated, group: 'P-521' } }],
      [{ ...good, negotiated: { ...good.negotiated, suite: 'TLS_AES_256_GCM_SHA384' } }],
      [{ ...good, unlisted: true }],
      [{ ...good, broken: { code: 'tls_alert', message: 'alert' } }],
      [failed('connection_refused')],
      [lacks],
    ];
    for (const other of others) {
      expect(isSameLook([good], other)).toBe(false);
      expect(isSameLook(other, [good])).toBe(false);
    }
    expect(isSameLook([lacks], [{ ...lacks, failure: { ...lacks.failure, message: 'another' } }])).toBe(
      false,
    );
    // An inconclusive probe means nothing, however often it is repeated.
    const refused = failed('connection_refused');
    expect(isSameLook([refused], [refused])).toBe(false);
  });
});

test('a record that was seen again is as if it had been probed then, but for the sweep', () => {
  const before = probed([good]);
  const at = now + 900_000;
  const again = probed([good], api, before, at);
  expect({ ...seenAgain(before, at), lastCheck: null, countedSweep: null }).toEqual({
    ...again,
    lastCheck: null,
    countedSweep: null,
  });
  expect(seenAgain(again, now)).toBe(again);
});

test('a record that another probe left unchanged is distinguished from one that it changed', () => {
  const before = JSON.parse(JSON.stringify(probed([good]))) as DomainRecord;
  const at = now + 900_000;
  const slower = probed([{ ...good, durationMs: 99 }], api, before, at);
  expect(isSeenAgain(before, slower)).toBe(true);
  expect(isSeenAgain(blankRecord, slower)).toBe(false);
  const renewed = seen({ presented: [leaf, { ...intermediate, certificateSha256: 'other' }] });
  for (const other of [renewed, seen({ presented: [newLeaf, intermediate] }), failed('connection_refused')]) {
    expect(isSeenAgain(before, probed([other], api, before, at))).toBe(false);
  }
  expect(isSeenAgain(before, probed([good], { ...api, pins: [leaf.pin] }, before, at))).toBe(false);
});
