import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../lab/channel-keys.ts';
import { decide } from '../../verify/typescript/src/decision.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, type Rig, type Watched } from './rig.ts';

const base = '/v1/accounts/acme/config';
const strange = `sha256/${'B'.repeat(42)}A=`;

requires('redis-server')('managed roots', () => {
  let rig: Rig;
  let keys: ChannelKeys;
  let watched: Watched;
  beforeAll(async () => {
    rig = await createRig();
    keys = createChannelKeys();
    keys.install(join(rig.directory, 'keys'), 'acme');
    watched = await rig.watched();
    const api = await serve([]);
    const account = { name: 'acme', contacts: ['devops@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { body: account }), 201);
    const body = { ...watched.entry, deliver: { mode: 'roots', sub: false } };
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { body }), 201);
    const statement = { statement: await keys.statement(), roots: keys.roots };
    ok(await api.ask('PUT', `${base}/keys`, { body: statement }));
  });
  afterAll(() => rig.close());

  const serve = (roots: readonly string[]): Promise<Api> =>
    rig.serve({ config: { publish: { keyDir: join(rig.directory, 'keys'), roots } } });
  const check = (api: Api) => api.ask('POST', `${base}/checks`, { body: {} });

  test('need an explicit list', async () => {
    const { status, json } = await check(await serve([]));
    expect([status, json.detail]).toEqual([
      422,
      expect.stringContaining('no managed roots are set (publish.roots)'),
    ]);
  });

  test('that lacks the root of a server is refused by the guard', async () => {
    const { json } = ok(await check(await serve([strange])));
    expect(json.findings).toMatchObject([{ code: 'would_mismatch', host: 'api.example.com' }]);
  });

  test('that has it is published once, and apps decide by it', async () => {
    const root = rig.root.issued.pin;
    const api = await serve([root, strange]);
    const { json } = ok(await check(api));
    expect(json.findings).toEqual([]);
    ok(await api.ask('POST', `${base}/versions`, { body: { candidate: json.candidate } }), 201);
    const { text } = ok(await api.ask('GET', `/c/${keys.channel}`));
    const { bundle } = await keys.verify(text);
    if (bundle === null) throw new Error('apps refuse it');
    const { configuration } = bundle;
    expect(configuration.roots.map((one) => `sha256/${one}`).sort()).toEqual([root, strange].sort());
    expect(configuration.domains.get('api.example.com')).toMatchObject({ mode: 'roots', pins: [] });
    const asked = { host: 'api.example.com', device: null, at: Date.now() / 1_000 };
    const decided = (pin: string) => decide(configuration, { ...asked, path: [pin.slice(7)] }).decision;
    expect([decided(root), decided(`sha256/${'Q'.repeat(43)}=`)]).toEqual(['allowed', 'mismatch']);
    // The list is part of what is compared.
    const shorter = ok(await check(await serve([root]))).json;
    expect(shorter.changes).toMatchObject([{ host: 'api.example.com', removed: [strange], added: [] }]);
  });
});
