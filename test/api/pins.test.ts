import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTlsServer } from '../../lab/tls-server.ts';
import type { Check, CheckedEndpoint } from '../../src/core/check.ts';
import type { Pin } from '../../src/core/pin.ts';
import { pinChangeRefusal } from '../../src/core/pin-guard.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

const pin = (letter: string): Pin => `sha256/${letter.repeat(42)}A=`;

requires('redis-server')('pins', () => {
  let rig: Rig;
  let api: Api;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve();
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'acme', contacts: ['a@example.com'] } }), 201);
  });
  afterAll(() => rig.close());

  /** A domain with its leaf pinned, and what was probed recorded. */
  async function pinned(host: string) {
    const watched = await rig.watched(host);
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { body: watched.entry }), 201);
    const path = `/v1/accounts/acme/domains/${watched.name}/pins`;
    await probe(watched.name);
    const leaf = watched.chain[0]?.pin ?? '';
    const one = (which: string, query = '') => `${path}/${encodeURIComponent(which)}${query}`;
    const list = async (): Promise<Record<string, unknown>[]> => ok(await api.ask('GET', path)).json.pins;
    const trail = async () => ok(await api.ask('GET', '/v1/accounts/acme/audit')).json.audit;
    return { ...watched, path, leaf, one, list, trail };
  }
  const probe = async (name: string) => {
    const asked = { body: { domains: [name] } };
    const { probes } = ok(await api.ask('POST', '/v1/accounts/acme/probes?wait=20s', asked), 202).json;
    return probes[0].check;
  };

  test('are added with a note, listed with whether they are in use, and removed', async () => {
    const { path, leaf, one, list, trail } = await pinned('rotated.example.com');
    const added = ok(await api.ask('POST', path, { body: { pin: pin('B'), note: 'from the CSR' } }));
    expect(added.json.pins).toHaveLength(2);
    expect(await list()).toMatchObject([
      { pin: leaf, seen: true, by: 'loopback' },
      { pin: pin('B'), note: 'from the CSR', by: 'loopback' },
    ]);
    expect((await trail())[0]).toMatchObject({
      action: 'pins_changed',
      by: 'loopback',
      from: '127.0.0.1',
      detail: `+${pin('B')} note: from the CSR`,
    });
    // In any spelling, and once only.
    const hex = Buffer.from(pin('B').slice(7), 'base64').toString('hex');
    const before = (await trail()).length;
    ok(await api.ask('POST', path, { body: { pin: hex, note: 'again' } }));
    expect(await list()).toHaveLength(2);
    expect((await trail()).length).toBe(before);
    ok(await api.ask('DELETE', one(pin('B'), '?note=not%20needed')));
    expect(await list()).toMatchObject([{ pin: leaf }]);
    expect((await trail())[0].detail).toBe(`-${pin('B')} note: not needed`);
    problemOf(await api.ask('DELETE', one(pin('B'))), 404, 'not_found');
  });

  test('are changed only if they are what was read', async () => {
    const { path, leaf, one } = await pinned('seen.example.com');
    const { etag = '' } = ok(await api.ask('GET', path)).headers;
    const headers = { 'if-match': etag };
    ok(await api.ask('POST', path, { body: { pin: pin('B') }, headers }));
    problemOf(await api.ask('POST', path, { body: { pin: pin('C') }, headers }), 412, 'stale');
    problemOf(await api.ask('PUT', path, { body: { pins: [leaf] }, headers }), 412, 'stale');
    problemOf(await api.ask('DELETE', one(pin('B')), { headers }), 412, 'stale');
    ok(await api.ask('POST', path, { body: { pin: pin('C') }, headers: { 'if-match': '*' } }));
    const raced = await Promise.all(
      ['D', 'E', 'F'].map((letter) => api.ask('POST', path, { body: { pin: pin(letter) } })),
    );
    // The later request is refused; no pin is lost.
    const { pins } = ok(await api.ask('GET', path)).json;
    expect(pins).toHaveLength(3 + raced.filter(({ status }) => status === 200).length);
    expect(raced.every(({ status }) => status === 200 || status === 412)).toBe(true);
  });

  test('that the apps need now are kept, unless that is forced with a note', async () => {
    const { path, leaf, one, list, trail } = await pinned('guarded.example.com');
    const alone = problemOf(await api.ask('DELETE', one(leaf)), 409, 'guarded');
    expect(alone.detail).toContain('no pin would be left');
    ok(await api.ask('POST', path, { body: { pin: pin('B') } }));
    const last = problemOf(await api.ask('DELETE', one(leaf)), 409, 'guarded');
    expect(last.detail).toMatch(/is the last pin that matches what is presented now.*could not connect/);
    expect(last.detail).toContain(leaf);
    const all = await api.ask('PUT', path, { body: { pins: [pin('C'), pin('D')] } });
    expect(problemOf(all, 409, 'guarded').detail).toContain('all pins would be replaced at once');
    problemOf(await api.ask('PUT', path, { body: { pins: [] } }), 409, 'guarded');
    for (const query of ['?force=true', '?force=true&note=', '?force=true&note=%20']) {
      const { detail } = problemOf(await api.ask('DELETE', one(leaf, query)), 409, 'guarded');
      expect(detail).toContain('give the reason in a note');
    }
    problemOf(await api.ask('DELETE', one(leaf, '?forced=true')), 400, 'bad_input');
    expect(await list()).toHaveLength(2);
    ok(await api.ask('DELETE', one(leaf, '?force=true&note=the%20app%20is%20gone')));
    expect((await trail())[0].detail).toBe(`-${leaf} forced note: the app is gone`);
    const forced = { pins: [pin('C')], force: true, note: 'a new app' };
    ok(await api.ask('PUT', path, { body: forced }));
    expect(await list()).toMatchObject([{ pin: pin('C'), note: 'a new app' }]);
    expect((await trail())[0].detail).toBe(`+${pin('C')} -${pin('B')} forced note: a new app`);
  });

  test('that may be in use are kept while nothing can be seen, and not shown as unused', async () => {
    const { path, name, leaf, one, list } = await pinned('away.example.com');
    ok(await api.ask('POST', path, { body: { pin: pin('B') } }));
    // The same host, on a port where nothing listens.
    const connect = { body: { connect: ['127.0.0.77'] } };
    ok(await api.ask('PATCH', path.replace(/\/pins$/, ''), connect));
    expect((await probe(name)).verdict).toBe('inconclusive');
    expect((await list()).map(({ seen }) => seen)).toEqual([null, null]);
    const { detail } = problemOf(await api.ask('DELETE', one(leaf)), 409, 'guarded');
    expect(detail).toContain(`apps may need ${leaf}`);
    ok(await api.ask('DELETE', one(leaf, '?force=true&note=it%20is%20gone')));
  });

  test('the guard never refuses a rotation through a backup pin', async () => {
    const { path, name, server, other, leaf, one } = await pinned('through.example.com');
    const next = other[0]?.pin ?? '';
    ok(await api.ask('POST', path, { body: { pin: next } }));
    server.rotate([other]);
    expect((await probe(name)).verdict).toBe('match');
    ok(await api.ask('DELETE', one(leaf)));
    expect((await probe(name)).verdict).toBe('match');
  });

  test('added while a mismatch is open: the answer says at once that the server is unchanged', async () => {
    const { path, name, server, other, one } = await pinned('mismatched.example.com');
    const next = other[0]?.pin ?? '';
    const unneeded = await api.ask('POST', path, { body: { pin: pin('B') } });
    expect(ok(unneeded).json.warning).toBeNull();
    server.rotate([other]);
    expect((await probe(name)).verdict).toBe('mismatch');
    const { warning } = ok(await api.ask('POST', path, { body: { pin: next } })).json;
    expect(warning).toMatch(/^mismatched\.example\.com:\d+ has an open pin mismatch, since 20\S+Z\./);
    expect(warning).toContain(`The server has not changed: apps without ${next} still fail`);
    // Removing a pin fixes nothing either, but no one expects it to.
    expect(ok(await api.ask('DELETE', one(pin('B')))).json.warning).toBeNull();
  });

  test('of two keys that are both served, either is needed', async () => {
    const host = 'both.example.com';
    const chains = (['ec-p256', 'rsa-2048'] as const).map((algorithm) => [
      rig.issuing.leaf({ names: [host], algorithm }),
      rig.issuing.issued,
    ]);
    const server = await startTlsServer({ chains });
    try {
      const name = `${host}:${server.port}`;
      const body = { host: name, connect: ['127.0.0.1'], ca: rig.root.pem };
      const { pinned: taken } = ok(await api.ask('POST', '/v1/accounts/acme/domains', { body }), 201).json;
      expect(taken).toHaveLength(2);
      await probe(name);
      for (const [index, keyType] of ['ecdsa', 'rsa'].entries()) {
        const one = chains[index]?.[0]?.pin ?? '';
        const path = `/v1/accounts/acme/domains/${name}/pins/${encodeURIComponent(one)}`;
        const { detail } = problemOf(await api.ask('DELETE', path), 409, 'guarded');
        expect(detail).toContain(`by 127.0.0.1 (${keyType})`);
      }
    } finally {
      await server.close();
    }
  });

  test('in a path have their slashes and pluses encoded, in any spelling', async () => {
    const { path, one, list, leaf } = await pinned('encoded.example.com');
    const awkward = `sha256/${'+/'.repeat(21)}A=`;
    ok(await api.ask('POST', path, { body: { pin: awkward } }));
    expect((await list()).map((shown) => shown.pin)).toEqual([leaf, awkward]);
    const problem = problemOf(await api.ask('DELETE', one('sha1/x')), 400, 'bad_input');
    expect(problem.errors).toMatchObject([{ path: 'params.pin' }]);
    ok(await api.ask('DELETE', one(Buffer.from(awkward.slice(7), 'base64').toString('hex'))));
    expect(await list()).toHaveLength(1);
  });

  test('are limited, and one that cannot be a hash is refused', async () => {
    const { path, leaf } = await pinned('bounded.example.com');
    const many = Array.from({ length: 99 }, (_, at) => {
      const hash = Buffer.alloc(32);
      hash.writeUInt8(at, 0);
      return `sha256/${hash.toString('base64')}`;
    });
    ok(await api.ask('PUT', path, { body: { pins: [leaf, ...many] } }));
    problemOf(await api.ask('POST', path, { body: { pin: pin('Z') } }), 422, 'unprocessable');
    problemOf(await api.ask('PUT', path, { body: { pins: [leaf, ...many, pin('Z')] } }), 400, 'bad_input');
    for (const wrong of [
      '',
      'sha256/',
      `sha256/${'B'.repeat(43)}=`,
      `sha512/${'A'.repeat(43)}=`,
      'x'.repeat(201),
    ]) {
      const { errors } = problemOf(await api.ask('POST', path, { body: { pin: wrong } }), 400, 'bad_input');
      expect(errors?.[0]?.path).toBe('body.pin');
    }
  });
});

