import { expect, test } from 'vitest';
import type { Check, CheckedEndpoint } from '../../src/core/check.ts';
import type { ConfigReport } from '../../src/core/config-incident.ts';
import type { Pin } from '../../src/core/pin.ts';
import { adviceFor } from '../../src/core/rotation-advice.ts';
import type { DeliveredHost, RotationDomain, RotationFacts } from '../../src/core/rotation-facts.ts';
import type { Obstacle } from '../../src/core/rotation-obstacle.ts';
import { retireObstacles } from '../../src/core/rotation-obstacles.ts';
import { notSpread } from '../../src/core/rotation-spread.ts';
import { standingOf } from '../../src/core/rotation-standing.ts';
import type { Rotation } from '../../src/core/rotation-state.ts';
import { pinOf } from '../support/observations.ts';

const host = 'api.example.com';
const [old, next, backup, foreign, authority] = [
  pinOf('old'),
  pinOf('next'),
  pinOf('backup'),
  pinOf('foreign'),
  pinOf('authority'),
];

const rotation = (more: Partial<Rotation> = {}): Rotation => ({
  ...{ id: 'r1', domains: [host], keyTypes: ['ecdsa'], pin: next, retires: [old], pinnedBefore: [] },
  ...{ subject: null, note: '', startedBy: 'alice', startedAt: '2026-11-22T04:10:54Z' },
  ...{ released: null, goAhead: null, certificate: null, ended: null },
  ...more,
});

const endpoint = (leaf: Pin | null, at: number, keyType: 'ecdsa' | 'rsa' = 'ecdsa') =>
  ({
    ...{ address: `192.0.2.${at}`, keyType, verdict: leaf === null ? 'inconclusive' : 'match' },
    trusted: leaf !== null,
    failure: leaf === null ? { code: 'connection_refused', message: 'connection refused' } : null,
    path: leaf === null ? [] : [{ pin: leaf }, { pin: authority }],
    presented: leaf === null ? [] : [{ pin: leaf }],
  }) as unknown as CheckedEndpoint;
const notServed = {
  ...endpoint(null, 1, 'rsa'),
  failure: { code: 'key_type_not_served', message: 'no rsa' },
} as CheckedEndpoint;

const domain = (pins: readonly Pin[], leaves: readonly (Pin | null)[], name = host): RotationDomain => ({
  ...{ name, host: name, pins, provisionedBy: null, probedAt: 1 },
  check: { endpoints: leaves.map((leaf, index) => endpoint(leaf, index + 1)) } as unknown as Check,
});
const delivered = (...pins: readonly Pin[]): DeliveredHost => ({
  ...{ host, version: 7, by: 'bob', at: '2026-11-22T04:10:54Z', hasNew: pins.includes(next) },
  old: pins.includes(old) ? [old] : [],
  lostSince: null,
});
const facts = (more: Partial<RotationFacts> = {}): RotationFacts => ({
  domains: [domain([old, backup, next], [old, old])],
  ...{
    gone: [],
    delivered: [delivered(old, backup, next)],
    shipped: [],
    unready: [],
    revoked: false,
    counted: false,
  },
  ...more,
});
const lagging: Obstacle = { code: 'not_adopted', message: '3.1 % hold 6 or older', override: 'force' };
const never: Obstacle = { code: 'ships_without', message: 'android 5.2 ships without it', override: 'force' };

/** The current step, and a letter for each step: done, now, later, skipped. */
const told = (more: Partial<RotationFacts>, of: Partial<Rotation> = {}) => {
  const { step, steps } = standingOf(rotation(of), facts(more));
  return `${step}: ${steps.map(({ state }) => state[0]).join('')}`;
};

const unpinned = { domains: [domain([old, backup], [old, old])], delivered: [delivered(old, backup)] };
const arrived = { domains: [domain([old, backup, next], [next, next])] };
const retired = { domains: [domain([backup, next], [next, next])] };

