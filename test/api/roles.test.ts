import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { type Answer, type Api, createRig, ok, problemOf, type Rig, type Watched } from './rig.ts';
import { routesOf } from './routes.ts';

const who = [
  'anonymous',
  'garbage',
  'expired',
  'revoked',
  'admin',
  'publisher',
  'editor',
  'viewer',
  'overall viewer',
  'pentester',
  'metrics',
  'own metrics',
  'stranger',
] as const;
type Who = (typeof who)[number];
type Known = Exclude<Who, 'anonymous' | 'garbage' | 'expired' | 'revoked'>;

/** Which callers with a valid token may do what. All others may only do what `everybody` allows. */
const readers: readonly Known[] = ['admin', 'publisher', 'editor', 'viewer', 'overall viewer'];
const publishers: readonly Known[] = ['admin', 'publisher'];
const editors: readonly Known[] = ['admin', 'publisher', 'editor'];
const pentesters: readonly Known[] = [...publishers, 'pentester'];
const admins: readonly Known[] = ['admin'];
const scrapers: readonly Known[] = [...readers, 'metrics', 'own metrics', 'stranger'];
const anyToken: readonly Known[] = [...scrapers, 'pentester'];

interface Expectation {
  readonly may: readonly Known[] | 'everybody';
  /** A body that passes the schema and changes nothing that others of these tests need. */
  readonly body?: unknown;
  /** Where a path of the route has to name something in particular. */
  readonly query?: string;
}

const pin = `sha256/${'A'.repeat(43)}=`;
const domain = '/v1/accounts/:account/domains/:domain';

/** Each route that there is; one that is added without a line here fails the first test. */
const expectations: Readonly<Record<string, Expectation>> = {
  'GET /': { may: 'everybody' },
  'GET /healthz': { may: 'everybody' },
  'GET /readyz': { may: 'everybody' },
  'GET /c/:channel': { may: 'everybody' },
  'GET /metrics': { may: scrapers },
  'GET /v1/openapi.json': { may: anyToken },
  'GET /v1/me': { may: anyToken },
  'GET /v1/accounts': { may: [...readers, 'stranger'] },
  'POST /v1/accounts': { may: admins, body: { name: 'made', contacts: ['a@example.com'] } },
  'GET /v1/accounts/:account': { may: readers },
  'PATCH /v1/accounts/:account': { may: admins, body: {} },
  'DELETE /v1/accounts/:account': { may: admins },
  'GET /v1/accounts/:account/audit': { may: readers },
  'GET /v1/audit': { may: admins },
  'GET /v1/accounts/:account/exports/:format': { may: readers },
  'GET /v1/accounts/:account/domains': { may: readers },
  'POST /v1/accounts/:account/domains': { may: editors, body: { host: 'new.example.com', pins: [pin] } },
  [`GET ${domain}`]: { may: readers },
  [`PATCH ${domain}`]: { may: editors, body: {} },
  [`DELETE ${domain}`]: { may: editors },
  [`PUT ${domain}/mute`]: { may: editors, body: { until: '2999-01-01T00:00:00Z' } },
  [`DELETE ${domain}/mute`]: { may: editors },
  [`GET ${domain}/pins`]: { may: readers },
  [`POST ${domain}/pins`]: { may: editors, body: { pin } },
  [`PUT ${domain}/pins`]: { may: editors, body: { pins: [pin] } },
  [`DELETE ${domain}/pins/:pin`]: { may: editors },
  'GET /v1/accounts/:account/config': { may: readers },
  'GET /v1/accounts/:account/config/draft': { may: readers },
  'POST /v1/accounts/:account/config/checks': { may: editors, body: {} },
  'GET /v1/accounts/:account/config/versions': { may: readers },
  'POST /v1/accounts/:account/config/versions': { may: publishers, body: { candidate: 'none' } },
  'GET /v1/accounts/:account/config/versions/:version': { may: readers },
  'GET /v1/accounts/:account/config/devices': { may: pentesters },
  'POST /v1/accounts/:account/config/devices': {
    may: pentesters,
    body: { id: 'a-device-id', for: '1h', note: 'n' },
  },
  'DELETE /v1/accounts/:account/config/devices/:device': { may: pentesters },
  'GET /v1/accounts/:account/config/adoption': { may: readers },
  'PUT /v1/accounts/:account/config/adoption/:day': { may: publishers, body: { versions: [] } },
  'GET /v1/accounts/:account/config/rotation': {
    may: readers,
    query: `?host=api.example.com&pin=${encodeURIComponent(pin)}`,
  },
  'PUT /v1/accounts/:account/config/keys': { may: publishers, body: { statement: 'none', roots: ['AAAA'] } },
  'GET /v1/accounts/:account/pin-sets': { may: readers },
  'GET /v1/accounts/:account/pin-sets/:name': { may: readers },
  'PUT /v1/accounts/:account/pin-sets/:name': { may: editors, body: { text: 'x' } },
  'DELETE /v1/accounts/:account/pin-sets/:name': { may: editors },
  'GET /v1/accounts/:account/rotations': { may: readers },
  'POST /v1/accounts/:account/rotations/plans': { may: editors, body: { domain: 'missing.example.com' } },
  'POST /v1/accounts/:account/rotations': {
    may: editors,
    body: { domain: 'missing.example.com', pin, keyType: 'ecdsa' },
  },
  'GET /v1/accounts/:account/rotations/:rotation': { may: readers },
  'POST /v1/accounts/:account/rotations/:rotation/steps': { may: editors, body: { step: 'pin' } },
  'POST /v1/accounts/:account/rotations/:rotation/certificate': { may: editors, body: { pem: 'x' } },
  'DELETE /v1/accounts/:account/rotations/:rotation': { may: editors },
  'GET /v1/accounts/:account/incidents': { may: readers },
  'GET /v1/accounts/:account/incidents/:incident': { may: readers },
  'POST /v1/accounts/:account/incidents/:incident/acknowledge': { may: editors, body: { note: 'n' } },
  'POST /v1/accounts/:account/probes': { may: editors, body: {} },
  'POST /v1/accounts/:account/channels/test': { may: admins, body: {} },
  'GET /v1/accounts/:account/probes/:probe': { may: readers },
  'GET /v1/accounts/:account/probes/events': { may: readers, query: '?ids=1' },
  'GET /v1/status': { may: [...readers, 'stranger'] },
  'GET /v1/sd': { may: scrapers },
  'GET /v1/tokens': { may: admins },
  'POST /v1/reload': { may: admins },
  'POST /v1/tokens': { may: admins, body: { name: 'another', role: 'admin' } },
  'DELETE /v1/tokens/:token': { may: admins },
};

