import { expect, test } from 'vitest';
import type { Check, CheckedEndpoint } from '../../src/core/check.ts';
import {
  type GuardCode,
  guardCodes,
  guardFindings,
  overrides,
  type ProbedDomain,
  standing,
} from '../../src/core/publish-guard.ts';
import type { Entry } from '../../verify/typescript/src/configuration.ts';

const bare = (letter: string) => `${letter.repeat(43)}=`;
const host = 'api.example.com';
const pinned: Entry = { mode: 'pins', sub: false, pins: [bare('A'), bare('B')] };

const endpoint = (more: Partial<CheckedEndpoint> = {}) =>
  ({
    ...{ address: '192.0.2.1', keyType: 'ecdsa', verdict: 'match', trusted: true, failure: null },
    path: [{ pin: `sha256/${bare('A')}`, subject: 'CN=a', from: 'presented' }],
    ...more,
  }) as CheckedEndpoint;
const failed = endpoint({
  ...{ address: '192.0.2.2', verdict: 'inconclusive', trusted: false, path: [] },
  failure: { code: 'connection_refused', message: 'connection refused' },
});
const probed = (endpoints: readonly CheckedEndpoint[], name = host): ProbedDomain => ({
  ...{ name, host: name },
  check: { endpoints } as unknown as Check,
});
const found = ({
  before = { [host]: pinned },
  after = { [host]: pinned },
  registered = [host],
  seen = [probed([endpoint()])],
}: {
  before?: Record<string, Entry>;
  after?: Record<string, Entry>;
  registered?: readonly string[];
  seen?: readonly ProbedDomain[];
} = {}) =>
  guardFindings({
    before: new Map(Object.entries(before)),
    after: new Map(Object.entries(after)),
    registered: new Set(registered),
    probed: seen,
  });
const told = (findings: ReturnType<typeof found>) =>
  findings.map(({ code, host: of, message }) => `${code} ${of}: ${message}`);

test('nothing stands against what every endpoint matches', () => {
  expect(found()).toEqual([]);
});

test('every judged endpoint matches and is trusted', () => {
  const other = [{ pin: `sha256/${bare('C')}` as const, subject: 'CN=c', from: 'presented' as const }];
  const bad = endpoint({ address: '192.0.2.3', verdict: 'mismatch', path: other });
  expect(told(found({ seen: [probed([endpoint(), bad])] }))).toEqual([
    `would_mismatch ${host}: 1 of 2 endpoints would be refused: 192.0.2.3 (ecdsa) has no pinned key`,
  ]);
  expect(told(found({ seen: [probed([endpoint({ trusted: false })])] }))).toEqual([
    `not_trusted ${host}: 1 of 1 endpoint would be refused: 192.0.2.1 (ecdsa) is not trusted`,
  ]);
});

test('no endpoint failed to be judged', () => {
  expect(told(found({ seen: [probed([endpoint(), failed])] }))).toEqual([
    `not_judged ${host}: 192.0.2.2 (ecdsa) could not be judged: connection refused, so it is not known whether apps could connect`,
  ]);
  expect(told(found({ seen: [probed([])] }))).toEqual([
    `not_judged ${host}: no endpoint could be judged, so it is not known whether apps could connect`,
  ]);
  const absent = endpoint({
    ...{ keyType: 'rsa', verdict: 'inconclusive', path: [], trusted: false },
    failure: { code: 'key_type_not_served', message: 'no RSA key' },
  });
  expect(found({ seen: [probed([endpoint(), absent])] })).toEqual([]);
});

test('each entry with pins has a backup: a pin on no path now', () => {
  const alone = { [host]: { ...pinned, pins: [bare('A')] } };
  expect(told(found({ before: {}, after: alone }))).toEqual([
    `no_backup ${host}: every pin is in use now: if the key has to change, apps have no other to accept`,
  ]);
  // Both keys are in use, each at another port.
  const other = endpoint({ path: [{ pin: `sha256/${bare('B')}`, subject: 'CN=b', from: 'presented' }] });
  const ports = [probed([endpoint()]), { ...probed([other]), name: `${host}:8443` }];
  expect(found({ seen: ports })).toMatchObject([{ code: 'no_backup' }]);
  expect(found({ before: {}, after: { [host]: { mode: 'off', sub: false, pins: [] } } })).toEqual([]);
});

test('no pins, no entry taken away, no weaker mode', () => {
  expect(told(found({ after: {} }))).toEqual([`unpins ${host}: apps would no longer check its keys`]);
  expect(told(found({ after: { [host]: { ...pinned, mode: 'observe' } } }))).toEqual([
    `unpins ${host}: apps would check it as observe instead of pins`,
  ]);
});

test('every host is registered, so watched', () => {
  expect(told(found({ registered: [] }))).toEqual([
    `not_registered ${host}: it is not registered, so nothing watches it`,
  ]);
});

test('a domain below an entry that covers it counts as apps see it', () => {
  const after = { 'example.com': { ...pinned, sub: true } };
  const registered = ['example.com', 'deep.below.example.com'];
  const bad = endpoint({ verdict: 'mismatch' });
  const seen = [probed([endpoint()], 'example.com'), probed([bad], 'deep.below.example.com')];
  expect(found({ before: {}, after, registered, seen })).toMatchObject([
    { code: 'would_mismatch', host: 'deep.below.example.com' },
  ]);
  // What is only observed, or off, breaks no app.
  const observed = { 'example.com': { ...pinned, mode: 'observe' as const, sub: true } };
  expect(found({ before: {}, after: observed, registered, seen })).toEqual([]);
});

test('each finding has what overrides it, and nothing else does', () => {
  const all = guardCodes.map((code) => ({ code, host, domain: null, message: '' }));
  const left = (force: boolean, allowUnpin: readonly string[]): GuardCode[] =>
    standing(all, { force, allowUnpin }).map(({ code }) => code);
  expect(left(false, [])).toEqual([...guardCodes]);
  expect(left(true, [])).toEqual(['unpins', 'not_registered']);
  expect(left(true, ['other.example.com'])).toEqual(['unpins', 'not_registered']);
  expect(left(true, [host])).toEqual(['not_registered']);
  expect(left(false, [host])).not.toContain('unpins');
  expect(Object.keys(overrides)).toEqual([...guardCodes]);
});
