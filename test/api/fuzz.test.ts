import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { type Answer, type Api, createRig, ok, type Rig } from './rig.ts';
import { routesOf } from './routes.ts';

const token = 'of-the-environment-for-the-fuzzing';
const pin = `sha256/${'A'.repeat(43)}=`;

/** Words that mean something here, so that a request gets further than the first check. */
const words = fc.constantFrom(
  ...['acme', '127.0.0.9', '127.0.0.9:8443', '[::1]:8443', pin, '__proto__', 'constructor', 'admin', '1'],
  ...[
    '*',
    '',
    ' ',
    '\u0000',
    '\r\nx: y',
    '../..',
    '%2e%2e',
    '«»',
    '\ud800',
    '1e9',
    '-1',
    '5m',
    'true',
    'null',
  ],
  ...['2999-01-01T00:00:00Z', '0000-00-00T00:00:00Z', 'a'.repeat(300), 'account-editor', 'match', 'sha256/'],
);
const text = fc.oneof(words, fc.string({ unit: 'binary', maxLength: 40 }));
const value: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  text,
  fc.jsonValue({ maxDepth: 2 }),
  fc.array(text, { maxLength: 4 }),
);
const fields = [
  ...[
    'name',
    'contacts',
    'notify',
    'pins',
    'pin',
    'note',
    'force',
    'pinLevel',
    'keyTypes',
    'alpn',
    'platforms',
    'ca',
    'until',
  ],
  ...['domains', 'role', 'account', 'expiresIn', '__proto__', 'constructor', 'toString'],
];
const body = fc.oneof(
  value,
  fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 5, noNullPrototype: true }),
);
const query = fc.dictionary(
  fc.constantFrom('limit', 'after', 'verdict', 'wait', 'ids', 'force', 'note', 'dryRun', 'x', '__proto__'),
  text,
  { maxKeys: 3 },
);

requires('redis-server')('whatever is asked', () => {
  let rig: Rig;
  let api: Api;
  let routes: readonly string[];
  beforeAll(async () => {
    rig = await createRig();
    [api, routes] = await routesOf(() => rig.serve({ env: { PINWATCH_ADMIN_TOKEN: token } }));
    await account();
    const domain = { host: '127.0.0.9', pins: [pin] };
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { token, body: domain }), 201);
  });
  afterAll(() => rig.close());

  /** There may be none any more: one of the requests was to delete it. */
  const account = () =>
    api.ask('POST', '/v1/accounts', { token, body: { name: 'acme', contacts: ['a@example.com'] } });

  /** No failure of ours, and every refusal in the one form. */
  function check(answer: Answer, what: string): void {
    expect(answer.status, `${what}: ${answer.text}`).toBeLessThan(500);
    if (answer.status < 400 || answer.text === '') return;
    expect(answer.headers['content-type'], what).toContain('application/problem+json');
    expect(answer.json, what).toMatchObject({ status: answer.status });
  }
  const encoded = (one: string) => encodeURIComponent(wellFormed(one)) || '%20';

  test('of every route is answered or refused', async () => {
    const known = routes.filter((route) => / \/v1\//.test(route) && !route.startsWith('OPTIONS'));
    const asked = fc.record({
      route: fc.constantFrom(...known),
      names: fc.array(text, { minLength: 3, maxLength: 3 }),
      query,
      body,
      ifMatch: fc.option(text.map(encoded), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ route, names, query, body, ifMatch }) => {
        const [method = '', template = ''] = route.split(' ');
        // The account that there is, so that more than its absence is found.
        const given = template.startsWith('/v1/accounts/:account/') ? ['acme', ...names] : [...names];
        const path = template.replaceAll(/:\w+/g, () => encoded(given.shift() ?? 'x'));
        const waits = Object.entries(query).filter(([name]) => name !== 'wait' && name !== 'ids');
        const search = new URLSearchParams(
          waits.map(([name, one]): [string, string] => [name, wellFormed(one)]),
        );
        const isWithBody = !['GET', 'HEAD', 'DELETE'].includes(method);
        const text = isWithBody ? JSON.stringify(hostless(body)) : undefined;
        const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
        const answer = await api.ask(method, `${path}?${search}`, { token, body: text, headers });
        check(answer, `${route} ${path}?${search} ${text}`);
      }),
      { numRuns: 600 },
    );
    ok(await api.ask('GET', '/v1/accounts', { token }));
  });

  test('of invalid paths, bodies and credentials is refused', async () => {
    const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
    const asked = fc.record({
      path: printable.map((one) => `/v1/${one.replaceAll(/[\s#]/g, '')}`),
      body: fc.option(text, { nil: undefined }),
      authorization: fc.option(printable, { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ path, body, authorization }) => {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await api.ask('POST', path, { body, headers });
        check(answer, `${path} ${body} ${authorization}`);
        expect(answer.status).toBeGreaterThanOrEqual(400);
      }),
      { numRuns: 200 },
    );
  });

  test('a host of any spelling is registered under one name, or refused', async () => {
    await account();
    let registered = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.webAuthority({ withPort: true }), fc.ipV6()), async (host) => {
        // Its address is given, so that no name is looked up.
        const body = { host: wellFormed(host), connect: ['127.0.0.9'], pins: [pin] };
        const made = await api.ask('POST', '/v1/accounts/acme/domains', { token, body });
        check(made, JSON.stringify(host));
        if (made.status !== 201) return;
        registered += 1;
        const path = `/v1/accounts/acme/domains/${encodeURIComponent(made.json.name)}`;
        expect(ok(await api.ask('GET', path, { token })).json.name).toBe(made.json.name);
        ok(await api.ask('DELETE', path, { token }), 204);
      }),
      { numRuns: 150 },
    );
    expect(registered).toBeGreaterThan(10);
  });
});

/** Half of a surrogate pair can't be sent as UTF-8. */
const wellFormed = (one: string) => Buffer.from(one).toString();

/** A name that is looked up would leave this machine. */
function hostless(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('host' in body)) return body;
  return { ...body, host: '127.0.0.9' };
}
