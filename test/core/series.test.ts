import { describe, expect, test } from 'vitest';
import { type DomainStatus, statusOf } from '../../src/core/domain-status.ts';
import type { Observation } from '../../src/core/observation.ts';
import { blankRecord, type DomainRecord, recordProbe } from '../../src/core/record.ts';
import { domainSeries } from '../../src/core/series.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../support/observations.ts';

const domain = { host: 'api.example.com', port: 443, pins: [leaf.pin, pinOf('backup')] };

function recorded(
  observations: readonly Observation[],
  before: DomainRecord = blankRecord,
  at = now,
): DomainRecord {
  const judgement = judgeLooks(
    domain,
    Array.from({ length: 5 }, () => observations),
    at,
    rules.expiringWithinMs,
  );
  return recordProbe(before, { account: 'acme', judgement, sweep: String(at), at }, rules).record;
}

const gauges = (record: DomainRecord) => gaugesOf(statusOf(domain, record));

function gaugesOf(status: DomainStatus) {
  return Object.fromEntries(domainSeries.map(({ name, of }) => [name, of(status)]));
}

const mismatched = seen({ address: '192.0.2.2', presented: [newLeaf, intermediate] });

describe('the gauges of a domain', () => {
  test('before its first probe: timestamps of 0, and nothing about trust', () => {
    expect(gauges(blankRecord)).toEqual({
      pin_mismatch: 0,
      pin_sets: null,
      pin_sets_mismatched: null,
      pin_sets_end_timestamp_seconds: null,
      probe_success: 0,
      chain_trusted: null,
      endpoints: 0,
      endpoints_mismatched: 0,
      endpoints_failed: 0,
      pins: 2,
      backup_pins: 0,
      certificate_not_after_timestamp_seconds: 0,
      last_probe_timestamp_seconds: 0,
      last_conclusive_probe_timestamp_seconds: 0,
      muted_until_timestamp_seconds: 0,
    });
  });

  test('say until when a domain is muted, whether or not that has passed', () => {
    const muted = statusOf({ ...domain, mutedUntil: now + 1_999 }, blankRecord);
    expect(gaugesOf(muted).muted_until_timestamp_seconds).toBe(Math.floor((now + 1_999) / 1000));
  });

  test('count endpoints without key types that are not served', () => {
    const record = recorded([
      seen(),
      mismatched,
      failed('connection_refused', '192.0.2.3'),
      failed('key_type_not_served'),
    ]);
    expect(gauges(record)).toMatchObject({
      pin_mismatch: 1,
      probe_success: 1,
      endpoints: 3,
      endpoints_mismatched: 1,
      endpoints_failed: 1,
    });
  });

  test('keep what was known if a probe was inconclusive', () => {
    const before = recorded([mismatched]);
    const record = recorded([failed('connection_refused')], before, now + 60_000);
    expect(gauges(record)).toMatchObject({
      pin_mismatch: 1,
      probe_success: 0,
      chain_trusted: 1,
      backup_pins: 2,
      certificate_not_after_timestamp_seconds: Math.floor(intermediate.notAfter / 1000),
      last_probe_timestamp_seconds: Math.floor(now / 1000) + 60,
      last_conclusive_probe_timestamp_seconds: Math.floor(now / 1000),
    });
  });

  test('say that a chain is not trusted until a clean probe', () => {
    const untrusted = recorded([seen({ hostMatches: false })]);
    expect(gauges(untrusted).chain_trusted).toBe(0);
    expect(statusOf(domain, untrusted).open).toEqual(['untrusted']);
    expect(gauges(recorded([seen()], untrusted, now + 60_000)).chain_trusted).toBe(1);
  });
});
