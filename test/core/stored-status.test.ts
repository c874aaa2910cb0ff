import { expect, test } from 'vitest';
import { blankStatus, type DomainStatus } from '../../src/core/domain-status.ts';
import { domainSeries } from '../../src/core/series.ts';
import { readStatus, storedStatus } from '../../src/core/stored-status.ts';
import { now } from '../support/observations.ts';

const quiet: DomainStatus = {
  ...blankStatus,
  ...{ verdict: 'match', trusted: true, endpoints: 2, pins: 2, backupPins: 1 },
  ...{ lastProbeAt: now, lastConclusiveAt: now, earliestNotAfter: now + 86_400_000 },
};

test.each<[string, DomainStatus]>([
  ['never probed', blankStatus],
  ['quiet', quiet],
  [
    'in trouble',
    { ...quiet, verdict: 'mismatch', open: ['pin_mismatch', 'untrusted'], trusted: false, mismatched: 2 },
  ],
  ['not judged', { ...quiet, verdict: 'inconclusive', failed: 2, failure: 'target_forbidden' }],
  ['seen from one region', { ...quiet, regions: { west: 'match', east: 'inconclusive' }, away: ['east'] }],
  ['muted, and with settings that cannot be read', { ...quiet, mutedUntil: now + 1_999, unreadable: true }],
])('a status is stored by name and read back: %s', (_, status) => {
  const text = JSON.stringify(storedStatus(status));
  expect(readStatus(JSON.parse(text))).toEqual(status);
});

test('the status of a quiet domain is small, because each scrape reads all of them', () => {
  expect(JSON.stringify(storedStatus(quiet)).length).toBeLessThan(200);
});

test.each<[string, object, Record<string, number | null>]>([
  [
    'a mute',
    {
      values: [0, 1, 1, 2, 0, 0, 2, 1, 1803529722, 1795753744, 1795753744, 1893456000],
      open: [],
      verdict: 'match',
    },
    { muted_until_timestamp_seconds: 1893456000, probe_success: 1, chain_trusted: 1, backup_pins: 1 },
  ],
  [
    'an open incident',
    {
      values: [1, 1, 0, 1, 1, 0, 2, 2, 1803529722, 1795753744, 1795753744, 0],
      open: ['pin_mismatch'],
      verdict: 'mismatch',
    },
    { pin_mismatch: 1, chain_trusted: 0, endpoints_mismatched: 1 },
  ],
  [
    'two probes within a second, the second of which could tell nothing',
    { values: [0, 0, 1, 2, 0, 2, 2, 0, 0, 1795753744, 1795753744, 0], open: [], verdict: 'inconclusive' },
    { probe_success: 0, endpoints_failed: 2, last_probe_timestamp_seconds: 1795753744 },
  ],
  [
    'nothing about trust, and no mute yet, as in early 0.1',
    { values: [0, 0, null, 0, 0, 0, 2, 0, 0, 0, 0], open: [], verdict: null },
    { chain_trusted: null, pins: 2, last_probe_timestamp_seconds: 0, muted_until_timestamp_seconds: 0 },
  ],
])('a list of values, as schema 1 had it, is read: %s', (_, stored, expected) => {
  const status = readStatus(stored as Record<string, unknown>);
  expect(Object.fromEntries(domainSeries.map(({ name, of }) => [name, of(status)]))).toMatchObject(expected);
});

test.each([
  [{ v: 2, verdict: 'fine', open: [] }, /open incidents and a verdict/],
  [{ v: 2, verdict: null, open: ['fire'] }, /open incidents and a verdict/],
  [{ v: 2, verdict: null, open: [], lastProbeAt: 'now' }, /unexpected value in lastProbeAt/],
  [{ v: 2, verdict: null, open: [], trusted: 1 }, /unexpected value in trusted/],
  [{ verdict: null, open: [], values: [null, 'x'] }, /a list of values/],
])('an invalid status is refused: %j', (stored, problem) => {
  expect(() => readStatus(stored)).toThrow(problem);
});

test('a reason that only a newer version knows is left out', () => {
  expect(readStatus({ v: 2, verdict: null, open: [], failure: 'too_late' }).failure).toBeUndefined();
});

test('a field that a newer version has added is accepted', () => {
  const status = readStatus({ v: 2, verdict: null, open: [], mood: 'good' });
  expect(status).toMatchObject({ verdict: null, pins: 0 });
});
