import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/core/observation.ts';
import { blankRecord, type DomainRecord, duePlaces, recordProbe } from '../../src/core/record.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../support/observations.ts';

const minute = 60_000;
const domain = { host: 'cdn.example.com', port: 443, pins: [leaf.pin, pinOf('backup')] };

function probed(before: DomainRecord, at: number, ...observations: Observation[]): DomainRecord {
  const judgement = judgeLooks(
    domain,
    Array.from({ length: 5 }, () => observations),
    at,
    rules.expiringWithinMs,
  );
  return recordProbe(before, { account: 'acme', judgement, sweep: String(at), at }, rules).record;
}

const good = (address: string) => seen({ address });
const bad = (address: string) => seen({ address, presented: [newLeaf, intermediate] });

describe('addresses that were bad', () => {
  test('are remembered while the name resolves to them, and forgotten when they are well', () => {
    const first = probed(
      blankRecord,
      now,
      good('192.0.2.1'),
      bad('192.0.2.2'),
      seen({ address: '192.0.2.3', hostMatches: false }),
    );
    expect(first.badAddresses).toEqual({ '192.0.2.2': now, '192.0.2.3': now });
    const later = now + 15 * minute;
    const second = probed(first, later, bad('192.0.2.2'), good('192.0.2.3'));
    expect(second.badAddresses).toEqual({ '192.0.2.2': later });
  });

  test('stay if they could not be judged or were not probed', () => {
    const first = probed(blankRecord, now, bad('192.0.2.2'), bad('192.0.2.3'));
    const second = probed(
      first,
      now + 15 * minute,
      good('192.0.2.1'),
      failed('connection_refused', '192.0.2.2'),
    );
    expect(second.badAddresses).toEqual({ '192.0.2.2': now + 15 * minute, '192.0.2.3': now });
  });

  test('are forgotten an hour after the name last resolved to them', () => {
    const first = probed(blankRecord, now, bad('192.0.2.2'));
    const unlisted = { ...bad('192.0.2.2'), unlisted: true };
    const second = probed(first, now + 45 * minute, good('192.0.2.1'), unlisted);
    expect(second.badAddresses).toEqual({ '192.0.2.2': now });
    expect(second.incidents.pin_mismatch).toBeDefined();
    expect(probed(second, now + 60 * minute, good('192.0.2.1'), unlisted).badAddresses).toEqual({});
    expect(probed(second, now + 75 * minute, good('192.0.2.1')).incidents.pin_mismatch).toBeUndefined();
  });

  test('are remembered while the name does not resolve, however long that lasts', () => {
    const first = probed(blankRecord, now, bad('192.0.2.2'));
    const second = probed(first, now + 90 * minute, failed('dns_failed', null));
    expect(duePlaces(second)).toEqual(['192.0.2.2']);
    const third = probed(second, now + 105 * minute, good('192.0.2.1'), bad('192.0.2.2'));
    expect(third.badAddresses).toEqual({ '192.0.2.2': now + 105 * minute });
    expect(third.incidents.pin_mismatch).toBeDefined();
  });

  test('are limited, and very many are probed in turn', () => {
    const many = Array.from({ length: 99 }, (_, index) => bad(`192.0.2.${index}`));
    const first = probed(blankRecord, now, ...many);
    const due = duePlaces(first);
    expect(due).toHaveLength(64);
    const looked = many.filter(({ address }) => due.includes(address));
    const next = duePlaces(probed(first, now + 15 * minute, ...looked));
    expect(new Set([...due, ...next]).size).toBe(99);
  });
});
