import { afterAll, beforeAll, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

const pin = (letter: string) => `sha256/${letter.repeat(42)}A=`;

requires('redis-server')('domains', () => {
  let rig: Rig;
  let api: Api;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve({
      config: {
        accounts: {
          acme: {
            contacts: ['a@example.com'],
            domains: [{ host: 'filed.example.com', connect: ['127.0.0.9'] }],
          },
        },
      },
    });
  });
  afterAll(() => rig.close());

  const base = '/v1/accounts/acme/domains';
  const add = (body: object, query = '') => api.ask('POST', `${base}${query}`, { body });
  const show = async (name: string) => ok(await api.ask('GET', `${base}/${name}`));
  const probe = (name: string) =>
    api.ask('POST', '/v1/accounts/acme/probes?wait=20s', { body: { domains: [name] } });

  test.each([
    ['leaf', 0],
    ['intermediate', 1],
    ['root', 2],
  ] as const)('without pins are pinned to the %s that they present', async (pinLevel, position) => {
    const { entry, name, chain } = await rig.watched(`${pinLevel}.example.com`);
    const expected = [chain[0]?.pin, chain[1]?.pin, rig.root.issued.pin][position];
    const { json } = ok(await add(pinLevel === 'leaf' ? entry : { ...entry, pinLevel }), 201);
    expect(json).toMatchObject({ name, verdict: 'match', pinned: [expected] });
    expect(json.pins).toMatchObject([
      { pin: expected, note: `the ${pinLevel} presented when it was added`, by: 'loopback' },
    ]);
    // Says that the way out is missing.
    expect(json.check.findings.map(({ code }: { code: string }) => code)).toEqual(['no_backup_pin']);
    ok(await probe(name), 202);
    expect((await show(name)).json.check.endpoints[0].matched).toEqual({ pin: expected, position: pinLevel });
  });

  test('without pins keep the note that is given, with the pin that is taken', async () => {
    const { entry, chain } = await rig.watched('noted.example.com');
    const { json } = ok(await add({ ...entry, note: 'CHG-1234' }), 201);
    expect(json.pins).toMatchObject([{ pin: chain[0]?.pin, note: 'CHG-1234', by: 'loopback' }]);
  });

  test('are only previewed, if that is what was requested', async () => {
    const { entry, name, chain } = await rig.watched('dry.example.com');
    const looked = ok(await add(entry, '?dryRun=true'));
    expect(looked.json).toMatchObject({ name, pinned: [chain[0]?.pin] });
    problemOf(await api.ask('GET', `${base}/${name}`), 404, 'not_found');
    problemOf(await add(entry, '?dry_run=true'), 400, 'bad_input');
    problemOf(await add(entry, '?dryRun=perhaps'), 400, 'bad_input');
    const yetToBe = '/v1/accounts/yet-to-be/domains';
    problemOf(await api.ask('POST', `${yetToBe}?dryRun=true`, { body: entry }), 404, 'not_found');
    const ahead = ok(await api.ask('POST', `${yetToBe}?dryRun=true&newAccount=true`, { body: entry }));
    expect(ahead.json).toMatchObject({ name, pinned: [chain[0]?.pin] });
    const { errors } = problemOf(
      await api.ask('POST', `${yetToBe}?newAccount=true`, { body: entry }),
      400,
      'bad_input',
    );
    expect(errors).toEqual([
      { path: 'querystring.newAccount', message: 'expected only together with dryRun=true' },
    ]);
    ok(await add(entry), 201);
    problemOf(await add(entry, '?dryRun=true'), 409, 'exists');
  });

  test('with pins are registered as given, each with who, when and why', async () => {
    const { entry, name, server } = await rig.watched('given.example.com');
    await server.close();
    const pins = [pin('A'), pin('B'), pin('A')];
    const { json } = ok(await add({ ...entry, pins, note: 'from the app' }), 201);
    expect(json).toMatchObject({ verdict: 'inconclusive', pinned: [] });
    const shown = (await show(name)).json;
    expect(shown.pins).toHaveLength(2);
    expect(shown.pins[1]).toMatchObject({ pin: pin('B'), note: 'from the app', by: 'loopback' });
    expect(Date.now() - Date.parse(shown.pins[1].at)).toBeLessThan(60_000);
    problemOf(await add({ ...entry, pins }), 409, 'exists');
    // The same by any other name.
    problemOf(await add({ ...entry, host: ` ${entry.host.toUpperCase()} `, pins }), 409, 'exists');
  });

  test('that can’t be pinned, or may not be probed, are refused', async () => {
    const { entry, server } = await rig.watched('away.example.com');
    await server.close();
    const away = problemOf(await add(entry), 422, 'unprocessable');
    expect(away.detail).toMatch(/^no pins were given.*connection_refused/);
    const untrusted = await rig.watched('untrusted.example.com');
    const { ca: _, ...without } = untrusted.entry;
    expect(problemOf(await add(without), 422, 'unprocessable').detail).toMatch(/none could be taken/);
    for (const address of [
      '10.0.0.1',
      '169.254.169.254',
      '192.168.0.1',
      '::ffff:10.0.0.1',
      'fe80::1',
      '0.0.0.0',
    ]) {
      const body = { host: 'inside.example.com', connect: [address], pins: [pin('A')] };
      expect(problemOf(await add(body), 422, 'unprocessable').detail).toMatch(/inside\.example\.com/);
    }
    expect(
      problemOf(await add({ host: '10.0.0.1', pins: [pin('A')] }), 422, 'unprocessable').detail,
    ).toContain('10.0.0.1');
    problemOf(await api.ask('GET', `${base}/inside.example.com`), 404, 'not_found');
    const foreign = await api.ask('POST', '/v1/accounts/none/domains', { body: entry });
    problemOf(foreign, 404, 'not_found');
  });

  test('bad input is reported with its place, its value and what is expected', async () => {
    const host = 'bad.example.com';
    const leaf = rig.issuing.leaf({ names: [host] });
    const cases: [object, number, string | null, RegExp][] = [
      [{ host: 'https://bad.example.com/x' }, 400, 'body.host', /did you mean bad\.example\.com\?/],
      [{ host: '*.example.com' }, 400, 'body.host', /wildcard/],
      [{ host: 'bad.example.com:99999' }, 400, 'body.host', /port from 1 to 65535/],
      [{}, 400, 'body.host', /expected string/],
      [
        { host, pins: ['sha1/x'] },
        400,
        'body.pins.0',
        /expected sha256\/ and 44 base64 characters, found "sha1/,
      ],
      [
        { host, pins: [pin('A'), `sha256//${'A'.repeat(43)}=`] },
        400,
        'body.pins.1',
        /one slash after sha256/,
      ],
      [{ host, pins: Array(101).fill(pin('A')) }, 400, 'body.pins', /100/],
      [
        { host, connect: ['example.com'] },
        400,
        'body.connect.0',
        /expected an IP address, found "example.com"/,
      ],
      [{ host, connect: [] }, 400, 'body.connect', /1/],
      [{ host, connect: Array(65).fill('127.0.0.1') }, 400, 'body.connect', /64/],
      [{ host, keyTypes: ['dsa'] }, 400, 'body.keyTypes.0', /ecdsa/],
      [{ host, alpn: ['h2', 'h 2'] }, 400, 'body.alpn.1', /expected an ALPN protocol.*found "h 2"/],
      [{ host, alpn: Array(17).fill('h2') }, 400, 'body.alpn', /16/],
      [{ host, platforms: ['windows'] }, 400, 'body.platforms.0', /android/],
      [{ host, regions: ['eu/west'] }, 400, 'body.regions.0', /letters, digits.*found "eu\/west"/],
      [{ host, regions: [] }, 400, 'body.regions', /1/],
      [{ host, pinLevel: 'all' }, 400, 'body.pinLevel', /leaf/],
      [{ host, pin: pin('A') }, 400, 'body', /"pin"/],
      [{ host, note: 'x'.repeat(1_001) }, 400, 'body.note', /1000/],
      [{ host, note: 'a\u001b[2Jb' }, 400, 'body.note', /control characters/],
      [{ host, provisionedBy: 'me' }, 400, 'body', /provisionedBy/],
      [
        { host, pins: [pin('A')], ca: 'no PEM at all' },
        422,
        null,
        /ca: expected PEM .* root certificate, found none/,
      ],
      [{ host, pins: [pin('A')], ca: '' }, 422, null, /ca: expected PEM .* root certificate, found nothing$/],
      [
        { host, pins: [pin('A')], ca: leaf.pem },
        422,
        null,
        /ca: expected PEM .* root certificate, found none/,
      ],
    ];
    for (const [body, status, place, expected] of cases) {
      const problem = problemOf(await add(body), status, status === 400 ? 'bad_input' : 'unprocessable');
      if (place !== null) expect(problem.errors?.[0]?.path).toBe(place);
      expect(problem.detail).toMatch(expected);
    }
  });

  test('are changed in how they are probed, if they are still what was seen', async () => {
    const { entry, name } = await rig.watched('changed.example.com');
    const { etag = '' } = ok(await add(entry), 201).headers;
    ok(await probe(name), 202);
    const patch = (body: object, headers = {}) => api.ask('PATCH', `${base}/${name}`, { body, headers });
    const changed = ok(await patch({ keyTypes: ['ecdsa'] }, { 'if-match': etag }));
    // All of it, as it is shown on request.
    expect(changed.json.check?.verdict).toBe('match');
    expect(changed.json).toMatchObject({ keyTypes: ['ecdsa'], connect: ['127.0.0.1'] });
    problemOf(await patch({ keyTypes: null }, { 'if-match': etag }), 412, 'stale');
    ok(await patch({ keyTypes: null }, { 'if-match': '*' }));
    expect((await show(name)).json.keyTypes).toBeNull();
    ok(await patch({ keyTypes: ['rsa', 'ecdsa'] }));
    expect(problemOf(await patch({ connect: ['10.0.0.1'] }), 422, 'unprocessable').detail).toContain(
      '10.0.0.1',
    );
    for (const ca of ['nonsense', '', ' \n']) {
      expect(problemOf(await patch({ ca }), 422, 'unprocessable').detail).toMatch(/^ca: expected PEM with /);
    }
    problemOf(await patch({ host: 'other.example.com' }), 400, 'bad_input');
    problemOf(await patch({ pins: [pin('A')] }), 400, 'bad_input');
    problemOf(await api.ask('DELETE', `${base}/${name}`, { headers: { 'if-match': etag } }), 412, 'stale');
    ok(await api.ask('DELETE', `${base}/${name}`), 204);
    for (const key of ['domains', 'records', 'statuses']) {
      expect(await rig.redis.hexists(`pinwatch:{acme}:${key}`, name), key).toBe(0);
    }
    problemOf(await api.ask('DELETE', `${base}/${name}`), 404, 'not_found');
    const { audit } = ok(await api.ask('GET', '/v1/accounts/acme/audit?limit=5')).json;
    expect(audit.map(({ action, target }: Record<string, string>) => `${action} ${target}`)).toEqual([
      `domain_removed acme/${name}`,
      `domain_changed acme/${name}`,
      `domain_changed acme/${name}`,
      `domain_changed acme/${name}`,
      `domain_added acme/${name}`,
    ]);
    expect(audit.slice(1, 4).map(({ detail }: Record<string, string>) => detail)).toEqual([
      'keyTypes rsa, ecdsa',
      'keyTypes removed',
      'keyTypes ecdsa',
    ]);
  });

  test('have ALPN and platforms of their own, and an empty list means none', async () => {
    const { entry, name } = await rig.watched('chosen.example.com');
    const first = { alpn: ['h2'], platforms: ['android'], regions: ['eu-west'] };
    expect(ok(await add({ ...entry, ...first }), 201).json).toMatchObject(first);
    const patch = (body: object) => api.ask('PATCH', `${base}/${name}`, { body });
    const none = { alpn: [], platforms: [] };
    expect(ok(await patch(none)).json).toMatchObject(none);
    expect((await show(name)).json).toMatchObject(none);
    const observed = { deliver: { mode: 'observe' } };
    expect(ok(await patch(observed)).json).toMatchObject({ deliver: { mode: 'observe', sub: false } });
    problemOf(await patch({ deliver: { mode: 'on' } }), 400, 'bad_input');
    expect(ok(await patch({ deliver: null })).json).toMatchObject({ deliver: null });
    expect(ok(await patch({ alpn: null, platforms: null, regions: null })).json).toMatchObject({
      ...{ alpn: null, platforms: null, regions: null },
    });
    const { audit } = ok(await api.ask('GET', '/v1/accounts/acme/audit?limit=4')).json;
    expect(audit.map(({ detail }: Record<string, string>) => detail)).toEqual([
      'alpn removed; platforms removed; regions removed',
      'deliver removed',
      'deliver observe',
      'alpn none; platforms none',
    ]);
    ok(await api.ask('DELETE', `${base}/${name}`), 204);
  });

  test('from a file are changed there, and muted here', async () => {
    const path = `${base}/filed.example.com`;
    for (const [method, rest, body] of [
      ['PATCH', '', { keyTypes: ['rsa'] }],
      ['DELETE', '', undefined],
      ['POST', '/pins', { pin: pin('A') }],
      ['PUT', '/pins', { pins: [pin('A')], force: true, note: 'because' }],
    ] as const) {
      const { detail } = problemOf(await api.ask(method, `${path}${rest}`, { body }), 409, 'provisioned');
      expect(detail).toMatch(/"filed\.example\.com" comes from the file .*pinwatch\.yaml: change it there/);
    }
    const until = new Date(Date.now() + 3_600_000).toISOString();
    ok(await api.ask('PUT', `${path}/mute`, { body: { until } }), 204);
    expect((await show('filed.example.com')).json.mutedUntil).toBe(until.replace(/\.\d+/, ''));
    ok(await api.ask('DELETE', `${path}/mute`), 204);
    expect((await show('filed.example.com')).json.mutedUntil).toBeNull();
    problemOf(
      await api.ask('PUT', `${path}/mute`, { body: { until: '2020-01-01T00:00:00Z' } }),
      400,
      'bad_input',
    );
    problemOf(await api.ask('PUT', `${path}/mute`, { body: { until: 'tomorrow' } }), 400, 'bad_input');
    problemOf(await api.ask('PUT', `${base}/none.example.com/mute`, { body: { until } }), 404, 'not_found');
  });

  test('are listed by pages, and by verdict', async () => {
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'paged', contacts: ['a@example.com'] } }), 201);
    const list = '/v1/accounts/paged/domains';
    const { entry } = await rig.watched('z.example.com');
    const names = ['a', 'b', 'c', 'd', 'e'].map((one) => `${one}.example.com`);
    for (const host of names) {
      ok(await api.ask('POST', list, { body: { host, connect: ['127.0.0.9'], pins: [pin('A')] } }), 201);
    }
    const matching = ok(await api.ask('POST', list, { body: entry }), 201).json.name;
    ok(await api.ask('POST', '/v1/accounts/paged/probes?wait=30s'), 202);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const query: string = after === null ? '?limit=2' : `?limit=2&after=${after}`;
      const page = ok(await api.ask('GET', `${list}${query}`)).json;
      seen.push(...page.domains.map(({ name }: { name: string }) => name));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual([...names, matching]);
    const by = async (verdict: string) =>
      ok(await api.ask('GET', `${list}?verdict=${verdict}`)).json.domains.map(
        (one: { name: string }) => one.name,
      );
    expect(await by('match')).toEqual([matching]);
    expect(await by('inconclusive')).toEqual(names);
    expect(await by('mismatch')).toEqual([]);
    expect(ok(await api.ask('GET', `${list}?verdict=inconclusive&limit=5`)).json.next).toBeNull();
    problemOf(await api.ask('GET', `${list}?verdict=bad`), 400, 'bad_input');
    problemOf(await api.ask('GET', '/v1/accounts/none/domains'), 404, 'not_found');
    ok(await api.ask('DELETE', '/v1/accounts/paged'), 204);
  });

  test('are found in a path in every spelling', async () => {
    const v6 = await rig.watched('six.example.com', '::1');
    const host = `[::1]:${v6.server.port}`;
    ok(await add({ host, pins: [pin('A')] }), 201);
    for (const spelling of [host, encodeURIComponent(host), `[0:0::1]:${v6.server.port}`]) {
      expect((await show(spelling)).json).toMatchObject({ name: host, host: '::1', port: v6.server.port });
    }
    ok(await add({ host: 'bücher.example.com', connect: ['127.0.0.9'], pins: [pin('A')] }), 201);
    for (const spelling of [
      'xn--bcher-kva.example.com',
      encodeURIComponent('bücher.example.com'),
      'XN--BCHER-KVA.example.com:443',
    ]) {
      expect((await show(spelling)).json.name).toBe('xn--bcher-kva.example.com');
    }
    ok(await probe(host), 202);
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.de:65535`;
    ok(await add({ host: long, connect: ['127.0.0.9'], pins: [pin('A')] }), 201);
    expect((await show(long)).json.name).toBe(long);
  });

  test.each(['__proto__', 'constructor', 'tostring', 'hasownproperty'])('may be called %s', async (host) => {
    ok(await add({ host, connect: ['127.0.0.9'], pins: [pin('A')] }), 201);
    ok(await probe(host), 202);
    expect((await show(host)).json).toMatchObject({ name: host, verdict: 'inconclusive' });
    const { domains } = ok(await api.ask('GET', `${base}?limit=1000`)).json;
    expect(domains.filter(({ name }: { name: string }) => name === host)).toHaveLength(1);
    expect(ok(await api.ask('GET', '/metrics')).text).toContain(`account="acme",domain="${host}"`);
    ok(await api.ask('DELETE', `${base}/${host}`), 204);
  });

  test('added at the same time are registered once', async () => {
    const { entry } = await rig.watched('raced.example.com');
    const all = await Promise.all(Array.from({ length: 4 }, () => add(entry)));
    expect(all.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });
});
