import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys, createKey } from '../../lab/channel-keys.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig, type Watched } from './rig.ts';

const base = '/v1/accounts/acme/config';

requires('redis-server')('signed configurations', () => {
  let rig: Rig;
  let api: Api;
  let keys: ChannelKeys;
  let watched: Watched;
  let keyDir: string;
  let directory: string;

  const ask = (method: string, path: string, body?: object) => api.ask(method, `${base}${path}`, { body });
  const check = async (body: object = {}) => ok(await ask('POST', '/checks', body)).json;
  const publish = (candidate: string, more: object = {}) => ask('POST', '/versions', { candidate, ...more });
  const download = (headers: Record<string, string> = {}) =>
    api.ask('GET', `/c/${keys.channel}`, { headers });

  beforeAll(async () => {
    rig = await createRig();
    keyDir = join(rig.directory, 'keys');
    directory = join(rig.directory, 'pins');
    keys = createChannelKeys();
    const urls = ['https://pins.example.com'];
    api = await rig.serve({ config: { publish: { keyDir, directory, urls } } });
    const account = { name: 'acme', contacts: ['devops@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { body: account }), 201);
    watched = await rig.watched();
    const pins = [watched.chain[0]?.pin, watched.other[0]?.pin];
    const body = { ...watched.entry, pins };
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { body }), 201);
  });
  afterAll(() => rig.close());

  test('need keys first: a key statement, verified with the roots that the apps have', async () => {
    expect(ok(await ask('GET', '')).json).toEqual({
      ...{
        keys: null,
        published: null,
        served: null,
        field: [],
        urls: [],
        watch: null,
        differs: true,
        revoked: [],
      },
    });
    expect(problemOf(await ask('POST', '/checks'), 422, 'unprocessable').detail).toContain('no keys');
    const statement = await keys.statement();
    const install = (body: object) => ask('PUT', '/keys', body);
    const noRoots = problemOf(await install({ statement }), 422, 'unprocessable');
    expect(noRoots.detail).toContain('roots: expected 1 to 3');
    const foreign = createChannelKeys();
    const refused = problemOf(await install({ statement, roots: foreign.roots }), 422, 'unprocessable');
    expect(refused.detail).toContain('unknown_root');
    const installed = ok(await install({ statement, roots: keys.roots })).json;
    expect(installed).toEqual({ channel: keys.channel, generation: 1, roots: keys.roots, statement });
    ok(await install({ statement }));
    const other = problemOf(await install({ statement, roots: foreign.roots }), 422, 'unprocessable');
    expect(other.detail).toContain('the roots on record are others');
    expect(ok(await ask('GET', '')).json).toMatchObject({
      keys: { channel: keys.channel },
      urls: [`https://pins.example.com/c/${keys.channel}`],
    });
    problemOf(await download(), 404, 'not_found');
  });

  test('a channel belongs to one account', async () => {
    const account = { name: 'thief', contacts: ['thief@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { body: account }), 201);
    const body = { statement: await keys.statement(), roots: keys.roots };
    const { detail } = problemOf(
      await api.ask('PUT', '/v1/accounts/thief/config/keys', { body }),
      422,
      'unprocessable',
    );
    expect(detail).toContain('belongs to another account');
  });

  test('without a signing key nothing is published', async () => {
    const { candidate } = await check();
    const { detail } = problemOf(await publish(candidate), 422, 'unprocessable');
    expect(detail).toMatch(/acme\.pem" cannot be read/);
  });

  test('a draft is checked, published, served and written', async () => {
    keys.install(keyDir, 'acme');
    const draft = ok(await ask('GET', '/draft')).json;
    const pins = [watched.chain[0]?.pin, watched.other[0]?.pin].sort();
    expect(draft).toMatchObject({
      entries: { 'api.example.com': { mode: 'pins', sub: false } },
      changes: [{ host: 'api.example.com', before: null, removed: [] }],
      ...{ problems: [], warnings: [] },
    });
    expect([...draft.entries['api.example.com'].pins].sort()).toEqual(pins);
    const checked = await check();
    expect(checked).toMatchObject({ version: 1, findings: [], warnings: [] });
    const published = ok(await publish(checked.candidate, { note: 'first' }), 201).json;
    expect(published).toMatchObject({ version: 1, digest: checked.digest, note: 'first', by: 'loopback' });

    const answer = ok(await download());
    expect(answer.headers).toMatchObject({
      'content-type': 'application/vnd.pinwatch.pins',
      'cache-control': 'public, max-age=60, stale-if-error=86400',
      vary: 'accept-encoding',
    });
    const app = await keys.verify(answer.text);
    expect(app).toMatchObject({ outcome: 'accepted', bundle: { held: { generation: 1, version: 1 } } });
    const entry = app.bundle?.configuration.domains.get('api.example.com');
    expect(entry?.pins.map((pin) => `sha256/${pin}`).sort()).toEqual(pins);
    expect(await readFile(join(directory, 'c', keys.channel), 'latin1')).toBe(answer.text);

    const held = await download({ 'if-none-match': answer.headers.etag ?? '' });
    expect([held.status, held.text, held.headers.etag]).toEqual([304, '', answer.headers.etag]);
    const zipped = await api.open(`/c/${keys.channel}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', etag: answer.headers.etag });
    expect(gunzipSync(Buffer.concat(await zipped.toArray())).toString('latin1')).toBe(answer.text);

    expect(ok(await ask('GET', '')).json).toMatchObject({
      published: { version: 1 },
      served: { generation: 1, version: 1 },
      differs: false,
    });
    const { audit } = ok(await api.ask('GET', '/v1/accounts/acme/audit?limit=1')).json;
    expect(audit[0]).toMatchObject({ action: 'config_published', target: 'acme' });
    expect(audit[0].detail).toContain(`version 1; digest ${checked.digest}; note: first`);
  });

  test('what was checked is published once, and not after something else', async () => {
    const [one, other] = [await check(), await check()];
    ok(await publish(one.candidate), 201);
    expect(problemOf(await publish(other.candidate), 412, 'stale').detail).toContain('since the check');
    problemOf(await publish('unknown'), 412, 'stale');
  });

  test('what the guard finds is overridden with a note, and host by host', async () => {
    const domain = `/v1/accounts/acme/domains/${watched.name}`;
    const wrong = [watched.other[0]?.pin, `sha256/${'A'.repeat(43)}=`];
    ok(await api.ask('PUT', `${domain}/pins`, { body: { pins: wrong, force: true, note: 'a test' } }));
    const checked = await check();
    expect(checked.findings).toMatchObject([
      { code: 'would_mismatch', host: 'api.example.com', domain: watched.name, override: 'force' },
    ]);
    const refused = problemOf(await publish(checked.candidate, { note: 'x' }), 409, 'guarded');
    expect(refused.detail).toMatch(/would be refused: 127\.0\.0\.1 \(ecdsa\) has no pinned key/);
    problemOf(await publish(checked.candidate, { force: true }), 409, 'guarded');
    const forced = ok(await publish(checked.candidate, { force: true, note: 'on purpose' }), 201).json;
    expect(forced.overridden).toEqual(['would_mismatch api.example.com']);

    ok(await api.ask('PATCH', domain, { body: { deliver: { mode: 'off' } } }));
    const weaker = await check();
    expect(weaker.findings).toMatchObject([{ code: 'unpins', override: 'allow_unpin' }]);
    problemOf(await publish(weaker.candidate, { force: true, note: 'x' }), 409, 'guarded');
    const allowUnpin = ['api.example.com'];
    ok(await publish(weaker.candidate, { allowUnpin, note: 'on purpose' }), 201);
    ok(await api.ask('PATCH', domain, { body: { deliver: null } }));
    const right = { pins: [watched.chain[0]?.pin, watched.other[0]?.pin], force: true, note: 'back' };
    ok(await api.ask('PUT', `${domain}/pins`, { body: right }));
  });

  test('going back publishes old content under a new version', async () => {
    const { versions } = ok(await ask('GET', '/versions')).json;
    const newest = versions[0].version;
    const checked = await check({ restore: 1 });
    expect(checked).toMatchObject({ version: newest + 1, findings: [] });
    const published = ok(await publish(checked.candidate), 201).json;
    expect(published).toMatchObject({ version: newest + 1, restored: 1 });
    const [old, next] = [
      ok(await ask('GET', '/versions/1')),
      ok(await ask('GET', `/versions/${newest + 1}`)),
    ];
    const domains = (text: string) => JSON.parse(text).domains;
    expect(domains(next.json.payload)).toEqual(domains(old.json.payload));
    problemOf(await ask('POST', '/checks', { restore: 999 }), 404, 'not_found');
    expect(ok(await ask('GET', '')).json.field.length).toBeGreaterThan(1);
  });

  test('the metrics show version, dates and counts', async () => {
    const { text } = ok(await api.ask('GET', '/metrics'));
    const { version } = ok(await ask('GET', '')).json.published;
    expect(text).toContain(`pinwatch_config_version{account="acme"} ${version}\n`);
    expect(text).toMatch(/^pinwatch_config_expires_timestamp_seconds\{account="acme"\} \d{10}$/m);
    expect(text).toContain(`pinwatch_config_publications_total{outcome="published"} ${version}\n`);
    expect(text).toMatch(/^pinwatch_config_downloads_total\{outcome="not_modified"\} 1$/m);
    const log = await api.line('config_published', (line) => line.version === version);
    expect(log).toMatchObject({ level: 'info', account: 'acme', by: 'loopback', renewed: false });
  });

  test('a new generation is served at once, and outranks what a stolen key may have signed', async () => {
    const next = createKey();
    keys.install(keyDir, 'acme', next);
    const statement = await keys.statement(2, [next]);
    ok(await ask('PUT', '/keys', { statement }));
    const app = await keys.verify(ok(await download()).text);
    expect(app).toMatchObject({ outcome: 'accepted', bundle: { held: { generation: 2 } } });
    const older = problemOf(
      await ask('PUT', '/keys', { statement: await keys.statement(1) }),
      422,
      'unprocessable',
    );
    expect(older.detail).toContain('expected generation 2 or higher, found 1');
    const twin = await keys.statement(2, [next, keys.signing]);
    expect(problemOf(await ask('PUT', '/keys', { statement: twin }), 422, 'unprocessable').detail).toContain(
      'another one',
    );
  });

  describe('another server on the same store', () => {
    test('serves the same text', async () => {
      const second = await rig.serve({ config: { publish: { keyDir } } });
      const text = ok(await download()).text;
      for (;;) {
        const answer = await second.ask('GET', `/c/${keys.channel}`);
        if (answer.status === 404) continue;
        expect(answer.text).toBe(text);
        break;
      }
      await second.close();
    });
  });
});
