import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLoopback } from '../../src/adapters/http/access.ts';
import { storeKey } from '../../src/adapters/redis/keys.ts';
import { requires } from '../support/requires.ts';
import { type Answer, type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

requires('redis-server')('tokens', () => {
  let rig: Rig;
  let api: Api;
  beforeEach(async () => {
    rig = await createRig();
    api = await rig.serve();
  });
  afterEach(() => rig.close());

  const list = async (token?: string) => ok(await api.ask('GET', '/v1/tokens', { token })).json.tokens;
  const idOf = (token: string) => /^pw_([0-9a-f]{12})_/.exec(token)?.[1] ?? '';
  const expire = async (token: string, at: number) => {
    const stored = JSON.parse((await rig.redis.hget('pinwatch:tokens', idOf(token))) ?? '');
    await rig.redis.hset('pinwatch:tokens', idOf(token), JSON.stringify({ ...stored, expiresAt: at }));
  };

  test('are shown once, and stored as a hash', async () => {
    const made = ok(await api.ask('POST', '/v1/tokens', { body: { name: 'root', role: 'admin' } }), 201);
    expect(made.headers['cache-control']).toBe('no-store');
    const token: string = made.json.token;
    expect(token).toMatch(/^pw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    const [shown] = await list(token);
    expect(shown).toMatchObject({ name: 'root', role: 'admin', account: null, createdBy: 'loopback' });
    const audit = ok(await api.ask('GET', '/v1/audit', { token }));
    const secret = token.split('_').slice(2).join('_');
    for (const text of [JSON.stringify(shown), audit.text]) expect(text).not.toContain(secret);
    const dump: string[] = [];
    for (const key of await rig.redis.keys('*')) {
      const type = await rig.redis.type(key);
      if (type === 'hash') dump.push(JSON.stringify(await rig.redis.hgetall(key)));
      if (type === 'list') dump.push(...(await rig.redis.lrange(key, 0, -1)));
      if (type === 'string') dump.push((await rig.redis.get(key)) ?? '');
    }
    expect(dump.join()).not.toContain(secret);
    expect(dump.join()).toContain(createHash('sha256').update(secret).digest('hex'));
    expect(JSON.stringify(api.lines)).not.toContain(secret);
  });

  test('are invalid with one character changed, or with their parts mixed', async () => {
    const [one, two] = [await api.token(undefined, 'admin'), ''];
    const other = await api.token(one, 'admin', undefined, 'other');
    const changed = one.slice(0, -1) + (one.endsWith('A') ? 'B' : 'A');
    const mixed = `pw_${idOf(one)}_${other.split('_').slice(2).join('_')}`;
    const wrong = [changed, mixed, `${one}A`, one.slice(0, -1), idOf(one), `pw_${idOf(one)}_`, two, 'null'];
    for (const token of wrong) {
      problemOf(await api.ask('GET', '/v1/me', { token }), 401, 'unauthenticated');
    }
  });

  test('expire', async () => {
    const root = await api.token(undefined, 'admin');
    const body = { name: 'brief', role: 'admin', expiresIn: '1h' };
    const made = ok(await api.ask('POST', '/v1/tokens', { token: root, body }), 201);
    const left = Date.parse(made.json.expiresAt) - Date.parse(made.json.createdAt);
    expect(left).toBe(3_600_000);
    ok(await api.ask('GET', '/v1/me', { token: made.json.token }));
    await expire(made.json.token, Date.now());
    problemOf(await api.ask('GET', '/v1/me', { token: made.json.token }), 401, 'unauthenticated');
    for (const expiresIn of ['0s', '100000000d', '1y', '-1s', 5]) {
      const refused = await api.ask('POST', '/v1/tokens', { token: root, body: { ...body, expiresIn } });
      expect(problemOf(refused, 400, 'bad_input').errors?.[0]?.path).toBe('body.expiresIn');
    }
  });

  test('say when they were last used', async () => {
    const root = await api.token(undefined, 'admin');
    const metrics = await api.token(root, 'metrics');
    const unused = (await list(root)).find(({ id }: { id: string }) => id === idOf(metrics));
    expect(unused.lastUsedAt).toBeNull();
    const before = Math.floor(Date.now() / 1000) * 1000;
    ok(await api.ask('GET', '/metrics', { token: metrics }));
    const used = (await list(root)).find(({ id }: { id: string }) => id === idOf(metrics));
    expect(Date.parse(used.lastUsedAt)).toBeGreaterThanOrEqual(before);
  });

  test('revoked in one process are refused by another at once', async () => {
    const root = await api.token(undefined, 'admin');
    const brief = await api.token(root, 'admin', undefined, 'brief');
    const second = await rig.serve();
    ok(await second.ask('GET', '/v1/me', { token: brief }));
    ok(await second.ask('GET', '/metrics', { token: brief }));
    ok(await api.ask('DELETE', `/v1/tokens/${idOf(brief)}`, { token: root }), 204);
    for (const path of ['/v1/me', '/metrics', '/queues/api/queues']) {
      problemOf(await second.ask('GET', path, { token: brief }), 401, 'unauthenticated');
    }
    problemOf(await api.ask('DELETE', `/v1/tokens/${idOf(brief)}`, { token: root }), 404, 'not_found');
    const { audit } = ok(await second.ask('GET', '/v1/audit', { token: root })).json;
    expect(audit[0]).toMatchObject({
      action: 'token_revoked',
      by: 'admin',
      from: '127.0.0.1',
      target: `brief (${idOf(brief)})`,
    });
  });

  test('are created in an order that locks no one out', async () => {
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'acme', contacts: ['a@example.com'] } }), 201);
    const make = (body: object, token?: string) => api.ask('POST', '/v1/tokens', { token, body });
    for (const body of [
      { name: 'm', role: 'metrics' },
      { name: 'e', role: 'account-editor', account: 'acme' },
      { name: 'a', role: 'admin', expiresIn: '1h' },
    ]) {
      const { detail } = problemOf(await make(body), 422, 'unprocessable');
      expect(detail).toContain('first token');
    }
    const root = await api.token(undefined, 'admin');
    const brief = ok(await make({ name: 'a', role: 'admin', expiresIn: '1h' }, root), 201).json.token;
    const last = await api.ask('DELETE', `/v1/tokens/${idOf(root)}`, { token: brief });
    expect(problemOf(last, 422, 'unprocessable').detail).toContain('last admin');
    await make({ name: 'second', role: 'admin' }, root);
    ok(await api.ask('DELETE', `/v1/tokens/${idOf(root)}`, { token: brief }), 204);
    problemOf(await api.ask('GET', '/v1/me', { token: root }), 401, 'unauthenticated');
  });

  test.each(['loopback', 'Environment', 'local', 'nobody'])(
    'are not named %s, the audit trail’s name for a caller without one',
    async (name) => {
      const { detail } = problemOf(
        await api.ask('POST', '/v1/tokens', { body: { name, role: 'admin' } }),
        422,
        'unprocessable',
      );
      expect(detail).toContain(`"${name}"`);
    },
  );

  test('revoked or made at once, over two processes, never leave tokens without an admin', async () => {
    const second = await rig.serve();
    const revoke = (by: Api, id: string, token: string) =>
      by.ask('DELETE', `/v1/tokens/${id}`, { token }).then(({ status }) => status);
    for (let round = 0; round < 10; round += 1) {
      // Without the mark the store would count as one that has lost them.
      await rig.redis.multi().del('pinwatch:tokens').hdel(storeKey, 'hadTokens').exec();
      const one = await api.token(undefined, 'admin');
      const two = await api.token(one, 'admin');
      const metrics = await api.token(one, 'metrics');
      // Each by the other, and one by itself.
      const statuses = await Promise.all([
        revoke(api, idOf(one), two),
        revoke(second, idOf(two), one),
        revoke(second, idOf(one), one),
      ]);
      expect(statuses.filter((status) => status === 204)).toHaveLength(1);
      const left = await rig.redis.hgetall('pinwatch:tokens');
      expect(Object.keys(left)).toHaveLength(2);
      const admin = [one, two].find((token) => left[idOf(token)] !== undefined) ?? '';

      // The only one goes back to loopback, unless another is made meanwhile: then that one is an admin's, or refused.
      expect(await revoke(api, idOf(metrics), admin)).toBe(204);
      const body = { name: 'm', role: 'metrics' };
      const [made, gone] = await Promise.all([
        second.ask('POST', '/v1/tokens', { token: admin, body }).then(({ status }) => status),
        revoke(api, idOf(admin), admin),
      ]);
      expect([
        [201, 422],
        [422, 204],
        [401, 204],
      ]).toContainEqual([made, gone]);
    }
  });

  test('the last one of all may be revoked: then loopback is admin again', async () => {
    const root = await api.token(undefined, 'admin');
    problemOf(await api.ask('GET', '/v1/me'), 401, 'unauthenticated');
    ok(await api.ask('DELETE', `/v1/tokens/${idOf(root)}`, { token: root }), 204);
    expect(ok(await api.ask('GET', '/v1/me')).json).toMatchObject({ name: 'loopback', role: 'admin' });
  });

  test('belong to an account if their role requires one, and to one that exists', async () => {
    const root = await api.token(undefined, 'admin');
    ok(
      await api.ask('POST', '/v1/accounts', { token: root, body: { name: 'acme', contacts: ['a@b.c'] } }),
      201,
    );
    const make = (body: object) => api.ask('POST', '/v1/tokens', { token: root, body });
    problemOf(await make({ name: 'e', role: 'account-editor' }), 422, 'unprocessable');
    problemOf(await make({ name: 'v', role: 'account-viewer', account: 'none' }), 422, 'unprocessable');
    problemOf(await make({ name: 'a', role: 'admin', account: 'acme' }), 422, 'unprocessable');
    problemOf(await make({ name: 'v', role: 'viewer', account: 'acme' }), 422, 'unprocessable');
    problemOf(await make({ name: 'x', role: 'root' }), 400, 'bad_input');
    problemOf(await make({ name: '', role: 'admin' }), 400, 'bad_input');
    problemOf(await make({ name: 'a\r\nb', role: 'admin' }), 400, 'bad_input');
    problemOf(await make({ name: '\u001b[2J', role: 'admin' }), 400, 'bad_input');
    problemOf(await make({ name: 'a', role: 'admin', id: 'mine' }), 400, 'bad_input');
  });

  test('of an account end with it, and do not open the next one of that name', async () => {
    const root = await api.token(undefined, 'admin');
    const create = () =>
      api.ask('POST', '/v1/accounts', { token: root, body: { name: 'acme', contacts: ['a@b.c'] } });
    ok(await create(), 201);
    const editor = await api.token(root, 'account-editor', 'acme');
    ok(await api.ask('DELETE', '/v1/accounts/acme', { token: root }), 204);
    ok(await create(), 201);
    problemOf(await api.ask('GET', '/v1/accounts/acme', { token: editor }), 401, 'unauthenticated');
  });

  test('left over from an account of that name end when it is created again', async () => {
    const root = await api.token(undefined, 'admin');
    ok(
      await api.ask('POST', '/v1/accounts', { token: root, body: { name: 'acme', contacts: ['a@b.c'] } }),
      201,
    );
    const editor = await api.token(root, 'account-editor', 'acme');
    // As if the file that had it was changed: the registry knows nothing about tokens.
    await rig.redis.del('pinwatch:{acme}:account');
    ok(
      await api.ask('POST', '/v1/accounts', { token: root, body: { name: 'acme', contacts: ['a@b.c'] } }),
      201,
    );
    problemOf(await api.ask('GET', '/v1/accounts/acme', { token: editor }), 401, 'unauthenticated');
  });

  test('can be sent as a password, by browsers', async () => {
    const root = await api.token(undefined, 'admin');
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    for (const path of ['/v1/me', '/queues', '/queues/api/queues']) {
      ok(await api.ask('GET', path, { headers: basic(`anybody:${root}`) }));
      const refused = await api.ask('GET', path, { headers: basic(`anybody:${root}x`) });
      problemOf(refused, 401, 'unauthenticated');
      // A scheme a line, or Chromium asks for no password.
      expect(refused.lines('www-authenticate')).toEqual([
        'Bearer realm="pinwatch"',
        'Basic realm="pinwatch"',
      ]);
      problemOf(await api.ask('GET', path, { headers: basic(root) }), 401, 'unauthenticated');
      problemOf(await api.ask('GET', path, { headers: { authorization: root } }), 401, 'unauthenticated');
      problemOf(await api.ask('GET', path, { headers: { authorization: '' } }), 401, 'unauthenticated');
    }
  });

  test('that a browser adds by itself cannot change anything for another site’s page', async () => {
    const root = await api.token(undefined, 'admin');
    ok(
      await api.ask('POST', '/v1/accounts', { token: root, body: { name: 'acme', contacts: ['a@b.c'] } }),
      201,
    );
    const password = { authorization: `Basic ${Buffer.from(`anybody:${root}`).toString('base64')}` };
    // The one change that needs no body, which is what a page may send unasked.
    const probe = (headers: object) =>
      api.ask('POST', '/v1/accounts/acme/probes', { headers: { ...password, ...headers } });
    for (const headers of [
      { origin: 'https://example.com' },
      { origin: 'null' },
      { origin: 'https://example.com', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      problemOf(await probe(headers), 401, 'unauthenticated');
    }
    for (const headers of [{}, { origin: api.url, 'sec-fetch-site': 'same-origin' }]) {
      ok(await probe(headers), 202);
    }
    // A link may lead to the view of the queues; and no browser adds a Bearer token.
    ok(await api.ask('GET', '/queues', { headers: { ...password, 'sec-fetch-site': 'cross-site' } }));
    const asking = { token: root, headers: { origin: 'https://example.com' } };
    ok(await api.ask('POST', '/v1/accounts/acme/probes', asking), 202);
  });

  test('the environment’s is an admin’s, also as the only one', async () => {
    const token = 'from-the-environment-of-this-machine';
    const second = await rig.serve({ env: { PINWATCH_ADMIN_TOKEN: token } });
    expect(ok(await second.ask('GET', '/v1/me', { token })).json).toEqual({
      name: 'environment',
      role: 'admin',
      account: null,
    });
    problemOf(await second.ask('GET', '/v1/me'), 401, 'unauthenticated');
    problemOf(await second.ask('GET', '/v1/me', { token: `${token}x` }), 401, 'unauthenticated');
    problemOf(await second.ask('GET', '/metrics'), 401, 'unauthenticated');
    expect(second.lines.some(({ event }) => event === 'api_without_token')).toBe(false);
    // Whoever holds it can't be locked out, so that any token may be the first.
    const body = { name: 'm', role: 'metrics' };
    ok(await second.ask('POST', '/v1/tokens', { token, body }), 201);
  });
});