requires('redis-server')('who may do what', () => {
  let rig: Rig;
  let api: Api;
  let routes: readonly string[];
  let watched: Watched;
  const tokens: Partial<Record<Who, string>> = { garbage: 'pw_0123456789ab_nonsense' };
  /** What is acme's, to be asked for by others: `:probe` → an id. */
  const names: Record<string, string> = {
    format: 'nsc',
    day: new Date().toISOString().slice(0, 10),
    device: 'AAAA',
  };

  beforeAll(async () => {
    rig = await createRig();
    // Failed attempts of one address are slowed down: each request comes from another.
    const http = { listen: '127.0.0.1:0', proxies: ['127.0.0.1'] };
    [api, routes] = await routesOf(() => rig.serve({ config: { accounts: {}, http } }));
    const admin = await api.token(undefined, 'admin');
    tokens.admin = admin;
    for (const name of ['acme', 'other']) {
      ok(
        await api.ask('POST', '/v1/accounts', {
          token: admin,
          body: { name, contacts: [`${name}@example.com`] },
        }),
        201,
      );
    }
    tokens.editor = await api.token(admin, 'account-editor', 'acme');
    tokens.publisher = await api.token(admin, 'account-publisher', 'acme');
    tokens.pentester = await api.token(admin, 'pentester', 'acme');
    tokens.viewer = await api.token(admin, 'account-viewer', 'acme');
    tokens['overall viewer'] = await api.token(admin, 'viewer');
    tokens.metrics = await api.token(admin, 'metrics');
    tokens['own metrics'] = await api.token(admin, 'metrics', 'acme');
    tokens.stranger = await api.token(admin, 'account-editor', 'other');
    tokens.expired = await api.token(admin, 'admin', undefined, 'expired');
    const list = ok(await api.ask('GET', '/v1/tokens', { token: admin })).json.tokens;
    const expired = list.find(({ name }: { name: string }) => name === 'expired').id;
    const stored = JSON.parse((await rig.redis.hget('pinwatch:tokens', expired)) ?? '');
    await rig.redis.hset(
      'pinwatch:tokens',
      expired,
      JSON.stringify({ ...stored, expiresAt: Date.now() - 1 }),
    );
    tokens.revoked = await api.token(admin, 'admin', undefined, 'revoked');
    const revoked = /^pw_(\w{12})_/.exec(tokens.revoked)?.[1];
    ok(await api.ask('DELETE', `/v1/tokens/${revoked}`, { token: admin }), 204);

    // acme has one of everything: a domain, a probe, an open incident.
    watched = await rig.watched();
    const added = await api.ask('POST', '/v1/accounts/acme/domains', {
      token: tokens.editor,
      body: {
        ...watched.entry,
        pins: [watched.other[0]?.pin, pin],
      },
    });
    ok(added, 201);
    const probes = ok(
      await api.ask('POST', '/v1/accounts/acme/probes?wait=20s', { token: tokens.editor, body: {} }),
      202,
    ).json.probes;
    const incidents = ok(await api.ask('GET', '/v1/accounts/acme/incidents', { token: tokens.viewer })).json
      .incidents;
    expect(incidents).toHaveLength(1);
    Object.assign(names, {
      account: 'acme',
      domain: watched.name,
      probe: probes[0].id,
      incident: incidents[0].incident,
      pin: encodeURIComponent(pin),
      token: '000000000000',
      version: '1',
      channel: 'a'.repeat(26),
    });
  });
  afterAll(() => rig.close());

  const pathOf = (route: string, given: Record<string, string> = names) =>
    route.slice(route.indexOf(' ') + 1).replaceAll(/:(\w+)/g, (_, name) => given[name] ?? name) +
    (expectations[route]?.query ?? '');
  const ask = (route: string, by: Who, given?: Record<string, string>): Promise<Answer> => {
    const { body } = expectations[route] ?? {};
    const [method = ''] = route.split(' ');
    return api.ask(method, pathOf(route, given), { token: tokens[by], body, headers: elsewhere() });
  };
  let addresses = 0;
  const elsewhere = () => {
    addresses += 1;
    return { 'x-forwarded-for': `203.0.113.${addresses % 256}` };
  };
  const ofAccount = Object.keys(expectations).filter((route) => route.includes('/:account'));

  test('every route has an expectation, and every expectation has a route', () => {
    // The views for people have tests of their own.
    const ofViews = / \/(queues|accounts|assets|public|sign-in|sign-out)\b/;
    const known = routes.filter((route) => !/^(HEAD|OPTIONS) /.test(route) && !ofViews.test(route));
    expect(known.sort()).toEqual(Object.keys(expectations).sort());
    const twins = routes.filter((route) => route.startsWith('HEAD ') && !ofViews.test(route));
    expect(twins.every((route) => expectations[route.replace('HEAD', 'GET')] !== undefined)).toBe(true);
  });

  describe.each(Object.entries(expectations))('%s', (route, { may }) => {
    const others = who.filter((one) => may !== 'everybody' && !may.includes(one as Known));
    test.each(others)('is refused to %s', async (by) => {
      const answer = await ask(route, by);
      if (tokens[by] !== undefined && anyToken.includes(by as Known)) problemOf(answer, 404, 'not_found');
      else {
        problemOf(answer, 401, 'unauthenticated');
        expect(answer.headers['www-authenticate']).toContain('Bearer');
      }
      const head = await api.ask('HEAD', pathOf(route), { token: tokens[by], headers: elsewhere() });
      if (route.startsWith('GET')) expect(head.status).toBe(answer.status);
    });

    // Whoever may delete does so below, with something of their own.
    const open = /^DELETE .*:(account|domain)$/.test(route) ? [] : may === 'everybody' ? who : may;
    test.each(open)('is open to %s', async (by) => {
      const answer = await ask(route, by);
      expect([401, 403], answer.text).not.toContain(answer.status);
      expect(answer.status, answer.text).toBeLessThan(500);
      // Nothing of that id, perhaps: but not for want of the right to ask.
      if (answer.status === 404)
        expect(answer.json.detail).toMatch(
          /no (domain|token|pin|pin set|open incident|rotation|device) "|has no pin|no version 1|nothing is published/,
        );
    });
  });

  test.each(editors)('a domain is deleted by %s', async (by) => {
    const body = { host: `${by}.example.com`, pins: [pin] };
    const asking = { token: tokens[by] };
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { ...asking, body }), 201);
    ok(await api.ask('DELETE', `/v1/accounts/acme/domains/${by}.example.com`, asking), 204);
  });

  test('an account is deleted by an admin', async () => {
    const body = { name: 'brief', contacts: ['a@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { token: tokens.admin, body }), 201);
    ok(await api.ask('DELETE', '/v1/accounts/brief', { token: tokens.admin }), 204);
  });

  test.each(ofAccount)('%s: another account and a missing one look alike', async (route) => {
    const foreign = await ask(route, 'stranger');
    const unknown = await ask(route, 'stranger', { ...names, account: 'nobody' });
    expect(unknown.status).toBe(404);
    expect(foreign.status).toBe(404);
    expect(foreign.text.replaceAll('acme', 'X')).toBe(unknown.text.replaceAll('nobody', 'X'));
    // The share of probes is the stranger's own, see below.
    const own = { date: '', 'content-length': '', 'x-ratelimit-remaining': '', 'x-ratelimit-reset': '' };
    const without = ({ headers }: Answer) => ({ ...headers, ...own });
    expect(without(foreign)).toEqual(without(unknown));
  });

  test.each(ofAccount.filter((route) => /:(domain|incident|probe)\b|events/.test(route)))(
    '%s: another account’s data is not found under the caller’s own account either',
    async (route) => {
      const own = await ask(route, 'stranger', { ...names, account: 'other' });
      const none = await ask(route, 'stranger', {
        account: 'other',
        domain: 'none.example.com',
        incident: 'none',
        probe: 'p000000000000',
        pin: names.pin ?? '',
      });
      expect(own.status).toBe(none.status);
      const neutral = (text: string) =>
        text
          .replaceAll(names.domain ?? '', 'X')
          .replaceAll('none.example.com', 'X')
          .replaceAll(`\\"${names.incident}\\"`, 'X')
          .replaceAll('\\"none\\"', 'X')
          .replaceAll(`\\"${names.probe}\\"`, 'X')
          .replaceAll('\\"p000000000000\\"', 'X');
      if (own.status < 300) expect(own.text).not.toContain(watched.name);
      else expect(neutral(own.text)).toBe(neutral(none.text));
    },
  );

  test('no list, count, page or event of one account reveals another', async () => {
    const { stranger: token } = tokens;
    expect(ok(await api.ask('GET', '/v1/accounts', { token })).json).toEqual({ accounts: ['other'] });
    expect(ok(await api.ask('GET', '/v1/accounts', { token: tokens.viewer })).json).toEqual({
      accounts: ['acme'],
    });
    const page = ok(await api.ask('GET', '/v1/accounts/other/domains?limit=1&after=a', { token }));
    expect(page.text).not.toContain(watched.name);
    const events = ok(
      await api.ask('GET', `/v1/accounts/other/probes/events?ids=${names.probe},p000000000000`, { token }),
    );
    expect(events.text).not.toContain(watched.name);
    expect(events.text).toContain('event: end\ndata: {"done":0,"of":2}');
    expect(ok(await api.ask('GET', '/v1/accounts/other/audit', { token })).text).not.toContain('acme');
    expect(ok(await api.ask('GET', '/v1/accounts/other/incidents', { token })).json).toEqual({
      incidents: [],
      configIncidents: [],
      watchIncidents: [],
    });
  });

  test('metrics with an account’s token are only that account’s, without process metrics', async () => {
    for (const by of ['editor', 'viewer', 'own metrics'] as const) {
      const { text } = ok(await api.ask('GET', '/metrics', { token: tokens[by] }));
      expect(text, by).toContain(`account="acme",domain="${watched.name}"`);
      expect(text, by).not.toMatch(/process_|nodejs_|pinwatch_(domains|queue_jobs|probes_total|build_info)/);
    }
    const strange = ok(await api.ask('GET', '/metrics', { token: tokens.stranger }));
    expect(strange.text).not.toMatch(/acme|process_|pinwatch_domains/);
    for (const by of ['admin', 'overall viewer', 'metrics'] as const) {
      const { text } = ok(await api.ask('GET', '/metrics', { token: tokens[by] }));
      expect(text, by).toContain(`account="acme",domain="${watched.name}"`);
      expect(text, by).toContain('process_cpu_seconds_total');
    }
  });

  test('requests of an account read nothing of another, so not even the response time reveals it', async () => {
    const monitor = await rig.redis.duplicate().monitor();
    const commands: string[] = [];
    const marks = new EventEmitter();
    monitor.on('monitor', (_time: string, command: string[]) => {
      commands.push(command.join(' '));
      marks.emit(command.join(' '));
    });
    /** What is read of an account that nobody has asked for before. */
    const readOf = async (bystander: string) => {
      const body = { name: bystander, contacts: ['b@example.com'] };
      ok(await api.ask('POST', '/v1/accounts', { token: tokens.admin, body }), 201);
      commands.length = 0;
      for (const route of Object.keys(expectations)) {
        for (const by of ['stranger', 'viewer', 'own metrics'] as const) {
          for (const account of [bystander, by === 'stranger' ? 'other' : 'acme']) {
            // An account's token may delete only what it names; and that data is needed below.
            if (route.startsWith('DELETE') && account !== bystander) continue;
            await ask(route, by, { ...names, account, domain: 'none.example.com' });
          }
        }
      }
      const seen = once(marks, 'echo all');
      await rig.redis.echo('all');
      await seen;
      expect(commands.some((command) => command.includes('pinwatch:{other}'))).toBe(true);
      const own = new RegExp(`\\{${bystander}\\}:(account|domains|records|statuses|history|audit)`);
      return commands.filter((command) => own.test(command));
    };
    try {
      // Once a minute the service itself goes through all accounts. What a request reads, it reads of another one as well.
      const read = await readOf('bystander');
      const again = read.length === 0 ? [] : await readOf('bystander-2');
      expect(again, `and before: ${read.join('\n')}`).toEqual([]);
    } finally {
      monitor.disconnect();
    }
  });

  test('a caller that may not probe an account neither uses up its share nor learns about it', async () => {
    const asking = { token: tokens.stranger, body: {} };
    const [foreign, unknown] = [
      await api.ask('POST', '/v1/accounts/acme/probes', asking),
      await api.ask('POST', '/v1/accounts/nobody/probes', asking),
    ];
    const before = ok(
      await api.ask('POST', '/v1/accounts/acme/probes', { token: tokens.editor, body: {} }),
      202,
    );
    await Promise.all(Array.from({ length: 20 }, () => api.ask('POST', '/v1/accounts/acme/probes', asking)));
    const after = ok(
      await api.ask('POST', '/v1/accounts/acme/probes', { token: tokens.editor, body: {} }),
      202,
    );
    const left = ({ headers }: Answer) => Number(headers['x-ratelimit-remaining']);
    expect(left(before) - left(after)).toBe(1);
    // The stranger's own count, whatever it asks for.
    expect(left(foreign) - left(unknown)).toBe(1);
  });

  test('the ids of one’s probes do not count those of others', async () => {
    const asked = async (token: string | undefined, account: string) =>
      ok(await api.ask('POST', `/v1/accounts/${account}/probes?wait=20s`, { token, body: {} }), 202).json
        .probes[0].id as string;
    const own = await rig.watched('own.example.com');
    const body = { ...own.entry, pins: [own.chain[0]?.pin] };
    ok(await api.ask('POST', '/v1/accounts/other/domains', { token: tokens.stranger, body }), 201);
    const ids = [await asked(tokens.stranger, 'other'), await asked(tokens.stranger, 'other')];
    await asked(tokens.editor, 'acme');
    ids.push(await asked(tokens.stranger, 'other'));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^p[\w-]{12}$/);
  });

  test('no probe id reaches another key of the queue, whose type would reveal that it exists', async () => {
    const keys = await rig.redis.keys('{pinwatch}:probe:*');
    // As while a probe of acme's waits or runs, and for each scheduled one.
    const deduplication = `{pinwatch}:probe:de:now acme ${watched.name}`;
    await rig.redis.set(deduplication, 'p000000000000', 'PX', 60_000);
    const types = new Set<string>();
    for (const key of [...keys, deduplication]) {
      const id = key.slice('{pinwatch}:probe:'.length);
      const data = await rig.redis.hget(key, 'data').catch(() => null);
      const isOwn = data?.includes('"account":"other"') === true;
      if (isOwn || id.length > 50 || id === 'events') continue;
      types.add(await rig.redis.type(key));
      const one = await api.ask('GET', `/v1/accounts/other/probes/${encodeURIComponent(id)}`, {
        token: tokens.stranger,
      });
      problemOf(one, 404, 'not_found');
      const followed = await api.ask(
        'GET',
        `/v1/accounts/other/probes/events?ids=${encodeURIComponent(id)}`,
        {
          token: tokens.stranger,
        },
      );
      expect(followed.text, id).toContain('event: end\ndata: {"done":0,"of":1}');
    }
    expect([...types].sort()).toEqual(expect.arrayContaining(['hash', 'string', 'zset']));
  });

  test('a path that only decodes to another account is that account: refused', async () => {
    for (const path of [
      '/v1/accounts/%61cme',
      '/v1/accounts/other/../acme',
      '/v1/accounts/other%2F..%2Facme',
    ]) {
      problemOf(await api.ask('GET', path, { token: tokens.stranger }), 404, 'not_found');
    }
  });
});