const endpoint = (pins: readonly Pin[], more: Partial<CheckedEndpoint> = {}): CheckedEndpoint => ({
  address: '192.0.2.1',
  keyType: 'ecdsa',
  verdict: 'match',
  protocol: 'TLSv1.3',
  durationMs: 1,
  presented: [],
  path: pins.map((one) => ({ pin: one, subject: 'CN=x', from: 'presented' })),
  trusted: true,
  trustError: null,
  matched: null,
  failure: null,
  ...more,
});
const seen = (...endpoints: CheckedEndpoint[]): Check => ({
  host: 'api.example.com',
  port: 443,
  verdict: 'match',
  pins: [],
  findings: [],
  endpoints,
});

test.each<[string, Pin[], Pin[], Check | null, RegExp | null]>([
  ['a pin more', [pin('A')], [pin('A'), pin('B')], null, null],
  ['the first pin of all', [], [pin('A')], null, null],
  ['nothing', [pin('A')], [pin('A')], null, null],
  ['all, before anything was seen', [pin('A')], [], null, /no pin would be left/],
  ['one of two, before anything was seen', [pin('A'), pin('B')], [pin('B')], null, null],
  [
    'both of three in use',
    [pin('A'), pin('B'), pin('C')],
    [pin('C')],
    seen(endpoint([pin('A'), pin('B')])),
    /are the last pins that match/,
  ],
  [
    'one of two, while nothing can be seen',
    [pin('A'), pin('B')],
    [pin('B')],
    seen(endpoint([], { failure: { code: 'connection_refused', message: 'm' } })),
    /may need sha256.*the last probe could judge nothing/,
  ],
  ['one that is not presented', [pin('A'), pin('B')], [pin('A')], seen(endpoint([pin('A')])), null],
  ['the one that is presented', [pin('A'), pin('B')], [pin('B')], seen(endpoint([pin('A')])), /last pin/],
  ['one of two on the path', [pin('A'), pin('B')], [pin('B')], seen(endpoint([pin('A'), pin('B')])), null],
  ['one while none matches anyway', [pin('A'), pin('B')], [pin('B')], seen(endpoint([pin('C')])), null],
  [
    'one that another endpoint needs',
    [pin('A'), pin('B')],
    [pin('A')],
    seen(endpoint([pin('A')]), endpoint([pin('B')], { address: '192.0.2.2' })),
    /by 192\.0\.2\.2 \(ecdsa\)/,
  ],
  [
    'one that is on the path of an endpoint whose handshake broke off after the chain',
    [pin('A'), pin('B')],
    [pin('A')],
    seen(endpoint([pin('A')]), endpoint([pin('B')], { failure: { code: 'tls_alert', message: 'm' } })),
    /last pin/,
  ],
  [
    'one, while another endpoint fails',
    [pin('A'), pin('B')],
    [pin('A')],
    seen(endpoint([pin('A')]), endpoint([], { failure: { code: 'tls_alert', message: 'm' } })),
    null,
  ],
])('the guard on a change of pins: %s', (_, before, after, check, expected) => {
  const reason = pinChangeRefusal(before, after, check);
  if (expected === null) expect(reason).toBeNull();
  else expect(reason).toMatch(expected);
});
