import { afterAll, beforeAll, expect, test } from 'vitest';
import { pinFormats } from '../../src/core/pin-format.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, type Rig, type Watched } from './rig.ts';

const backup = `sha256/${'B'.repeat(42)}A=`;
const next = `sha256/${'C'.repeat(42)}A=`;

requires('redis-server')('exports', () => {
  let rig: Rig;
  let api: Api;
  let watched: Watched;
  let leaf: string;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve();
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'acme', contacts: ['a@example.com'] } }), 201);
    watched = await rig.watched('api.example.com');
    leaf = watched.chain[0]?.pin ?? '';
    await add({ ...watched.entry, pins: [leaf, backup] });
    const probe = { body: { domains: [watched.name] } };
    ok(await api.ask('POST', '/v1/accounts/acme/probes?wait=20s', probe), 202);
  });
  afterAll(() => rig.close());

  const add = async (entry: object, account = 'acme') =>
    ok(await api.ask('POST', `/v1/accounts/${account}/domains`, { body: entry }), 201);
  const get = (format: string, query = '', account = 'acme') =>
    api.ask('GET', `/v1/accounts/${account}/exports/${format}${query}`);
  const refusal = async (format: string, query = '', account = 'acme') => {
    const answer = await get(format, query, account);
    return [answer.status, answer.json.code, answer.json.detail];
  };

  test('every format is written, or says why not', async () => {
    for (const format of pinFormats) {
      const { status, json } = await get(format);
      if (status === 200)
        expect(json).toMatchObject({ format, text: expect.stringContaining(leaf.slice(7)) });
      else expect([status, json.code]).toEqual([422, 'unprocessable']);
    }
  });

  test('where a key is on the path comes from the last probe', async () => {
    const { json } = ok(await get('nspinneddomains'));
    expect(json.text).toContain('NSPinnedLeafIdentities');
    expect(json.notes).toEqual(
      expect.arrayContaining([
        `${backup} has not been seen yet; it will count only as the key of a leaf.`,
        `${watched.name} has roots of its own: the app has to trust them, too.`,
      ]),
    );
    expect(await refusal('flutter-http-certificate-pinning')).toEqual([
      422,
      'unprocessable',
      expect.stringContaining(`no leaf with the key ${backup} was seen`),
    ]);
  });

  test('for a rotation: the next key as well, and what to drop later', async () => {
    const { json } = ok(await get('okhttp', `?forRotation=${encodeURIComponent(next)}`));
    for (const pin of [leaf, backup, next]) expect(json.text).toContain(`"${pin}"`);
    expect(json.notes).toEqual(
      expect.arrayContaining([
        `api.example.com: release this, wait until every app version in use has it, and only then present ${next}.`,
        `api.example.com: drop later, once no server presents it any more: ${leaf}.`,
        `api.example.com: not presented now, keep it if it is the backup: ${backup}.`,
      ]),
    );
  });

  test('a host with several ports has the pins of all of them, and --domain is its name with any port', async () => {
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'ports', contacts: ['a@example.com'] } }), 201);
    await add({ ...watched.entry, host: 'api.example.com:8443', pins: [leaf] }, 'ports');
    await add({ ...watched.entry, host: 'api.example.com:9443', pins: [next] }, 'ports');
    await add({ ...watched.entry, host: 'login.example.com', pins: [backup] }, 'ports');
    const { text } = ok(await get('nsc', '?domain=api.example.com', 'ports')).json;
    expect(text.match(/<domain /g)).toHaveLength(1);
    for (const pin of [leaf, next]) expect(text).toContain(pin.slice(7));
    expect(text).not.toContain(backup.slice(7));
    expect((await refusal('curl', '', 'ports'))[2]).toContain('one host at a time');
    expect((await refusal('nsc', `?forRotation=${encodeURIComponent(next)}`, 'ports'))[2]).toBe(
      'a rotation is of one host: choose its domain',
    );
    await add({ ...watched.entry, host: '192.0.2.1', pins: [backup] }, 'ports');
    expect((await refusal('nsc', '', 'ports'))[2]).toContain('"192.0.2.1" is an IP address');
  });

  test('what an app version ships with, in another format', async () => {
    const text = `x.add("api.example.com", "${leaf}")\nx.add("*.example.org", "${backup}")`;
    const put = (name: string, body: object) =>
      api.ask('PUT', `/v1/accounts/acme/pin-sets/${name}`, { body });
    ok(await put('android-5.2', { text }));
    const java = ok(await get('okhttp', '?pinSet=android-5.2&language=java')).json;
    expect(java.text).toContain(`"*.example.org",\n        "${backup}"`);
    expect((await refusal('nsc', '?pinSet=android-5.2'))[2]).toContain('*.example.org');
    expect((await refusal('nsc', '?pinSet=android-9'))[1]).toBe('not_found');
    expect((await refusal('nsc', '?pinSet=android-5.2&domain=api.example.com'))[2]).toContain(
      'expected no domain',
    );

    const config = { 'api.example.com': { publicKeyHashes: [leaf.slice(7), backup.slice(7)] } };
    ok(await put('app-7', { text: JSON.stringify(config) }));
    expect((await refusal('nspinneddomains', '?pinSet=app-7'))[2]).toMatch(
      /choose one of app-7-android, app-7-ios/,
    );
    const apple = ok(await get('nspinneddomains', '?pinSet=app-7-ios')).json;
    expect(apple.text).toContain('NSPinnedLeafIdentities');
  });

  test('what there is not, and what makes no sense', async () => {
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'empty', contacts: ['a@example.com'] } }), 201);
    expect(await refusal('nsc', '', 'nobody')).toEqual([404, 'not_found', 'no account "nobody"']);
    expect(await refusal('nsc', '', 'empty')).toEqual([422, 'unprocessable', 'nothing is pinned in "empty"']);
    expect(await refusal('nsc', '?domain=other.example.com')).toEqual([
      404,
      'not_found',
      'no domain "other.example.com"',
    ]);
    for (const [format, query] of [
      ['xml', ''],
      ['nsc', '?expiration=2027-02-30'],
      ['okhttp', '?okhttp=new'],
      ['okhttp', '?language=swift'],
      ['nsc', '?forRotation=sha1'],
      ['nsc', '?colour=red'],
    ] as const) {
      expect((await get(format, query)).status, `${format}${query}`).toBe(400);
    }
  });
});
