import { expect, test } from 'vitest';
import { advanceConfig, type ConfigLook, type LookedUrl } from '../../src/core/config-advance.ts';
import { blankConfigRecord, type ConfigRecord, isServed } from '../../src/core/config-incident.ts';
import type { ServedTuple } from '../../src/core/config-state.ts';
import { notifyOf } from '../../src/core/settings.ts';
import type { UrlProblem } from '../../src/core/url-problem.ts';

const minute = 60_000;
const day = 86_400_000;
const rules = notifyOf(({ standard }) => standard);
const start = Date.parse('2026-11-27T12:00:00Z');
const [one, two] = ['https://one.example.com/c/x', 'https://two.example.com/c/x'];

function url(name: string, problem: UrlProblem | null = null, code: string = problem ?? ''): LookedUrl {
  return { url: name, problem, code, detail: code, found: null };
}

/** Looks a minute apart, from 12:01 on. `published` is when what apps should get was signed. */
function watch(more: Partial<ConfigLook> = {}) {
  let record: ConfigRecord = blankConfigRecord;
  let at = start;
  let published = start - day;
  const expected = (): ServedTuple => ({
    ...{ generation: 1, version: 2, issuedAt: published / 1_000, expiresAt: (published + 14 * day) / 1_000 },
  });
  return {
    record: () => record,
    publish: () => {
      published = at;
    },
    pass: (ms: number) => {
      at += ms;
    },
    change: (next: ConfigRecord) => {
      record = next;
    },
    look(...urls: readonly LookedUrl[]): string[] {
      at += minute;
      const look: ConfigLook = {
        ...{ account: 'acme', watcher: 'a', at, everyMs: minute, channel: 'x', roots: [], urls },
        ...{ expected: expected(), signedElsewhere: false, certifiedAt: start / 1_000, renewalFailure: null },
        devices: [],
        ...more,
      };
      const next = advanceConfig(record, look, rules);
      record = next.record;
      return next.transitions.map(({ transition, kind }) => `${transition} ${kind}`);
    },
  };
}

test.each(['unreachable', 'invalid'] as const)('%s is told at the third look in a row', (problem) => {
  const { look, record } = watch();
  expect(look(url(one))).toEqual([]);
  expect(isServed(record())).toBe(true);
  expect([look(url(one, problem)), look(url(one, problem))]).toEqual([[], []]);
  expect(look(url(one, problem))).toEqual([`opened config_${problem}`]);
  expect(record().incidents[`config_${problem}`]).toMatchObject({
    severity: 'critical',
    // Since it was first seen.
    since: start + 2 * minute,
  });
  expect(isServed(record())).toBe(false);
  expect(look(url(one, problem))).toEqual([]);
  expect(look(url(one))).toEqual([]);
  expect(look(url(one))).toEqual([`closed config_${problem}`]);
  expect(isServed(record())).toBe(true);
  expect(record().urls).toEqual({});
});

test('a flicker is not told, and does not close what is open', () => {
  const { look } = watch();
  for (let times = 0; times < 5; times += 1) {
    expect([look(url(one, 'unreachable')), look(url(one, 'unreachable')), look(url(one))]).toEqual([
      [],
      [],
      [],
    ]);
  }
  for (let times = 0; times < 3; times += 1) look(url(one, 'unreachable'));
  expect([look(url(one)), look(url(one, 'unreachable')), look(url(one))]).toEqual([[], [], []]);
  expect(look(url(one))).toEqual(['closed config_unreachable']);
});

test('an old text is told after 5 minutes, within 6 of the publication', () => {
  const { look, publish } = watch();
  look(url(one));
  publish();
  const told = Array.from({ length: 6 }, () => look(url(one, 'outdated')));
  expect(told).toEqual([[], [], [], [], [], ['opened config_outdated']]);
  // A further publication gives the edge its 5 minutes again, and closes nothing.
  publish();
  expect(Array.from({ length: 6 }, () => look(url(one, 'outdated'))).flat()).toEqual([]);
  expect([look(url(one)), look(url(one))]).toEqual([[], ['closed config_outdated']]);
});

