import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, createRig, ok, problemOf, type Rig, type Watched } from '../api/rig.ts';
import { requires } from '../support/requires.ts';

requires('redis-server')('the public status', () => {
  let rig: Rig;
  let api: Api;
  let token: string;
  let watched: Watched;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve();
    token = await api.token(undefined, 'admin');
    for (const body of [
      { name: 'acme', contacts: ['a@example.com'] },
      { name: 'acme.open', contacts: ['a@example.com'], publicStatus: true },
    ]) {
      ok(await api.ask('POST', '/v1/accounts', { token, body }), 201);
    }
    watched = await rig.watched();
  });
  afterAll(() => rig.close());

  const publish = async (account: string, publicStatus: boolean) =>
    ok(await api.ask('PATCH', `/v1/accounts/${account}`, { token, body: { publicStatus } }));

  test('is nothing that exists, unless it is switched on', async () => {
    for (const file of ['status.json', 'badge.svg']) {
      const off = await api.ask('GET', `/public/acme/${file}`);
      problemOf(off, 404, 'not_found');
      const unknown = await api.ask('GET', `/public/nobody/${file}`);
      expect(off.text).toBe(unknown.text);
    }
    expect(ok(await api.ask('GET', '/v1/accounts/acme', { token })).json.publicStatus).toBeUndefined();
  });

  test('says whether apps connect, and nothing else', async () => {
    const first = ok(await api.ask('GET', '/public/acme.open/status.json'));
    expect(first.json).toEqual({ account: 'acme.open', status: 'unknown', probedAt: null });
    expect(first.headers).toMatchObject({
      'cache-control': 'public, max-age=60',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    const badge = ok(await api.ask('GET', '/public/acme.open/badge.svg'));
    expect(badge.headers['content-type']).toBe('image/svg+xml');
    expect(badge.text).toContain('aria-label="certificate pins: unknown"');
  });

  test('is failing if apps fail on a domain; a muted one does not count', async () => {
    const body = { ...watched.entry, pins: [watched.other[0]?.pin] };
    const account = 'acme.fails';
    ok(await api.ask('POST', '/v1/accounts', { token, body: { name: account, contacts: ['a@b.c'] } }), 201);
    ok(await api.ask('POST', `/v1/accounts/${account}/domains`, { token, body }), 201);
    ok(await api.ask('POST', `/v1/accounts/${account}/probes?wait=20s`, { token, body: {} }), 202);
    // A process that was not asked yet, because an answer may be some seconds old.
    const statusOf = async () => {
      const fresh = await rig.serve({ role: 'server' });
      const { json } = ok(await fresh.ask('GET', `/public/${account}/status.json`));
      await fresh.close();
      return json;
    };
    expect(await publish(account, true)).toMatchObject({ json: { publicStatus: true } });
    expect(await statusOf()).toEqual({
      account,
      status: 'failing',
      probedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    const mute = { until: new Date(Date.now() + 3_600_000).toISOString() };
    const path = `/v1/accounts/${account}/domains/${encodeURIComponent(watched.name)}/mute`;
    ok(await api.ask('PUT', path, { token, body: mute }), 204);
    expect(await statusOf()).toMatchObject({ status: 'ok' });
  });

  test('can be switched off again, by admins alone', async () => {
    const editor = await api.token(token, 'account-editor', 'acme.open');
    const asking = { token: editor, body: { publicStatus: false } };
    problemOf(await api.ask('PATCH', '/v1/accounts/acme.open', asking), 404, 'not_found');
    await publish('acme.open', false);
    const fresh = await rig.serve({ role: 'server' });
    problemOf(await fresh.ask('GET', '/public/acme.open/status.json'), 404, 'not_found');
    const { audit } = ok(await api.ask('GET', '/v1/accounts/acme.open/audit', { token })).json;
    expect(audit[0]).toMatchObject({ action: 'account_changed', detail: 'publicStatus false' });
  });
});
