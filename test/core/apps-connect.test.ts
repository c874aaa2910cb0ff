import { expect, test } from 'vitest';
import { type AppsConnect, appsConnect } from '../../src/core/apps-connect.ts';
import type { Severity } from '../../src/core/finding.ts';
import type { Observation } from '../../src/core/observation.ts';
import { judge, judgeLooks } from '../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, pinOf, root, seen } from '../support/observations.ts';

const domain = { host: 'api.example.com', port: 443 };
const answer = (pins: Parameters<typeof judge>[0]['pins'], observations: readonly Observation[]) =>
  appsConnect(judge({ ...domain, pins }, observations, now, 0).check);

const elsewhere = '192.0.2.2';
const expired = { problem: 'CERT_HAS_EXPIRED' } as const;
const other = [newLeaf, intermediate];
const refused = failed('connection_refused', elsewhere);

test.each<[what: string, observations: readonly Observation[], expected: AppsConnect]>([
  ['every endpoint has a pinned key', [seen()], 'yes'],
  ['the only one that can be judged has it', [seen(), refused], 'yes'],
  ['no endpoint has it', [seen({ presented: other })], 'no'],
  ['one of two has it', [seen(), seen({ presented: other, address: elsewhere })], 'some'],
  ['no chain is trusted', [seen(expired)], 'no'],
  ['one of two chains is trusted', [seen(), seen({ ...expired, address: elsewhere })], 'some'],
  [
    'one endpoint lacks the key, the other the trust',
    [seen({ presented: other }), seen({ ...expired, address: elsewhere })],
    'no',
  ],
  ['an intermediate is not sent', [seen({ presented: [leaf], anchor: null })], 'some'],
  [
    'it is not sent, and the key is another',
    [seen({ presented: [newLeaf], anchor: null }), seen({ ...expired, address: elsewhere })],
    'no',
  ],
  [
    'it is not sent, and the leaf is for another host',
    [seen({ presented: [leaf], anchor: null, hostMatches: false })],
    'no',
  ],
  ['no endpoint can be judged', [refused], 'unknown'],
])('whether apps with the pins connect if %s', (_what, observations, expected) => {
  expect(answer([leaf.pin], observations)).toBe(expected);
});

test.each<[what: string, observations: readonly Observation[], expected: AppsConnect]>([
  ['the chain is trusted', [seen()], 'yes'],
  ['it is not', [seen(expired)], 'no'],
  ['no endpoint can be judged', [refused], 'unknown'],
])('whether apps connect to a domain without pins if %s', (_what, observations, expected) => {
  expect(answer([], observations)).toBe(expected);
});

test('connections to one endpoint that disagree let some apps in', () => {
  const looks = [[seen({ presented: other })], [seen()]];
  const { check } = judgeLooks({ ...domain, pins: [leaf.pin] }, looks, now, 0);
  expect(check.endpoints).toMatchObject([{ verdict: 'mismatch', connections: { judged: 2, mismatched: 1 } }]);
  expect(appsConnect(check)).toBe('some');
});

test('no app connects with a missing intermediate that no platform can fetch', () => {
  const observations = [seen({ presented: [leaf], anchor: null })];
  const { check } = judge({ ...domain, pins: [leaf.pin] }, observations, now, 0);
  expect(appsConnect(check, 'known')).toBe('some');
  expect(appsConnect(check, 'named')).toBe('no');
  expect(appsConnect(check, 'unnamed')).toBe('no');
});

test('apps fail on critical findings only', () => {
  const { check } = judge({ ...domain, pins: [leaf.pin] }, [seen()], now, 0);
  const withFinding = (severity: Severity) =>
    appsConnect({ ...check, findings: [{ code: 'platform_refused', severity, message: '' }] });
  // The other platform's apps connect.
  expect(withFinding('critical')).toBe('some');
  expect(withFinding('warning')).toBe('yes');
  expect(withFinding('info')).toBe('yes');
});

test('a pin of a root matches in the same way', () => {
  expect(answer([root.pin, pinOf('another')], [seen()])).toBe('yes');
});
