import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { formatDuration } from '../../src/core/duration.ts';
import { notifyRows } from '../../src/core/settings.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

requires('redis-server')('accounts', () => {
  let rig: Rig;
  let api: Api;
  const accounts = { filed: { contacts: ['f@example.com'], domains: [{ host: 'f.example.com' }] } };
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve({ config: { accounts } });
  });
  afterAll(() => rig.close());

  const create = (name: string, more: object = {}) =>
    api.ask('POST', '/v1/accounts', { body: { name, contacts: ['a@example.com'], ...more } });

  test.each([
    ['by a proxy that is believed', ['127.0.0.0/8'], '192.0.2.7', '192.0.2.7'],
    ['only by the last of them', ['127.0.0.1'], '203.0.113.9, 192.0.2.7', '192.0.2.7'],
    ['through all that are believed', ['127.0.0.1', '192.0.2.0/24'], '203.0.113.9, 192.0.2.7', '203.0.113.9'],
    ['with text that is not an address', ['127.0.0.1'], '<b>unknown</b>', '127.0.0.1'],
    ['by another host', ['192.0.2.0/24'], '192.0.2.7', '127.0.0.1'],
    ['if no proxy is configured', [], '192.0.2.7', '127.0.0.1'],
  ])('are changed from where it is told %s', async (_, proxies, forwarded, from) => {
    const token = 'a token of at least 24 characters'.replaceAll(' ', '-');
    const config = { accounts, http: { listen: '127.0.0.1:0', proxies } };
    const proxied = await rig.serve({ role: 'server', env: { PINWATCH_ADMIN_TOKEN: token }, config });
    const asking = { token, headers: { 'x-forwarded-for': forwarded } };
    const body = { name: 'proxied', contacts: ['a@example.com'] };
    ok(await proxied.ask('POST', '/v1/accounts', { ...asking, body }), 201);
    ok(await proxied.ask('DELETE', '/v1/accounts/proxied', asking), 204);
    const { audit } = ok(await proxied.ask('GET', '/v1/audit', asking)).json;
    expect(audit.slice(0, 2)).toMatchObject([
      { action: 'account_deleted', from },
      { action: 'account_created', from },
    ]);
    await proxied.close();
  });

  test('take a contact of an international domain, as A-labels', async () => {
    const made = ok(await create('international', { contacts: ['devops@bücher.example'] }), 201);
    expect(made.json.contacts).toEqual(['devops@xn--bcher-kva.example']);
    const foreign = await create('foreign', { contacts: ['bücher@example.com'] });
    expect(problemOf(foreign, 400, 'bad_input').errors).toEqual([
      { path: 'body.contacts.0', message: expect.stringContaining('before the @ only ASCII is accepted') },
    ]);
  });

  test('are created, shown, listed, changed and deleted, with an audit trail', async () => {
    const made = ok(await create('first', { notify: { groupWait: '90s', unreachableAfter: 5 } }), 201);
    const shown = ok(await api.ask('GET', '/v1/accounts/first'));
    expect(shown.json).toEqual({
      name: 'first',
      contacts: ['a@example.com'],
      notify: { groupWait: '1m30s', unreachableAfter: 5 },
      platforms: null,
      provisionedBy: null,
    });
    expect(made.json).toEqual(shown.json);
    expect(made.headers.etag).toBe(shown.headers.etag);
    expect(ok(await api.ask('GET', '/v1/accounts')).json.accounts).toContain('first');
    const changed = ok(
      await api.ask('PATCH', '/v1/accounts/first', {
        body: { contacts: ['b@example.com', 'c@example.com'] },
      }),
    );
    expect(changed.json.contacts).toEqual(['b@example.com', 'c@example.com']);
    expect(changed.json.notify).toEqual(shown.json.notify);
    expect(changed.headers.etag).not.toBe(made.headers.etag);
    const patch = (platforms: unknown) => api.ask('PATCH', '/v1/accounts/first', { body: { platforms } });
    for (const platforms of [['ios'], [], null]) {
      expect(ok(await patch(platforms)).json).toMatchObject({ ...changed.json, platforms });
    }
    const trail = ok(await api.ask('GET', '/v1/accounts/first/audit')).json.audit;
    expect(trail.map(({ detail }: { detail: string }) => detail)).toEqual([
      'platforms default',
      'platforms none',
      'platforms ios',
      'contacts b@example.com, c@example.com',
      'contacts a@example.com; notify groupWait=1m30s unreachableAfter=5',
    ]);
    expect(trail.slice(-2)).toMatchObject([
      { action: 'account_changed', by: 'loopback', from: '127.0.0.1', target: 'first' },
      { action: 'account_created', by: 'loopback', from: '127.0.0.1', target: 'first' },
    ]);
    expect(ok(await api.ask('GET', '/v1/accounts/first/audit?limit=1')).json.audit).toHaveLength(1);
    ok(await api.ask('DELETE', '/v1/accounts/first'), 204);
    problemOf(await api.ask('GET', '/v1/accounts/first'), 404, 'not_found');
    problemOf(await api.ask('DELETE', '/v1/accounts/first'), 404, 'not_found');
    expect(ok(await api.ask('GET', '/v1/accounts')).json.accounts).not.toContain('first');
    const { audit } = ok(await api.ask('GET', '/v1/audit')).json;
    expect(audit.slice(0, 2).map(({ action }: { action: string }) => action)).toEqual([
      'account_deleted',
      'account_created',
    ]);
  });

  test('are created once', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => create('once')));
    expect(all.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    problemOf(await create('once'), 409, 'exists');
    expect(ok(await api.ask('GET', '/v1/accounts/once/audit')).json.audit).toHaveLength(1);
  });

  test('a change is made only to what was seen', async () => {
    const { etag = '' } = ok(await create('seen'), 201).headers;
    const change = (contact: string, headers: Record<string, string>) =>
      api.ask('PATCH', '/v1/accounts/seen', { body: { contacts: [contact] }, headers });
    const next = ok(await change('b@example.com', { 'if-match': etag })).headers.etag ?? '';
    problemOf(await change('c@example.com', { 'if-match': etag }), 412, 'stale');
    problemOf(await change('c@example.com', { 'if-match': `W/${next}` }), 412, 'stale');
    problemOf(await change('c@example.com', { 'if-match': 'nonsense' }), 412, 'stale');
    problemOf(await api.ask('DELETE', '/v1/accounts/seen', { headers: { 'if-match': etag } }), 412, 'stale');
    ok(await change('c@example.com', { 'if-match': `"x", ${next}` }));
    ok(await change('d@example.com', { 'if-match': '*' }));
    const now = ok(await api.ask('GET', '/v1/accounts/seen'));
    expect(now.json.contacts).toEqual(['d@example.com']);
    // The same again is not a change: no new version, and no entry in the trail.
    const trail = async () => ok(await api.ask('GET', '/v1/accounts/seen/audit')).json.audit.length;
    const before = await trail();
    const same = ok(await change('d@example.com', { 'if-match': now.headers.etag ?? '' }));
    expect(same.headers.etag).toBe(now.headers.etag);
    expect(await trail()).toBe(before);
    ok(
      await api.ask('DELETE', '/v1/accounts/seen', { headers: { 'if-match': now.headers.etag ?? '' } }),
      204,
    );
  });

  test('of changes at the same time one is made of each version', async () => {
    const { etag = '' } = ok(await create('raced'), 201).headers;
    const all = await Promise.all(
      ['b', 'c', 'd', 'e'].map((name) =>
        api.ask('PATCH', '/v1/accounts/raced', {
          body: { contacts: [`${name}@example.com`] },
          headers: { 'if-match': etag },
        }),
      ),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  test('from a file are changed there; what was added at runtime stays with them', async () => {
    for (const [method, path, body] of [
      ['PATCH', '/v1/accounts/filed', { contacts: ['x@example.com'] }],
      ['DELETE', '/v1/accounts/filed', undefined],
    ] as const) {
      const { detail } = problemOf(await api.ask(method, path, { body }), 409, 'provisioned');
      expect(detail).toMatch(/"filed" comes from the file .*pinwatch\.yaml: change it there/);
    }
    problemOf(await create('filed'), 409, 'exists');
    expect(ok(await api.ask('GET', '/v1/accounts/filed')).json.provisionedBy).toContain('pinwatch.yaml');
  });

  test('bad input is reported with its place, its value and what is expected', async () => {
    const cases: [object, string, RegExp][] = [
      [{ name: 'No Such' }, 'body.name', /expected an account name.*found "No Such"/],
      [{ name: '../x' }, 'body.name', /found "\.\.\/x"/],
      [{ name: 'x'.repeat(64) }, 'body.name', /63/],
      [{ name: 5 }, 'body.name', /expected string/],
      [{ contacts: [] }, 'body.contacts', /1/],
      [{ contacts: Array(101).fill('a@example.com') }, 'body.contacts', /100/],
      [{ contacts: ['a@example.com', 'nobody'] }, 'body.contacts.1', /found "nobody"/],
      [{ contacts: ['a@example.com\r\nBcc: b@example.com'] }, 'body.contacts.0', /expected a mail address/],
      [{ notify: { groupWait: '5' } }, 'body.notify.groupWait', /expected a duration.*found "5"/],
      [{ notify: { remindEvery: '0s' } }, 'body.notify.remindEvery', /expected 1s to 365d, found "0s"/],
      [{ notify: { unreachableAfter: 0 } }, 'body.notify.unreachableAfter', /1/],
      [{ notify: { grupWait: '5s' } }, 'body.notify', /grupWait/],
      [{ contact: 'x' }, 'body', /contact/],
      [{ provisionedBy: 'me' }, 'body', /provisionedBy/],
    ];
    for (const [more, place, expected] of cases) {
      const problem = problemOf(await create('fine', more), 400, 'bad_input');
      expect(problem.errors?.[0]?.path).toBe(place);
      expect(problem.errors?.[0]?.message).toMatch(expected);
      expect(problem.detail).toContain(problem.errors?.[0]?.message);
    }
    problemOf(await api.ask('GET', '/v1/accounts/fine'), 404, 'not_found');
  });

  test('settings have the bounds that they have in a file', async () => {
    const name = 'bounds';
    ok(await create(name), 201);
    const outside = {
      environment: {},
      file: 'pinwatch.yaml',
      workingDirectory: '/srv',
      readFile: () => ({ ok: false, problem: 'none' }) as const,
      readAnchors: () => ({ problem: 'none' }),
      toAscii: (text: string) => text,
    };
    for (const { key, unit, range } of notifyRows) {
      const [least, most] = range;
      for (const value of [least - 1, least, most, most + 1]) {
        if (value < 0) continue;
        const notify = { [key]: unit === 'ms' ? formatDuration(value) : value };
        const fits = value >= least && value <= most;
        expect(parseConfig({ accounts: {}, notify }, outside).ok, JSON.stringify(notify)).toBe(fits);
        const { status, text } = await api.ask('PATCH', `/v1/accounts/${name}`, { body: { notify } });
        expect(status, text).toBe(fits ? 200 : 400);
      }
    }
  });

  test('a deleted one leaves only the installation’s trail', async () => {
    ok(await create('gone'), 201);
    const { entry, name, server, other } = await rig.watched();
    ok(await api.ask('POST', '/v1/accounts/gone/domains', { body: entry }), 201);
    const since = api.lines.length;
    const probe = () => api.ask('POST', '/v1/accounts/gone/probes?wait=20s', { body: {} });
    ok(await probe(), 202);
    server.rotate([other]);
    ok(await probe(), 202);
    await api.line('incident_opened', ({ domain }) => domain === name, since);
    await api.line('mail_written', ({ account }) => account === 'gone', since);
    const keys = async () => (await rig.redis.keys('*gone*')).sort();
    expect((await keys()).length).toBeGreaterThan(4);
    ok(await api.ask('DELETE', '/v1/accounts/gone'), 204);
    // The count of requests for probes expires within a minute.
    const left = (await keys()).filter((key) => !key.startsWith('pinwatch:requests:'));
    expect(left).toEqual([]);
    expect(await rig.redis.smembers('pinwatch:accounts')).not.toContain('gone');
    const { text } = ok(await api.ask('GET', '/metrics'));
    expect(text).not.toContain('account="gone"');
    expect(ok(await api.ask('GET', '/v1/audit')).json.audit[0]).toMatchObject({
      action: 'account_deleted',
      target: 'gone',
      detail: 'with 1 domains and 0 tokens',
    });
  });

  test('a change that comes after the deletion brings no name back', async () => {
    ok(await create('late'), 201);
    const both = await Promise.all([
      api.ask('DELETE', '/v1/accounts/late'),
      ...Array.from({ length: 5 }, (_, at) =>
        api.ask('PATCH', '/v1/accounts/late', { body: { contacts: [`${at}@example.com`] } }),
      ),
    ]);
    expect(both.every(({ status }) => [200, 204, 404, 412].includes(status))).toBe(true);
    await api.ask('DELETE', '/v1/accounts/late');
    expect(await rig.redis.smembers('pinwatch:accounts')).not.toContain('late');
  });

  test('requests that are invalid or too large are refused in the same form', async () => {
    const post = (body: string, headers = {}) => api.ask('POST', '/v1/accounts', { body, headers });
    problemOf(await post('{"name":'), 400, 'bad_input');
    problemOf(await post(''), 400, 'bad_input');
    problemOf(await post('null'), 400, 'bad_input');
    problemOf(await post('[]'), 400, 'bad_input');
    problemOf(await post('{"__proto__":{"contacts":["x@example.com"]},"name":"polluted"}'), 400, 'bad_input');
    problemOf(await post('{"constructor":{"prototype":{"x":1}},"name":"polluted"}'), 400, 'bad_input');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'text/xml',
    ]) {
      problemOf(await post('{}', { 'content-type': type }), 415, 'unsupported_media_type');
    }
    problemOf(await post(`"${'x'.repeat(600_000)}"`), 413, 'too_large');
    problemOf(
      await api.ask('GET', '/v1/me', { headers: { x: 'y'.repeat(20_000) } }),
      431,
      'headers_too_large',
    );
    problemOf(await api.ask('GET', '/v1/accounts/%zz'), 400, 'bad_input');
    problemOf(await api.ask('GET', '/v1/nothing'), 404, 'not_found');
    problemOf(await api.ask('PUT', '/v1/accounts', { body: {} }), 404, 'not_found');
    problemOf(await api.ask('GET', `/v1/accounts/${'x'.repeat(2_000)}`), 414, 'too_large');
    problemOf(await api.ask('GET', '/v1/audit?limit=0'), 400, 'bad_input');
    problemOf(await api.ask('GET', '/v1/audit?limit=1001'), 400, 'bad_input');
    problemOf(await api.ask('GET', '/v1/audit?lmit=5'), 400, 'bad_input');
    problemOf(await api.ask('GET', '/v1/audit?limit=5&limit=6'), 400, 'bad_input');
  });
});