test('a renewal that takes a look or two to spread is not told', () => {
  const { look, publish, pass } = watch();
  for (let times = 0; times < 3; times += 1) {
    pass(day);
    publish();
    expect([look(url(one, 'outdated')), look(url(one, 'outdated')), look(url(one))]).toEqual([[], [], []]);
  }
});

test('a URL that is unreachable says nothing about what it serves', () => {
  const { look } = watch();
  expect([look(url(one, 'outdated')), look(url(one, 'outdated'))]).toEqual([[], ['opened config_outdated']]);
  const away = Array.from({ length: 5 }, () => look(url(one, 'unreachable')));
  expect(away).toEqual([[], [], ['opened config_unreachable'], [], []]);
  // It answers again, with the old text: only one of the two is over.
  expect([look(url(one, 'outdated')), look(url(one, 'outdated'))]).toEqual([
    [],
    ['closed config_unreachable'],
  ]);
  expect([look(url(one)), look(url(one))]).toEqual([[], ['closed config_outdated']]);
});

test('another URL, and another fault at the same one, are news', () => {
  const { look } = watch();
  const bad = url(one, 'invalid', 'malformed');
  for (let times = 0; times < 3; times += 1) look(bad, url(two));
  const both = Array.from({ length: 4 }, () => look(bad, url(two, 'invalid', 'malformed')));
  expect(both).toEqual([[], [], ['changed config_invalid'], []]);
  const other = url(one, 'invalid', 'unknown_root');
  expect(look(other, url(two))).toEqual(['changed config_invalid']);
  expect([look(url(one), url(two)), look(url(one), url(two))]).toEqual([[], ['closed config_invalid']]);
});

test('a URL that is no longer in the settings closes what it had', () => {
  const { look } = watch();
  for (let times = 0; times < 3; times += 1) look(url(one, 'unreachable'), url(two));
  expect(look(url(two))).toEqual(['closed config_unreachable']);
});

test('a configuration that is not renewed is told twice: a quarter and a fourteenth of its life', () => {
  const { look, pass, publish, record } = watch();
  pass(9 * day);
  expect(look()).toEqual([]);
  pass(day);
  expect(look()).toEqual(['opened config_expiring']);
  expect(record().incidents.config_expiring?.severity).toBe('warning');
  expect(isServed(record())).toBeNull();
  pass(day);
  expect(look()).toEqual(['reminder config_expiring']);
  pass(2 * day);
  expect(look()).toEqual(['changed config_expiring']);
  expect(record().incidents.config_expiring?.severity).toBe('critical');
  publish();
  expect(look()).toEqual(['closed config_expiring']);
});

test('a signing key is old after 13 months, and told weekly', () => {
  const { look, pass } = watch({ certifiedAt: (start - 395 * day) / 1_000, expected: fresh() });
  expect(look()).toEqual([]);
  pass(day);
  expect(look()).toEqual(['opened signing_key_old']);
  pass(6 * day);
  expect(look()).toEqual([]);
  pass(day);
  expect(look()).toEqual(['reminder signing_key_old']);
});

function fresh(): ServedTuple {
  return { generation: 1, version: 2, issuedAt: start / 1_000, expiresAt: (start + 365 * day) / 1_000 };
}

test('what was acknowledged is not told again until its facts change', () => {
  const { look, record, change, pass } = watch({ expected: fresh() });
  for (let times = 0; times < 3; times += 1) look(url(one, 'unreachable'), url(two));
  const { config_unreachable: open } = record().incidents;
  if (open === undefined) throw new Error('expected an open incident');
  const acknowledged = { by: 'alice', at: '2026-11-27T12:10:00Z', note: 'on it' };
  change({ ...record(), incidents: { config_unreachable: { ...open, acknowledged } } });
  pass(2 * day);
  expect(look(url(one, 'unreachable'), url(two))).toEqual([]);
  for (let times = 0; times < 2; times += 1) look(url(one, 'unreachable'), url(two, 'unreachable'));
  expect(look(url(one, 'unreachable'), url(two, 'unreachable'))).toEqual(['changed config_unreachable']);
  expect(record().incidents.config_unreachable?.acknowledged).toBeUndefined();
});