test.each<[string, Partial<RotationFacts>, Partial<Rotation>, string]>([
  ['nothing is pinned', unpinned, {}, 'pin: nllllll'],
  ['pinned', { delivered: [delivered(old)] }, {}, 'publish: dnlllll'],
  ['published, and some installs lag', { unready: [lagging] }, {}, 'adopt: ddnllll'],
  [
    'a person goes on',
    { unready: [lagging] },
    { goAhead: { by: 'bob', at: '', note: 'soon' } },
    'deploy: dddnlll',
  ],
  ['every install has it', {}, {}, 'deploy: dddnlll'],
  ['one of two endpoints has it', { domains: [domain([old, next], [next, old])] }, {}, 'deploy: dddnlll'],
  ['one can not be judged', { domains: [domain([old, next], [next, null])] }, {}, 'deploy: dddnlll'],
  ['one presents a third key', { domains: [domain([old, next], [next, foreign])] }, {}, 'deploy: dddnlll'],
  ['nothing was seen', { domains: [domain([old, next], [])] }, {}, 'deploy: dddnlll'],
  ['every endpoint has it', arrived, {}, 'retire: ddddnll'],
  ['the old pin is out of the registry', retired, {}, 'drop: dddddnl'],
  [
    'and out of the configuration',
    { ...retired, delivered: [delivered(backup, next)] },
    {},
    'finish: ddddddn',
  ],
  [
    'closed',
    { ...retired, delivered: [delivered(backup, next)] },
    { ended: { how: 'finished', by: 'bob', at: '', note: '' } },
    'null: ddddddd',
  ],
  ['aborted', {}, { ended: { how: 'aborted', by: 'bob', at: '', note: '' } }, 'null: dddllll'],
  ['deployed without waiting for installs', { ...arrived, unready: [lagging] }, {}, 'retire: ddsdnll'],
  ['the publication was taken back', { delivered: [delivered(old, backup)] }, {}, 'publish: dnlllll'],
  ['an app has to be released', { delivered: [] }, {}, 'publish: dnlllll'],
  [
    'it was released, and an older version is in use',
    { delivered: [], unready: [never] },
    { released: { by: 'bob', at: '', note: 'android 5.4' } },
    'adopt: ddnllll',
  ],
  [
    'no configuration has to be published in the end',
    { ...retired, delivered: [] },
    { released: { by: 'bob', at: '', note: 'android 5.4' } },
    'finish: dddddsn',
  ],
  [
    'no old pin, because apps match an authority',
    { ...arrived, delivered: [delivered(authority, next)] },
    { retires: [] },
    'finish: ddddssn',
  ],
  ['its domain was removed', { domains: [], gone: [host], delivered: [] }, {}, 'pin: nllllll'],
])('%s', (_, more, of, expected) => {
  expect(told(more, of)).toBe(expected);
});

test('the certificate may be deployed from the adoption on, and not before', () => {
  const may = (more: Partial<RotationFacts>) => standingOf(rotation(), facts(more)).mayDeploy;
  expect(may({})).toBe(true);
  expect(may({ unready: [lagging] })).toBe(false);
  expect(may({ delivered: [delivered(old)] })).toBe(false);
  expect(may(unpinned)).toBe(false);
});

test('endpoints of another key type are no part of it, unless the type itself changes', () => {
  const both = {
    ...domain([old, backup, next], []),
    check: { endpoints: [endpoint(next, 1), endpoint(old, 1, 'rsa'), notServed] } as unknown as Check,
  };
  const keys = (of: Partial<Rotation>) =>
    standingOf(rotation(of), facts({ domains: [both] })).endpoints.map(
      ({ keyType, presents }) => `${keyType} ${presents}`,
    );
  expect(keys({ retires: [foreign] })).toEqual(['ecdsa new']);
  expect(keys({ retires: [old] })).toEqual(['ecdsa new', 'rsa old']);
});

const alarms = (more: Partial<RotationFacts>) =>
  standingOf(rotation(), facts(more)).alarms.map(({ code, severity, message }) => [code, severity, message]);

test.each<[string, Partial<RotationFacts>, string, string, RegExp]>([
  [
    'deployed before it was published',
    { domains: [domain([old, backup, next], [next, old])], delivered: [delivered(old, backup)] },
    'deployed_before_publish',
    'critical',
    /^192\.0\.2\.1 \(ecdsa\) presents the new key, but what is published for api\.example\.com lacks its pin/,
  ],
  [
    'deployed before apps had it',
    { domains: [domain([old, backup, next], [next, old])], unready: [lagging] },
    'deployed_before_adoption',
    'critical',
    /put the old certificate back, or these apps fail: 3\.1 % hold 6 or older$/,
  ],
  [
    'a certificate for another key',
    { domains: [domain([old, backup, next], [old, foreign])] },
    'other_key',
    'critical',
    /^192\.0\.2\.2 \(ecdsa\) presents sha256\/\S+, which is neither the new key nor pinned/,
  ],
  [
    'another publisher in between',
    { delivered: [{ ...delivered(old, backup), lostSince: 6 }] },
    'pin_lost',
    'warning',
    /^version 7, published by bob, lacks the new pin of api\.example\.com, which version 6 had: publish again$/,
  ],
  [
    'the only backup is used up',
    { domains: [domain([old, next], [old, old])] },
    'no_backup',
    'warning',
    /^api\.example\.com: the new key was the only backup/,
  ],
  [
    'the new key is compromised, too',
    { revoked: true },
    'revoked',
    'warning',
    /^the new key was revoked in an emergency: abort/,
  ],
  [
    'a domain was removed',
    { gone: ['b.example.com'] },
    'domain_gone',
    'warning',
    /^b\.example\.com: no longer/,
  ],
])('told: %s', (_, more, code, severity, message) => {
  expect(alarms(more)).toEqual([[code, severity, expect.stringMatching(message)]]);
});

