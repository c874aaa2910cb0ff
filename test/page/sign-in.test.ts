import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Api, createRig, ok, type Rig } from '../api/rig.ts';
import { requires } from '../support/requires.ts';

const html = { accept: 'text/html' };
const own = { ...html, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

requires('redis-server')('signing in', () => {
  let rig: Rig;
  let api: Api;
  let admin: string;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve();
    admin = await api.token(undefined, 'admin', undefined, 'alice');
    const body = { name: 'acme', contacts: ['a@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { token: admin, body }), 201);
  });
  afterAll(() => rig.close());

  const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString();
  const post = (path: string, fields: Readonly<Record<string, string>>, headers: object = {}) =>
    api.ask('POST', path, { body: form(fields), headers: { ...own, ...headers } });
  const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']);
  const pairOf = (answer: Answer) => cookieOf(answer).split(';')[0] ?? '';
  const signedIn = async (token: string) => pairOf(ok(await post('/sign-in', { token, from: '/' }), 303));
  const see = (path: string, cookie?: string) =>
    api.ask('GET', path, { headers: { ...html, ...(cookie === undefined ? {} : { cookie }) } });

  test('a person is sent to the form, and with a token back to where they wanted to go', async () => {
    const first = ok(await see('/accounts/acme?x=1'), 303);
    expect(first.headers.location).toBe('/sign-in?from=%2Faccounts%2Facme%3Fx%3D1');
    expect(first.headers['www-authenticate']).toBeUndefined();
    const asked = ok(await see(String(first.headers.location)));
    expect(asked.text).toContain('name="from" value="/accounts/acme?x=1"');
    const signed = ok(await post('/sign-in', { token: admin, from: '/accounts/acme' }), 303);
    expect(signed.headers.location).toBe('/accounts/acme');
    const seen = ok(await see('/accounts/acme', pairOf(signed)));
    expect(seen.text).toContain('alice (admin)');
  });

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '/accounts/\\\\evil.example',
    'javascript:alert(1)',
    '/v1/accounts',
    '/accounts/a\r\nset-cookie: x=y',
  ])('it leads to no other place: %j', async (from) => {
    const signed = ok(await post('/sign-in', { token: admin, from }), 303);
    expect(signed.headers.location).toBe('/');
    expect(ok(await see(`/sign-in?from=${encodeURIComponent(from)}`)).text).toContain(
      'name="from" value="/"',
    );
  });

  test('the cookie is no token, and only the browser’s own requests carry it', async () => {
    const signed = await post('/sign-in', { token: admin, from: '/' });
    const [pair = '', ...flags] = cookieOf(signed).split('; ');
    expect(flags).toEqual(['Path=/', 'Max-Age=43200', 'HttpOnly', 'SameSite=Strict']);
    expect(pair).toMatch(/^pinwatch_session=[\w-]{43}$/);
    const id = pair.split('=')[1] ?? '';
    const asToken = await api.ask('GET', '/v1/me', { token: id });
    expect(asToken.status).toBe(401);
    // The store alone opens nothing either: it has neither the id nor the token.
    const keys = await rig.redis.keys('pinwatch:session:*');
    const stored = await Promise.all(keys.map((key) => rig.redis.get(key)));
    const secret = admin.slice('pw_0123456789ab_'.length);
    for (const text of [...keys, ...stored]) {
      expect(text).not.toContain(id);
      expect(text).not.toContain(secret);
      expect(Buffer.from(String(text), 'base64url').toString('latin1')).not.toContain(secret);
    }
    expect(await rig.redis.pttl(keys[0] ?? '')).toBeGreaterThan(0);
  });

  test('a browser on HTTPS keeps the cookie off plain HTTP, even if a proxy ends TLS', async () => {
    const origin = `https://${new URL(api.url).host}`;
    const { 'sec-fetch-site': _, ...others } = own;
    const signed = await api.ask('POST', '/sign-in', {
      body: form({ token: admin, from: '/' }),
      headers: { ...others, origin },
    });
    expect(cookieOf(signed)).toMatch(/^__Host-pinwatch_session=.*; Path=\/; .*; Secure$/);
    expect(ok(await see('/', pairOf(signed))).text).toContain('alice (admin)');
  });

  test('it is logged, with who and where from', async () => {
    const token = await api.token(admin, 'viewer', undefined, 'logged');
    await signedIn(token);
    const lines = api.lines.filter(({ event, name }) => event === 'signed_in' && name === 'logged');
    expect(lines).toMatchObject([{ level: 'info', role: 'viewer', account: null, source: '127.0.0.1' }]);
    expect(JSON.stringify(api.lines)).not.toContain(token.slice('pw_0123456789ab_'.length));
  });

  test('signing in again ends the session from before', async () => {
    const token = await api.token(admin, 'viewer', undefined, 'twice');
    const before = await signedIn(token);
    const again = ok(await post('/sign-in', { token, from: '/' }, { cookie: before }), 303);
    ok(await see('/', pairOf(again)));
    expect(ok(await see('/', before), 303).headers.location).toMatch(/^\/sign-in/);
  });

  test('signing out ends the session for whoever has the cookie', async () => {
    const cookie = await signedIn(admin);
    ok(await see('/', cookie));
    const out = ok(await post('/sign-out', {}, { cookie }), 303);
    expect(cookieOf(out)).toMatch(/^pinwatch_session=; Path=\/; Max-Age=0/);
    expect(ok(await see('/', cookie), 303).headers.location).toMatch(/^\/sign-in/);
  });

  test('a revoked token ends its sessions at once', async () => {
    const token = await api.token(admin, 'viewer', undefined, 'brief');
    const cookie = await signedIn(token);
    ok(await see('/', cookie));
    ok(await api.ask('DELETE', `/v1/tokens/${token.split('_')[1]}`, { token: admin }), 204);
    ok(await see('/', cookie), 303);
  });

  test('a wrong token, or one that may see nothing, is told so and counted', async () => {
    const wrong = ok(await post('/sign-in', { token: 'pw_0123456789ab_no', from: '/accounts/acme' }), 403);
    expect(wrong.text).toContain('This is not a valid token.');
    expect(wrong.text).toContain('name="from" value="/accounts/acme"');
    expect(wrong.headers['set-cookie']).toBeUndefined();
    await api.line('auth_failed');
    const scraper = await api.token(admin, 'metrics');
    expect(ok(await post('/sign-in', { token: scraper, from: '/' }), 403).text).toContain('role metrics');
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbouring site', { 'sec-fetch-site': 'same-site' }],
    ['another site, without Fetch Metadata', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['a sandbox', { 'sec-fetch-site': '', origin: 'null' }],
    ['nowhere', { 'sec-fetch-site': '' }],
  ])('a form sent by %s is refused', async (_, headers) => {
    const cookie = await signedIn(admin);
    const sent = Object.fromEntries(
      Object.entries({ ...own, ...headers, cookie }).filter(([, value]) => value),
    );
    for (const path of ['/sign-in', '/sign-out', '/accounts/acme/domains/x/mute']) {
      const answer = await api.ask('POST', path, {
        body: form({ token: admin, from: '/', for: '1h' }),
        headers: sent,
      });
      expect(ok(answer, 403).text).toContain('the form was not sent by this page');
    }
    ok(await see('/', cookie));
  });

  test('the cookie opens the API for reading, and for changes only to the page itself', async () => {
    const cookie = await signedIn(admin);
    ok(await api.ask('GET', '/v1/me', { headers: { cookie } }));
    const body = { name: 'made', contacts: ['a@example.com'] };
    for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
      expect((await api.ask('POST', '/v1/accounts', { body, headers: { cookie, ...headers } })).status).toBe(
        401,
      );
    }
  });

  test('a link on another site leads in: the browser asks again, with the cookie', async () => {
    const headers = { ...html, 'sec-fetch-site': 'cross-site' };
    const again = ok(await api.ask('GET', '/accounts/acme', { headers }));
    expect(again.text).toContain('<meta http-equiv="refresh" content="0; url=/accounts/acme">');
    expect(again.text).not.toContain('@example.com');
  });

  test('every answer has the headers of a page that nothing may frame, guess or keep', async () => {
    const cookie = await signedIn(admin);
    const answers = [
      await see('/', cookie),
      await see('/accounts/none', cookie),
      await see('/sign-in'),
      await see('/accounts/acme'),
      await post('/sign-in', { token: 'no', from: '/' }),
    ];
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cache-control': 'no-store',
      });
    }
  });

  test('other bodies and too many fields are refused', async () => {
    const cookie = await signedIn(admin);
    const json = { ...own, cookie, 'content-type': 'application/json' };
    expect((await api.ask('POST', '/sign-in', { body: { token: admin }, headers: json })).status).toBe(415);
    ok(await post('/sign-in', { token: 'x'.repeat(2_000), from: '/' }), 400);
    ok(await post('/sign-in', { token: 'x'.repeat(40_000), from: '/' }), 413);
  });

  test('a client that takes no HTML gets the list of paths', async () => {
    expect(ok(await api.ask('GET', '/')).text).toBe(
      'pinwatch\n\n/metrics\n/healthz\n/readyz\n/v1/openapi.json\n/queues\n',
    );
  });
});
