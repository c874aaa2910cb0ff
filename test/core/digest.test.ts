import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, weeklyEveryMs } from '../../src/core/digest.ts';
import { blankStatus, type DomainStatus } from '../../src/core/domain-status.ts';
import { day, now, rules } from '../support/observations.ts';

const well: DomainStatus = {
  ...blankStatus,
  ...{ verdict: 'match', lastProbeAt: now, lastConclusiveAt: now, pins: 2, backupPins: 1 },
  earliestNotAfter: now + 60 * day,
};
const named = (domain: string, more: Partial<DomainStatus> = {}) => ({
  domain,
  status: { ...well, ...more },
});
const at = (ms: number) => new Date(ms).toISOString().replace('.000', '');

describe('the digest of an account', () => {
  test('is none if all is well, or nothing was probed yet', () => {
    expect(digestOf([], rules, now)).toBeNull();
    expect(digestOf([named('a'), { domain: 'b', status: blankStatus }], rules, now)).toBeNull();
  });

  test('has what is open of a missing backup pin, what ends, what is muted and what is not seen', () => {
    const domains = [
      named('late', { earliestNotAfter: now + 27 * day }),
      named('soon', { earliestNotAfter: now + 3 * day, pinSetsEndAt: now - day }),
      named('bare', { open: ['no_backup_pin'], backupPins: 0 }),
      // It is tolerated for a while.
      named('fresh', { backupPins: 0 }),
      named('muted', { mutedUntil: now + day }),
      named('was muted', { mutedUntil: now }),
      named('dark', { lastConclusiveAt: now - 5 * day }),
      named('never', { lastConclusiveAt: 0 }),
    ];
    expect(digestOf(domains, rules, now)).toEqual({
      noBackupPin: { count: 1, shown: ['bare'] },
      expiring: {
        count: 2,
        shown: [
          { domain: 'soon', at: at(now + 3 * day) },
          { domain: 'late', at: at(now + 27 * day) },
        ],
      },
      pinsEnding: { count: 1, shown: [{ domain: 'soon', at: at(now - day) }] },
      muted: { count: 1, shown: [{ domain: 'muted', at: at(now + day) }] },
      unseen: {
        count: 2,
        shown: [
          { domain: 'never', at: null },
          { domain: 'dark', at: at(now - 5 * day) },
        ],
      },
    });
  });

  test('looks twice as far ahead as the warning', () => {
    const ends = (days: number) => digestOf([named('a', { earliestNotAfter: now + days * day })], rules, now);
    expect(ends(28)?.expiring.count).toBe(1);
    expect(ends(29)).toBeNull();
  });

  test('names at most 20 of each, the first ones, and counts all', () => {
    const moments = fc.array(fc.integer({ min: 1, max: 28 * day }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(moments, (left) => {
        const domains = left.map((ms, index) => named(`api${index}`, { earliestNotAfter: now + ms }));
        const { count, shown } = digestOf(domains, rules, now)?.expiring ?? { count: 0, shown: [] };
        expect(count).toBe(left.length);
        const first = [...left].sort((a, b) => a - b).slice(0, 20);
        expect(shown.map((one) => Math.floor((Date.parse(one.at ?? '') - now) / 1_000))).toEqual(
          first.map((ms) => Math.floor(ms / 1_000)),
        );
      }),
    );
  });
});

test('the mail of what is not urgent comes as often as the more frequent of its parts', () => {
  const every = (backupPinEveryMs: number, digestEveryMs: number) =>
    weeklyEveryMs({ backupPinEveryMs, digestEveryMs });
  expect([every(7 * day, 7 * day), every(7 * day, day), every(day, 7 * day), every(day, 0)]).toEqual([
    7 * day,
    day,
    day,
    day,
  ]);
});