test('nothing is told while all is well, nor of a backup key that a server uses', () => {
  expect(alarms({})).toEqual([]);
  expect(alarms({ domains: [domain([old, backup, next, foreign], [old, foreign])] })).toEqual([]);
});

const against = (leaves: readonly (Pin | null)[], more: Partial<RotationFacts> = {}) => {
  const all = facts({ domains: [domain([old, backup, next], leaves)], ...more });
  const { endpoints } = standingOf(rotation(), all);
  return retireObstacles(rotation(), all, endpoints).map(({ code, override }) => `${code} ${override}`);
};

test('what stands against taking the old pin away', () => {
  expect(against([next, next])).toEqual([]);
  expect(against([next, old])).toEqual(['old_key_presented nothing']);
  expect(against([next, foreign])).toEqual(['not_arrived nothing']);
  expect(against([next, null])).toEqual(['not_judged force']);
  expect(against([])).toEqual(['not_judged force']);
  expect(against([], { domains: [domain([old, next], [next])] })).toEqual(['no_backup force']);
  const ships = (...pins: Pin[]) => ({ shipped: [{ set: 'android-5.2', app: 'android 5.2', host, pins }] });
  expect(against([next], ships(old))).toEqual(['ships_old force']);
  expect(against([next], ships(old, next))).toEqual([]);
});

test('a domain from a file has to be changed there, for the pin and for its end', () => {
  const fromFile = { ...domain([old, backup], [old]), provisionedBy: 'pinwatch.yaml' };
  const { obstacles } = standingOf(rotation(), facts({ domains: [fromFile] }));
  expect(obstacles).toEqual([
    {
      code: 'provisioned',
      message: 'api.example.com comes from pinwatch.yaml: add the pin there, then reload it',
      override: 'nothing',
    },
  ]);
  const after = { ...domain([old, backup, next], [next]), provisionedBy: 'pinwatch.yaml' };
  expect(standingOf(rotation(), facts({ domains: [after] })).obstacles[0]?.message).toContain(
    'remove the old pin',
  );
});

test('it says when apps in use have the new pin, unless installs are counted', () => {
  const detail = (more: Partial<RotationFacts>) => standingOf(rotation(), facts(more)).steps[2]?.detail;
  expect(detail({})).toBe(
    'apps in use have it by 2026-11-22T04:15:54Z; the others fetch it when they connect',
  );
  expect(detail({ counted: true })).toBe('no known install lacks it');
  expect(detail({ unready: [lagging, never] })).toBe(`${lagging.message}; ${never.message}`);
});

test('a URL that does not have the new pin yet holds the deployment up', () => {
  const report = (...versions: (number | null)[]) => ({
    report: {
      urls: versions.map((version, index) => ({
        url: `https://pins-${index}.example.com/c/x`,
        problem: version === null ? 'unreachable' : null,
        found: version === null ? null : { generation: 1, version, issuedAt: '' },
      })),
    } as unknown as ConfigReport,
  });
  expect(notSpread({ report: null }, 7)).toEqual([]);
  expect(notSpread(report(7, 8), 7)).toEqual([]);
  expect(notSpread(report(6, null, 7), 7).map(({ code, message }) => `${code}: ${message}`)).toEqual([
    'not_spread: https://pins-0.example.com/c/x served version 6 at the last look, so apps may not get version 7 there; it is checked every minute',
    'not_spread: https://pins-1.example.com/c/x could not be read at the last look (unreachable), so apps may not get version 7 there; it is checked every minute',
  ]);
});

test('each step says what comes next', () => {
  const advice = (more: Partial<RotationFacts>, of: Partial<Rotation> = {}) =>
    adviceFor(standingOf(rotation(of), facts(more)), facts(more));
  expect(advice({})).toBe(
    'Deploy the certificate from 2026-11-22T04:15:54Z on: by then, all apps in use accept the old key and the new one.',
  );
  expect(advice({ counted: true })).toBe(
    'Deploy the certificate now: apps accept the old key and the new one.',
  );
  expect(advice({ domains: [domain([old, next], [next, old])] })).toBe(
    'Deploy the certificate everywhere: 1 endpoint left.',
  );
  expect(advice({ delivered: [delivered(old)] })).toContain('Do not deploy the certificate yet');
  expect(advice({}, { ended: { how: 'aborted', by: '', at: '', note: '' } })).toBeNull();
});
