import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPinSetStore } from '../../src/adapters/redis/pin-set-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import type { Pin } from '../../src/core/pin.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

const pin = (letter: string): Pin => `sha256/${letter.repeat(42)}A=`;

/** Kotlin of an app with these pins. */
function okhttp(...pins: readonly (readonly [pattern: string, ...pins: string[]])[]): string {
  const calls = pins.flatMap(([pattern, ...some]) => some.map((one) => `    .add("${pattern}", "${one}")`));
  return `val pinner = CertificatePinner.Builder()\n${calls.join('\n')}\n    .build()\n`;
}

requires('redis-server')('pin sets', () => {
  let rig: Rig;
  let api: Api;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve();
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'acme', contacts: ['a@example.com'] } }), 201);
  });
  afterAll(() => rig.close());

  const path = (name = '') => `/v1/accounts/acme/pin-sets${name === '' ? '' : `/${name}`}`;
  const put = (name: string, text: string, more: object = {}, query = '', headers = {}) =>
    api.ask('PUT', `${path(name)}${query}`, { body: { text, ...more }, headers });
  const probe = async (name: string) => {
    const asked = { body: { domains: [name] } };
    const { probes } = ok(await api.ask('POST', '/v1/accounts/acme/probes?wait=20s', asked), 202).json;
    return probes[0].check;
  };

  test('are imported, judge the domains that they cover, and are removed', async () => {
    const watched = await rig.watched('shop.example.com');
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { body: watched.entry }), 201);
    const leaf = watched.chain[0]?.pin ?? '';
    const text = okhttp(['shop.example.com', pin('B')], ['unknown.example.com', pin('B')]);
    const more = { appVersion: 'android 5.2', note: 'from the tag', okhttp: '4.12' };
    const dry = ok(await put('android-5.2', text, more, '?dryRun=true'));
    expect(dry.headers.etag).toBeUndefined();
    expect(ok(await api.ask('GET', path())).json).toEqual({ pinSets: [] });

    const made = ok(await put('android-5.2', text, more));
    expect(made.json).toMatchObject({
      pinSets: [
        {
          name: 'android-5.2',
          import: 'android-5.2',
          source: 'imported',
          format: 'okhttp',
          appVersion: 'android 5.2',
          note: 'from the tag',
          by: 'loopback',
          provisionedBy: null,
          enforcing: true,
          until: null,
          hosts: ['shop.example.com', 'unknown.example.com'],
          domains: [watched.name],
          domainCount: 1,
          unregistered: ['unknown.example.com'],
        },
      ],
      options: { okhttp: '4.12' },
    });
    const shown = ok(await api.ask('GET', path('android-5.2')));
    expect(shown.json).toEqual({ ...made.json, text });
    expect(shown.headers.etag).toBe(made.headers.etag);

    const check = await probe(watched.name);
    expect(check).toMatchObject({
      verdict: 'mismatch',
      pins: [{ pin: leaf, seen: true }],
      pinSets: [
        { name: 'own', verdict: 'match' },
        { name: 'android-5.2', appVersion: 'android 5.2', verdict: 'mismatch' },
      ],
      findings: [{ code: 'pin_mismatch', pinSets: ['android-5.2'] }, { pinSets: ['own'] }],
    });
    expect(ok(await api.ask('GET', '/v1/accounts/acme/audit')).json.audit[0]).toMatchObject({
      action: 'pin_set_imported',
      target: 'acme/android-5.2',
      detail: 'okhttp: android-5.2 (2 rules); app android 5.2; note: from the tag',
    });

    // The same again changes nothing; another text replaces it.
    expect(ok(await put('android-5.2', text, more)).headers.etag).toBe(made.headers.etag);
    ok(await put('android-5.2', okhttp(['shop.example.com', leaf, pin('B')]), more));
    expect((await probe(watched.name)).verdict).toBe('match');

    ok(await api.ask('DELETE', path('android-5.2')), 204);
    const after = await probe(watched.name);
    expect(after.pinSets).toBeUndefined();
    expect(ok(await api.ask('GET', path())).json).toEqual({ pinSets: [] });
    problemOf(await api.ask('GET', path('android-5.2')), 404, 'not_found');
  });

  test('apply to a domain that is added later', async () => {
    const watched = await rig.watched('later.example.com');
    ok(await put('android-6', okhttp(['later.example.com', pin('C')])));
    const added = ok(await api.ask('POST', '/v1/accounts/acme/domains', { body: watched.entry }), 201);
    expect(added.json.check.pinSets).toMatchObject([
      { name: 'own' },
      { name: 'android-6', verdict: 'mismatch' },
    ]);
    expect((await probe(watched.name)).pinSets).toHaveLength(2);
    ok(await api.ask('DELETE', path('android-6')), 204);
  });

  test('are refused with line and column if the app would refuse them', async () => {
    const refused = problemOf(
      await put('bad', okhttp(['shop.example.com', 'sha1/AAAA'])),
      422,
      'unprocessable',
    );
    expect(refused.detail).toMatch(/^line 2, column \d+: /);
    problemOf(await put('own', okhttp(['shop.example.com', pin('B')])), 400, 'bad_input');
    expect(problemOf(await put('none', 'no pins here'), 422, 'unprocessable').detail).toContain(
      'line 1, column 1: ',
    );
  });

  test('are changed only as they were read', async () => {
    const first = ok(await put('ios', okhttp(['ios.example.com', pin('B')])));
    const ifMatch = { 'if-match': String(first.headers.etag) };
    ok(await put('ios', okhttp(['ios.example.com', pin('C')]), {}, '', ifMatch));
    problemOf(await put('ios', okhttp(['ios.example.com', pin('D')]), {}, '', ifMatch), 412, 'stale');
    expect((await api.ask('DELETE', path('ios'), { headers: ifMatch })).status).toBe(412);
    ok(await api.ask('DELETE', path('ios')), 204);
  });

  test('what was stored but not resolved is resolved by the next process', async () => {
    const host = 'pending.example.com';
    const store = createPinSetStore(rig.redis);
    ok(await put('first', okhttp([host, pin('B')])));
    const { sets, revision } = await store.pinSets('acme');
    const [set] = sets.filter(({ name }) => name === 'first');
    if (set === undefined) throw new Error('expected the set');
    // As by a process that died right after it had stored them.
    const domain = { host, port: 443, pins: [pin('A')] };
    await createProvisioningStore(rig.redis).provision([
      { name: 'file', contacts: ['a@example.com'], provisionedBy: 'x', domains: [domain] },
    ]);
    const before = await store.pinSets('file');
    expect(before).toMatchObject({ sets: [], pending: null });
    const change = { of: 'first', text: '', put: [set], remove: [] };
    expect(await store.savePinSets('file', before.revision, [change], [])).toBe('stored');
    expect((await store.pinSets('file')).pending).not.toBeNull();
    expect(revision).not.toBe('');
    const other = await rig.serve({
      config: { accounts: { file: { contacts: ['a@example.com'], domains: [{ host, pins: [pin('A')] }] } } },
    });
    const seen = async () => (await store.pinSets('file')).pending;
    await expect.poll(seen, { timeout: 20_000 }).toBeNull();
    const stored = JSON.parse((await rig.redis.hget('pinwatch:{file}:domains', host)) ?? '{}');
    expect(stored.sets).toHaveLength(1);
    await other.close();
    ok(await api.ask('DELETE', path('first')), 204);
  });

  // From the first token on, nothing is open to callers without one: the last test.
  test('are for editors of the account to change, and for viewers to read', async () => {
    const admin = await api.token(undefined, 'admin');
    const editor = await api.token(admin, 'account-editor', 'acme');
    const viewer = await api.token(admin, 'account-viewer', 'acme');
    const body = { text: okhttp(['a.example.com', pin('B')]) };
    expect((await api.ask('PUT', path('role'), { body, token: viewer })).status).toBe(404);
    ok(await api.ask('PUT', path('role'), { body, token: editor }));
    ok(await api.ask('GET', path('role'), { token: viewer }));
    expect((await api.ask('DELETE', path('role'), { token: viewer })).status).toBe(404);
    ok(await api.ask('DELETE', path('role'), { token: editor }), 204);
  });
});
