import { describe, expect, test } from 'vitest';
import { dayCounts } from '../../src/core/adoption.ts';
import { answerRotation, type RotationQuestion, reasonText } from '../../src/core/rotation-answer.ts';

const host = 'api.example.com';
const [old, next] = ['A', 'E'].map((letter) => `${letter.repeat(43)}=`) as [string, string];
const pin = `sha256/${next}` as const;
const version = (number: number, pins: readonly string[], mode: 'pins' | 'observe' = 'pins') => ({
  version: number,
  entries: new Map([[host, { mode, pins, sub: false }]]),
  at: '2026-11-01T12:00:00Z',
});
const ask = (over: Partial<RotationQuestion>) =>
  answerRotation({
    host,
    pin,
    versions: [],
    served: null,
    counts: null,
    yesterday: '2026-11-26',
    shipped: [],
    domains: [{ host, check: null }],
    ...over,
  });
const counts = (...pairs: [number, number][]) => dayCounts('2026-11-26', pairs);
const both = [version(41, [old, next]), version(40, [old, next]), version(39, [old])];

describe('may servers present the new key?', () => {
  test('safe: every install that was counted has it', () => {
    expect(ask({ versions: both, counts: counts([41, 90], [40, 10]) })).toEqual({
      answer: 'safe',
      reasons: [],
    });
  });

  test('not yet: how many hold an older version', () => {
    const { answer, reasons } = ask({
      versions: both,
      counts: counts([41, 900], [40, 69], [39, 20], [38, 11]),
    });
    expect(answer).toBe('not_yet');
    expect(reasons.map(reasonText)).toEqual([
      "3.1 % of yesterday's active installs (31 of 1000 installs) hold 39 or older; they recover at their first connection",
    ]);
    // The counts stopped: whose they are is not passed off as yesterday's.
    const stale = ask({ versions: both, counts: counts([41, 9], [39, 1]), yesterday: '2026-11-29' });
    expect(stale.reasons.map(reasonText)).toEqual([
      '10.0 % of the installs that were active on 2026-11-26 (1 of 10 installs) hold 39 or older; they recover at their first connection',
    ]);
  });

  test('not yet: it is not published, whatever installs hold', () => {
    const versions = [version(42, [old]), ...both];
    expect(ask({ versions, counts: counts([41, 10]) }).reasons).toEqual([
      { code: 'not_published', version: 42 },
    ]);
  });

  test('not yet: nothing was counted, unless all versions have it', () => {
    expect(ask({ versions: both }).reasons).toEqual([{ code: 'not_counted' }]);
    expect(ask({ versions: both.slice(0, 2) }).answer).toBe('safe');
  });

  test('a version that does not enforce refuses no key', () => {
    const versions = [version(41, [old, next]), version(40, [old], 'observe')];
    expect(ask({ versions, counts: counts([40, 10]) }).answer).toBe('safe');
  });

  test('a version that is no longer kept counts as one without it', () => {
    expect(ask({ versions: both.slice(0, 2), counts: counts([41, 9], [7, 1]) }).reasons).toMatchObject([
      { code: 'not_adopted', lacking: 1, of: 10, newest: 7 },
    ]);
  });

  test('not yet: nothing is published, and no app version is known', () => {
    const { answer, reasons } = ask({});
    expect([answer, reasons]).toEqual(['not_yet', [{ code: 'not_published', version: null }]]);
  });

  test('not yet: a version without it was published since the installs were counted', () => {
    const [newest, second] = [version(43, [old, next]), version(41, [old, next])];
    const between = (at: string) => [newest, { ...version(42, [old]), at }, second];
    const told = { counts: counts([41, 10]) };
    expect(ask({ versions: between('2026-11-26T23:00:00Z'), ...told })).toEqual({
      answer: 'not_yet',
      reasons: [{ code: 'not_counted', version: 42 }],
    });
    expect(ask({ versions: between('2026-11-25T23:00:00Z'), ...told }).answer).toBe('safe');
  });

  test('not yet: apps get a version that the store has lost', () => {
    const told = { versions: both.slice(0, 2), counts: counts([45, 10]) };
    expect(ask({ ...told, served: 45 }).reasons).toEqual([{ code: 'not_stored', version: 45 }]);
    expect(ask({ ...told, served: 41 }).answer).toBe('safe');
  });

  test('never for app versions that ship without it', () => {
    const shipped = [{ set: 'android-5.2', app: 'android-5.2', host, pins: [`sha256/${old}`] }];
    const { answer, reasons } = ask({ versions: both, counts: counts([41, 10]), shipped });
    expect(answer).toBe('never');
    expect(reasons.map(reasonText)).toEqual(['android-5.2 ships without this pin']);
    expect(ask({ shipped: [{ ...shipped[0], pins: [`sha256/${old}`, pin] }] as typeof shipped }).answer).toBe(
      'safe',
    );
  });
});
