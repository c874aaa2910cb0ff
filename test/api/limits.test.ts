import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { silent } from '../../lab/hostile.ts';
import { accountKeys } from '../../src/adapters/redis/keys.ts';
import { requires } from '../support/requires.ts';
import { type Answer, type Api, createRig, ok, problemOf, type Rig } from './rig.ts';
import { routesOf } from './routes.ts';

const root = 'of-the-environment-for-the-limits';
const env = { PINWATCH_ADMIN_TOKEN: root };
const pin = (index: number) => `sha256/${Buffer.alloc(32, index).toString('base64')}`;

requires('redis-server')('what one account may ask for', () => {
  let rig: Rig;
  let api: Api;
  let editor: string;
  const domains = '/v1/accounts/acme/domains';
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve({ env });
    const body = { name: 'acme', contacts: ['a@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { token: root, body }), 201);
    editor = await api.token(root, 'account-editor', 'acme');
  });
  afterAll(() => rig.close());

  const add = (host: string, more: object = {}, of = domains, by = editor) =>
    api.ask('POST', of, { token: by, body: { host, connect: ['127.0.0.9'], pins: [pin(1)], ...more } });
  /** An account of its own, with an editor. */
  async function account(name: string, limits: object) {
    const body = { name, contacts: ['a@example.com'], limits };
    expect(ok(await api.ask('POST', '/v1/accounts', { token: root, body }), 201).json.limits).toEqual(limits);
    return {
      path: `/v1/accounts/${name}/domains`,
      token: await api.token(root, 'account-editor', name, name),
    };
  }
  function limitOf(answer: Answer, status: 409 | 429) {
    const { detail } = problemOf(answer, status, status === 409 ? 'limit' : 'too_many');
    expect(detail).toContain(answer.json.limit.name);
    expect(detail).toContain(String(answer.json.limit.value));
    return answer.json.limit;
  }

  test('of roots: 20 in 64 KB, stored without the text between them, without duplicates', async () => {
    const roots = Array.from({ length: 21 }, (_, index) => createRoot({ commonName: `Root ${index}` }).pem);
    const padded = (pem: string) => `${'padding '.repeat(3_000)}\n${pem}`;
    const [one = '', two = ''] = roots;
    expect(
      problemOf(await add('many.example.com', { ca: roots.join('') }), 422, 'unprocessable').detail,
    ).toBe('ca: expected at most 20 certificates, found 21');
    const large = await add('large.example.com', { ca: padded(padded(padded(one))) });
    expect(problemOf(large, 400, 'bad_input').errors).toMatchObject([{ path: 'body.ca' }]);
    ok(await add('twenty.example.com', { ca: roots.slice(0, 20).join('') }), 201);
    const added = ok(await add('padded.example.com', { ca: padded(one) + padded(two) }), 201).json;
    expect(added.ca).toBe(one + two);
    ok(await add('same.example.com', { ca: two.replaceAll('\n', '\r\n') }), 201);
    const patch = (ca: string) =>
      api.ask('PATCH', `${domains}/same.example.com`, { token: editor, body: { ca } });
    expect(ok(await patch(padded(one + two + one))).json.ca).toBe(one + two);
    problemOf(await patch(roots.join('')), 422, 'unprocessable');
    const keys = accountKeys('acme');
    expect((await rig.redis.hvals(keys.roots)).sort()).toEqual(
      [roots.slice(0, 20).join(''), one + two].sort(),
    );
    expect((await rig.redis.hvals(keys.domains)).join()).not.toMatch(/BEGIN|padding/);
  });

  test('of roots whose keys are slow to verify with: none', async () => {
    const made = (...args: string[]) =>
      execFileSync(
        'openssl',
        ['req', '-x509', '-nodes', '-subj', '/CN=slow', '-keyout', '/dev/null', ...args],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      ).toString();
    const curve = (name: string) => ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${name}`];
    const slow = [
      made(...curve('sect571r1')),
      made(...curve('secp521r1'), '-pkeyopt', 'ec_param_enc:explicit'),
      made('-newkey', 'rsa:2048', '-pkeyopt', `rsa_keygen_pubexp:0x${'f'.repeat(60)}1`),
    ];
    for (const ca of slow) {
      const { detail } = problemOf(await add('slow.example.com', { ca }), 422, 'unprocessable');
      expect(detail).toMatch(/^ca: certificate 1: expected a root with an RSA key of at most 8192 bits/);
    }
    for (const name of ['prime256v1', 'secp521r1', 'brainpoolP512r1']) {
      ok(await add(`${name}.example.com`.toLowerCase(), { ca: made(...curve(name)) }), 201);
    }
  });

  test('of domains, pins, stored bytes and tokens: reported by name and value, and changed by an admin', async () => {
    const { path, token } = await account('small', { domains: 3, pins: 4, storedBytes: 1_500, tokens: 1 });
    ok(await add('a.example.com', {}, path, token), 201);
    ok(await add('b.example.com', {}, path, token), 201);
    const pins = (host: string, count: number, note = '') =>
      api.ask('PUT', `${path}/${host}/pins`, {
        token,
        body: { pins: Array.from({ length: count }, (_, index) => pin(index + 1)), note },
      });
    ok(await pins('a.example.com', 3));
    expect(limitOf(await pins('b.example.com', 2), 409)).toEqual({ name: 'pins', value: 4 });
    const onePin = await api.ask('POST', `${path}/b.example.com/pins`, { token, body: { pin: pin(9) } });
    expect(limitOf(onePin, 409).name).toBe('pins');
    const second = { name: 'second', role: 'account-viewer', account: 'small' };
    const made = await api.ask('POST', '/v1/tokens', { token: root, body: second });
    expect(limitOf(made, 409)).toEqual({ name: 'tokens', value: 1 });
    const change = async (limits: object) =>
      ok(await api.ask('PATCH', '/v1/accounts/small', { token: root, body: { limits } }));
    problemOf(
      await api.ask('PATCH', '/v1/accounts/small', { token, body: { limits: {} } }),
      404,
      'not_found',
    );
    await change({ domains: 2, storedBytes: 1_500 });
    expect(limitOf(await add('c.example.com', {}, path, token), 409)).toEqual({ name: 'domains', value: 2 });
    await change({ storedBytes: 1_500 });
    const long = await pins('a.example.com', 8, 'n'.repeat(1_000));
    expect(limitOf(long, 409)).toEqual({ name: 'storedBytes', value: 1_500 });
    // Maintenance is never in want of room, and neither is what makes some.
    await change({ domains: 0, pins: 0, storedBytes: 0 });
    const until = { until: '2999-01-01T00:00:00Z' };
    ok(await api.ask('PUT', `${path}/a.example.com/mute`, { token, body: until }), 204);
    ok(await api.ask('DELETE', `${path}/b.example.com`, { token }), 204);
    const wrong = { limits: { domains: -1, more: 1 } };
    const bad = await api.ask('PATCH', '/v1/accounts/small', { token: root, body: wrong });
    expect(
      problemOf(bad, 400, 'bad_input')
        .errors?.map(({ path }) => path)
        .sort(),
    ).toEqual(['body.limits', 'body.limits.domains']);
  });

  test('from a file are set there, and count the file’s entries without refusing them', async () => {
    const filed = ['a', 'b', 'c'].map((name) => ({ host: `${name}.example.com`, connect: ['127.0.0.9'] }));
    const accounts = { filed: { contacts: ['a@example.com'], limits: { domains: 2 }, domains: filed } };
    const of = await rig.serve({ env, role: 'server', config: { accounts } });
    const list = ok(await of.ask('GET', '/v1/accounts/filed/domains', { token: root })).json.domains;
    expect(list).toHaveLength(3);
    const body = { host: 'd.example.com', connect: ['127.0.0.9'], pins: [pin(1)] };
    const more = await of.ask('POST', '/v1/accounts/filed/domains', { token: root, body });
    expect(limitOf(more, 409)).toEqual({ name: 'domains', value: 2 });
    const change = await of.ask('PATCH', '/v1/accounts/filed', { token: root, body: { limits: {} } });
    problemOf(change, 409, 'provisioned');
  });

  test('of followers: streams and waiting requests at a time', async () => {
    const { token } = await account('followed', { followers: 3 });
    const path = '/v1/accounts/followed/probes';
    const held = await silent();
    const name = `held.example.com:${held.port}`;
    const body = { host: name, connect: ['127.0.0.1'], pins: [pin(1)] };
    ok(await api.ask('POST', '/v1/accounts/followed/domains', { token, body }), 201);
    const { id } = ok(await api.ask('POST', path, { token, body: {} }), 202).json.probes[0];
    const open = [];
    for (let count = 0; count < 3; count += 1)
      open.push(await api.open(`${path}/events?ids=${id}`, { token }));
    expect(open.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(limitOf(await api.ask('GET', `${path}/events?ids=${id}`, { token }), 429)).toEqual({
      name: 'followers',
      value: 3,
    });
    expect(limitOf(await api.ask('POST', `${path}?wait=20s`, { token, body: {} }), 429).name).toBe(
      'followers',
    );
    // Not those of another account.
    ok(await api.ask('GET', '/v1/accounts/acme/probes/events?ids=p000000000000', { token: editor }));
    for (const stream of open) stream.destroy();
    // Their seats are free as soon as the service has heard that they are gone.
    let status = 429;
    while (status === 429) status = (await api.ask('POST', `${path}?wait=1ms`, { token, body: {} })).status;
    expect(status).toBe(202);
    await held.close();
  });

  test('of changes in a minute: every route that changes something counts', async () => {
    const http = { listen: '127.0.0.1:0', changesPerMinute: 3 };
    const [limited, routes] = await routesOf(() => rig.serve({ env, config: { http } }));
    const changing = routes.filter((route) => /^(POST|PUT|PATCH|DELETE) \/v1\//.test(route));
    expect(changing.length).toBeGreaterThan(12);
    const { token: one } = await account('changing', {});
    const ask = (route: string, token: string) => {
      const [method = '', template = ''] = route.split(' ');
      const path = template.replace(':account', 'changing').replace(/:\w+/g, 'none');
      return limited.ask(method, path, { token, body: method === 'DELETE' ? undefined : {} });
    };
    const own = await api.token(root, 'account-editor', 'changing', 'another');
    const fresh = await api.token(root, 'admin', undefined, 'a fresh admin');
    const stranger = await api.token(root, 'admin', undefined, 'another admin');
    for (let count = 0; count < 3; count += 1) {
      expect((await ask('DELETE /v1/accounts/:account/domains/:domain', one)).status).toBe(404);
      expect((await ask('DELETE /v1/tokens/:token', stranger)).status).toBe(404);
    }
    const value = 3;
    for (const route of changing) {
      // An account has one count, whichever of its tokens it uses; an admin one of their own.
      const ofAccount = route.includes('/accounts/:account');
      const answer = await ask(route, ofAccount ? own : stranger);
      expect(limitOf(answer, 429), route).toEqual({ name: 'http.changesPerMinute', value });
      expect(Number(answer.headers['retry-after']), route).toBeGreaterThan(0);
    }
    // What only reads is not counted, and an account that has used up its share keeps no admin out.
    ok(await limited.ask('GET', '/v1/accounts/changing', { token: own }));
    expect((await ask('DELETE /v1/accounts/:account/domains/:domain', fresh)).status).toBe(404);
  });

  test('of large requests for probes: two in a minute, each answered without all checks', async () => {
    const { path, token } = await account('large', {});
    const step = rig.redis.pipeline();
    const keys = accountKeys('large');
    for (let index = 0; index < 150; index += 1) {
      const settings = { host: `d${index}.example.com`, port: 443, pins: [], connect: ['127.0.0.9'] };
      step.hset(keys.domains, settings.host, JSON.stringify(settings));
    }
    await step.exec();
    const probes = path.replace('/domains', '/probes');
    const ask = (body: object, query = '') => api.ask('POST', `${probes}${query}`, { token, body });
    const first = ok(await ask({}, '?wait=60s'), 202).json.probes;
    expect(first).toHaveLength(150);
    expect(first.slice(0, 100).every(({ check }: { check: unknown }) => check !== null)).toBe(true);
    expect(first.slice(100).every(({ check }: { check: unknown }) => check === null)).toBe(true);
    ok(await ask({}), 202);
    expect(limitOf(await ask({}), 429).value).toBe(2);
    ok(await ask({ domains: ['d1.example.com'] }), 202);
  });

  test('in one body is limited, and so is the error message', async () => {
    const body = { host: 'x.example.com', pins: Array(100_000).fill('x') };
    const many = problemOf(await api.ask('POST', domains, { token: editor, body }), 400, 'bad_input');
    expect(many.errors).toEqual([{ path: 'body', message: 'expected at most 1000 values' }]);
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    problemOf(await api.ask('POST', domains, { token: editor, body: deep }), 400, 'bad_input');
    const wrong = { host: 'x.example.com', pins: Array(90).fill('x') };
    const answer = await api.ask('POST', domains, { token: editor, body: wrong });
    const { errors, detail } = problemOf(answer, 400, 'bad_input');
    expect(errors).toHaveLength(20);
    expect(detail).toMatch(/and \d+ more$/);
    expect(answer.text.length).toBeLessThan(10_000);
  });

  test('of a page of domains reads only a page, however much the account has', async () => {
    const { path, token } = await account('paged', {});
    const keys = accountKeys('paged');
    const step = rig.redis.pipeline();
    const note = { note: 'n'.repeat(1_000), by: 'ops', at: '' };
    for (let index = 0; index < 3_000; index += 1) {
      const host = `d${String(index).padStart(4, '0')}.example.com`;
      const settings = { host, port: 443, pins: [pin(1)], pinNotes: { [pin(1)]: note, [pin(2)]: note } };
      step.hset(keys.domains, host, JSON.stringify(settings));
    }
    await step.exec();
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await rig.redis.info('stats'))?.[1]);
    const once = async (query: string) => {
      const before = await sent();
      const page = ok(await api.ask('GET', `${path}?${query}`, { token })).json;
      return { bytes: (await sent()) - before, page };
    };
    /** The cheapest of three: what is read in the background is in them, too, but not in all. */
    const cost = async (query: string) => {
      const all = [await once(query), await once(query), await once(query)];
      return all.reduce((least, one) => (one.bytes < least.bytes ? one : least));
    };
    await cost('limit=1');
    const { bytes, page } = await cost('limit=1&after=d1499.example.com');
    expect(page).toMatchObject({ domains: [{ name: 'd1500.example.com' }], next: 'd1500.example.com' });
    // 6 MB are stored.
    expect(bytes).toBeLessThan(100_000);
    expect((await cost('limit=1000')).bytes).toBeLessThan(2_000_000);
    const open = await cost('verdict=mismatch');
    expect(open.bytes).toBeLessThan(100_000);
    expect(open.page).toEqual({ domains: [], next: 'd1999.example.com' });
  });
});