requires('redis-server')('without any token', () => {
  let rig: Rig;
  let api: Api;
  beforeEach(async () => {
    rig = await createRig();
    api = await rig.serve();
  });
  afterEach(() => rig.close());

  test('the log says at start that the API is for this machine', async () => {
    const line = await api.line('api_without_token');
    expect(line.msg).toContain('loopback only');
    ok(await api.ask('POST', '/v1/tokens', { body: { name: 'root', role: 'admin' } }), 201);
    const second = await rig.serve();
    expect(second.lines.some(({ event }) => event === 'api_without_token')).toBe(false);
  });

  describe('on loopback', () => {
    const port = () => new URL(api.url).port;
    const me = (headers: Record<string, string>): Promise<Answer> => api.ask('GET', '/v1/me', { headers });

    test.each(['127.0.0.1', '127.0.0.2', 'localhost', '[::1]'])('as %s it answers', async (host) => {
      ok(await me({ host }));
      ok(await me({ host: `${host}:${port()}` }));
    });

    test.each([
      ['a name that resolves to it', { host: 'rebound.example.com' }],
      ['such a name, with the port', { host: 'rebound.example.com:9464' }],
      ['a name that starts as it does', { host: '127.0.0.1.example.com' }],
      ['a name that ends as it does', { host: 'example.com.localhost' }],
      ['another address', { host: '192.0.2.1' }],
      ['an address that is none', { host: '127.0.0.999' }],
      ['no name', { host: ':9464' }],
      ['a page', { origin: 'https://example.com' }],
      ['a page in a sandbox', { origin: 'null' }],
      ['a page of its own name', { origin: 'http://127.0.0.1' }],
      ['an image on a page', { 'sec-fetch-site': 'cross-site' }],
      ['a proxy', { 'x-forwarded-for': '192.0.2.1' }],
      ['a proxy that follows RFC 7239', { forwarded: 'for=192.0.2.1' }],
      ['a proxy that says so', { via: '1.1 proxy' }],
      ['a proxy that tells the scheme alone', { 'x-forwarded-proto': 'https' }],
    ])('through %s it does not', async (_, headers) => {
      const { detail } = problemOf(await me({ ...headers }), 403, 'loopback_only');
      expect(detail).toContain('pinwatch token create');
      problemOf(await api.ask('GET', '/queues', { headers: { ...headers } }), 403, 'loopback_only');
      problemOf(
        await api.ask('POST', '/v1/tokens', { headers: { ...headers }, body: { name: 'a', role: 'admin' } }),
        403,
        'loopback_only',
      );
    });

    test('through a proxy that adds nothing it does not, because such a proxy uses HTTP/1.0', async () => {
      const socket = connect(Number(port()), '127.0.0.1');
      // As nginx does with nothing but "proxy_pass http://127.0.0.1:9464".
      socket.write(`GET /v1/me HTTP/1.0\r\nHost: 127.0.0.1:${port()}\r\nConnection: close\r\n\r\n`);
      expect(await readText(socket)).toMatch(/^HTTP\/1\.1 403 .*"code":"loopback_only"/s);
    });

    test('an invalid token is still refused', async () => {
      problemOf(await api.ask('GET', '/v1/me', { token: 'pw_000000000000_x' }), 401, 'unauthenticated');
    });

    test('metrics are open to all, for a set-up that has only a file', async () => {
      const { text } = ok(await api.ask('GET', '/metrics', { headers: { host: 'pinwatch.example.com' } }));
      expect(text).toContain('pinwatch_domains 0');
    });
  });

  test('and with open metrics, those need no token later either', async () => {
    const open = await rig.serve({ config: { http: { listen: '127.0.0.1:0', metrics: 'open' } } });
    const root = await open.token(undefined, 'admin');
    expect(ok(await open.ask('GET', '/metrics')).text).toContain('pinwatch_domains 0');
    problemOf(await open.ask('GET', '/metrics', { token: `${root}x` }), 401, 'unauthenticated');
    problemOf(await open.ask('GET', '/v1/me'), 401, 'unauthenticated');
  });
});

test.each(['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'])('%s is loopback', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each([
  '126.0.0.1',
  '128.0.0.1',
  '10.127.0.1',
  '0.0.0.0',
  '192.0.2.1',
  '::',
  '::2',
  'fe80::1',
  '::ffff:192.0.2.1',
  '::ffff:10.127.0.0',
  '1::1',
  '127.0.0.1.example.com',
  '',
])('%s is not loopback', (address) => {
  expect(isLoopback(address)).toBe(false);
});
