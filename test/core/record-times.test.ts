import { expect, test } from 'vitest';
import { blankRecord, type DomainRecord, recordProbe } from '../../src/core/record.ts';
import { boundTimes } from '../../src/core/record-times.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import {
  certificate,
  day,
  intermediate,
  leaf,
  newLeaf,
  now,
  pinOf,
  rules,
  seen,
} from '../support/observations.ts';

const ahead = now + 2 * 3_600_000;
const domain = { host: 'cdn.example.com', port: 443, pins: [leaf.pin] };

/** A domain with everything seen at `at`: an incident, a sighting, a bad address, a missing backup pin. */
function seenAt(at: number): DomainRecord {
  const observations = [seen({ address: '192.0.2.1' }), seen({ presented: [newLeaf, intermediate] })];
  const judgement = judgeLooks(
    { ...domain, pins: [leaf.pin, pinOf('backup')] },
    Array.from({ length: 5 }, () => observations),
    at,
    day,
  );
  const { record } = recordProbe(blankRecord, { account: 'acme', judgement, sweep: '1', at }, rules);
  const once = judgeLooks(domain, [[seen({ hostMatches: false })]], at, day);
  const { sightings } = recordProbe(
    blankRecord,
    { account: 'acme', judgement: once, sweep: '1', at },
    rules,
  ).record;
  return { ...record, sightings, pending: { no_backup_pin: at, unreachable: at - 1 } };
}

test('a record with only past times is left unchanged', () => {
  for (const record of [blankRecord, seenAt(now), seenAt(now - day)]) {
    expect(boundTimes(record, now)).toEqual(record);
  }
});

test('every future time in a record becomes now', () => {
  const bounded = boundTimes(seenAt(ahead), now);
  expect(bounded).toMatchObject({ lastProbeAt: now, lastConclusiveAt: now });
  expect(bounded.incidents.pin_mismatch).toMatchObject({ since: now, toldAt: now });
  expect(bounded.pending).toEqual({ no_backup_pin: now, unreachable: now });
  expect(Object.values(bounded.badAddresses)).toEqual([now]);
  expect(bounded.sightings.untrusted).toMatchObject({ since: now, lastAt: now });
  expect(JSON.stringify(bounded)).not.toContain(String(ahead));
  // Nothing else has changed: the checks say when certificates expire, which may be in the future.
  expect(bounded.lastCheck).toEqual(seenAt(ahead).lastCheck);
  expect(bounded.earliestNotAfter).toBe(seenAt(ahead).earliestNotAfter);
  expect(bounded.countedSweep).toBe('1');
});

test('a last probe that was not conclusive does not become so', () => {
  const record = { ...seenAt(ahead), lastConclusiveAt: ahead - 1 };
  const { lastProbeAt, lastConclusiveAt } = boundTimes(record, now);
  expect(lastProbeAt).toBe(now);
  expect(lastConclusiveAt).toBeLessThan(now);
  const never = { ...seenAt(ahead), lastConclusiveAt: 0 };
  expect(boundTimes(never, now).lastConclusiveAt).toBe(0);
});

test('an incident from a clock that was ahead gets a reminder a day after the clock was set back, not later', () => {
  const healthy = { ...domain, pins: [leaf.pin, pinOf('backup')] };
  const anchor = certificate('root', 'root', { notAfter: now + 90 * day });
  const observations = [seen({ presented: [newLeaf, intermediate], anchor })];
  const probe = (before: DomainRecord, at: number) => {
    const judgement = judgeLooks(healthy, [observations, observations], at, day);
    const after = recordProbe(before, { account: 'acme', judgement, sweep: String(at), at }, rules);
    return { ...after, transitions: after.transitions.filter(({ kind }) => kind === 'pin_mismatch') };
  };
  const first = probe(blankRecord, now + 30 * day);
  expect(first.transitions.map(({ transition }) => transition)).toEqual(['opened']);
  const second = probe(boundTimes(first.record, now), now);
  expect(second.transitions).toEqual([]);
  const third = probe(boundTimes(second.record, now + day), now + day);
  expect(third.transitions.map(({ transition }) => transition)).toEqual(['reminder']);
});
