import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import { createSecureContext, createServer } from 'node:tls';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Issued, pemChain } from '../../../lab/authority.ts';
import { freePort } from '../../../lab/child.ts';
import { listen } from '../../../lab/sockets.ts';
import { type Api, entryOf } from '../../service/stage.ts';
import { testRequiring } from '../../support/requires.ts';
import { type Admin, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let api: Api;
beforeAll(async () => {
  admin = await setAdmin();
  api = await admin.stage.api('api.example.com');
  await admin.ok('account', 'create', 'acme', '--contact', 'devops@example.com');
});
afterAll(() => admin.stage.close());

test('account: create, list, show, change and delete', async () => {
  const { ok, run } = admin;
  expect(
    await ok('account', 'create', 'shop', '--contact', 'a@example.com', '--notify', 'remindEvery=12h'),
  ).toBe('account   shop\ncontacts  a@example.com\nnotify    remindEvery=12h\n');
  expect(JSON.parse(await ok('account', 'list', '--json'))).toEqual({ accounts: ['acme', 'shop'] });
  await ok('account', 'change', 'shop', '--contact', 'b@example.com', '--notify', 'groupWait=10s');
  await ok('account', 'change', 'shop', '--notify', 'remindEvery=');
  expect(JSON.parse(await ok('account', 'show', 'shop', '--json'))).toEqual({
    name: 'shop',
    contacts: ['b@example.com'],
    notify: { groupWait: '10s' },
    platforms: null,
    provisionedBy: null,
  });
  const changed = await ok('account', 'change', 'shop', '--platform', 'ios');
  expect(changed).toMatch(/^platforms ios$/m);
  expect(await ok('account', 'change', 'shop', '--platform', 'none')).toMatch(/^platforms none$/m);
  expect(await ok('account', 'change', 'shop', '--no-platform')).not.toContain('platforms');

  expect(await run(['account', 'create', 'shop', '--contact', 'a@example.com'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^Already exists: account "shop" already exists\n$/),
  });
  expect(await run(['account', 'change', 'shop', '--notify', 'remindEvry=1h'])).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(/unknown key "remindEvry", did you mean remindEvery\?/),
  });
  expect(await run(['account', 'delete', 'shop'])).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(/Nothing was done: .* --yes is required/),
  });
  expect(await ok('account', 'delete', 'shop', '--yes')).toBe('shop is deleted\n');
  expect(await run(['account', 'show', 'shop'])).toMatchObject({ status: 2 });
});

test('a domain is probed from here and from the server, then pinned to what both see', async () => {
  const { ok, run, add } = admin;
  const added = await run(['domain', 'add', 'acme', api.name, ...admin.reach()]);
  expect(added).toMatchObject({ status: 0 });
  expect(added.stdout).toContain(api.chain[0]?.pin);
  expect(added.stdout).toContain('pinned to the leaf that it presents now');
  // Broken at spaces to 80 columns.
  expect(added.stderr.replace(/\s+/g, ' ')).toContain(`no backup pin: if the key must change`);
  expect(added.stderr.replace(/\s+/g, ' ')).toContain(`"pinwatch pin add acme ${api.name} PIN"`);

  await expect(add('acme', api)).rejects.toThrow(/exit status 2\nAlready exists/);
  const listed = await ok('domain', 'list', 'acme');
  expect(listed).toMatch(/^domain +verdict +pins +probed/);
  expect(listed.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(JSON.parse(await ok('domain', 'list', 'acme', '--verdict', 'mismatch', '--json'))).toEqual({
    domains: [],
  });

  const shown = JSON.parse(await ok('domain', 'show', 'acme', api.name.toUpperCase(), '--json'));
  expect(shown).toMatchObject({ name: api.name, connect: ['127.0.0.1'], keyTypes: null });
  expect(shown.pins).toEqual([
    expect.objectContaining({
      pin: api.chain[0]?.pin,
      note: 'the leaf presented when it was added',
      by: 'loopback',
    }),
  ]);
  await ok('domain', 'change', 'acme', api.name, '--key-type', 'ecdsa');
  expect(await ok('domain', 'show', 'acme', api.name)).toMatch(/^keys {6}ecdsa$/m);
  await ok('domain', 'change', 'acme', api.name, '--no-key-type');
  const settings = ['--alpn', 'http/1.1', '--alpn', 'h2', '--platform', 'android'];
  await ok('domain', 'change', 'acme', api.name, ...settings);
  const narrowed = await ok('domain', 'show', 'acme', api.name);
  expect(narrowed).toMatch(/^alpn {6}http\/1\.1, h2\nplatforms android$/m);
  await ok('domain', 'change', 'acme', api.name, '--alpn', 'none', '--platform', 'none');
  expect(await ok('domain', 'show', 'acme', api.name)).toMatch(/^alpn {6}none\nplatforms none$/m);
  await ok('domain', 'change', 'acme', api.name, '--no-alpn', '--no-platform');
  await ok('domain', 'change', 'acme', api.name, '--region', 'eu-west', '--region', 'Frankfurt am Main');
  expect(await ok('domain', 'show', 'acme', api.name)).toMatch(/^seen from eu-west, Frankfurt am Main$/m);
  expect(await run(['domain', 'change', 'acme', api.name, '--region', 'eu:west'])).toMatchObject({
    status: 64,
    stderr:
      '--region: expected 1 to 40 letters, digits, or "-", "_", "." or a space between them, found "eu:west"\n',
  });
  await ok('domain', 'change', 'acme', api.name, '--no-region');
  await ok('domain', 'change', 'acme', api.name, '--deliver', 'observe,sub');
  expect(await ok('domain', 'show', 'acme', api.name)).toMatch(/^delivered observe,sub$/m);
  await ok('domain', 'change', 'acme', api.name, '--no-deliver');
  expect(JSON.parse(await ok('domain', 'show', 'acme', api.name, '--json'))).toMatchObject({
    alpn: null,
    platforms: null,
    regions: null,
  });

  // An empty name is a file that cannot be read, not a request for none.
  expect(await run(['domain', 'change', 'acme', api.name, '--ca-file', ''])).toEqual({
    status: 64,
    stdout: '',
    stderr: '--ca-file: "" cannot be read: no such file (ENOENT)\n',
  });

  const other = await admin.stage.api('level.example.com');
  const chosen = ['--key-type', 'ecdsa', '--alpn', 'h2', '--platform', 'ios', '--pin-level', 'intermediate'];
  expect(JSON.parse(await add('acme', other, ...chosen, '--json'))).toMatchObject({
    ...{ keyTypes: ['ecdsa'], alpn: ['h2'], platforms: ['ios'] },
    pinned: [admin.stage.issuing.issued.pin],
    verdict: 'match',
  });
  expect(await run(['domain', 'remove', 'acme', other.name])).toMatchObject({ status: 64 });
  expect(await ok('domain', 'remove', 'acme', other.name, '--yes')).toBe(`${other.name} is removed\n`);
});

test('a private root that was not named points at --ca-file', async () => {
  const unnamed = await admin.stage.api('unnamed.example.com');
  const target = ['domain', 'add', 'acme', unnamed.name, '--connect', '127.0.0.1'];
  const refused = await admin.run(target);
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toMatch(/none could be taken .* name its root with --ca-file FILE\.\n$/);
  const given = await admin.run([...target, '--pin', unnamed.pins[0] ?? '']);
  expect(given.stderr).toContain('name its root with --ca-file FILE.');
  await admin.ok('domain', 'remove', 'acme', unnamed.name, '--yes');
});

test('mute, unmute and history', async () => {
  const { ok, run } = admin;
  expect(await ok('domain', 'mute', 'acme', api.name, '--for', '2h')).toMatch(/ is muted until \d{4}-.*Z\n$/);
  expect(await ok('domain', 'list', 'acme')).toContain('muted until ');
  expect(await ok('domain', 'unmute', 'acme', api.name)).toBe(`${api.name} is no longer muted\n`);
  expect(await ok('domain', 'history', 'acme', api.name)).toBe('no incidents\n');
  expect(await run(['domain', 'mute', 'acme', api.name, '--until', '2026-12-01 06:00'])).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(/^--until: expected a time such as 2026-12-01T06:00:00Z/),
  });
});

test('a typo is answered with the nearest name', async () => {
  const { run } = admin;
  expect((await run(['domain', 'show', 'acme', api.name.replace('example', 'exmple')])).stderr).toContain(
    `Did you mean ${api.name}?`,
  );
  expect((await run(['domain', 'list', 'acne'])).stderr).toBe(
    'Not found: no account "acne"\nDid you mean acme?\n',
  );
  expect((await run(['domian', 'list', 'acme'])).stderr).toContain('Did you mean domain?');
  expect((await run(['domain', 'lst', 'acme'])).stderr).toContain('Did you mean list?');
  expect(await run(['domain', 'show', '..', api.name])).toMatchObject({ status: 64 });
});

/** A server that shows two chains: `one` to the first client, `two` to all later ones. */
async function twoFaced(one: readonly Issued[], two: readonly Issued[]) {
  const [first, later] = [one, two].map((chain) =>
    createSecureContext({ cert: pemChain(chain), key: chain[0]?.keyPem ?? '' }),
  );
  let visitors = 0;
  const server = createServer({
    SNICallback: (_name, done) => {
      visitors += 1;
      done(null, visitors === 1 ? first : later);
    },
  });
  server
    .on('tlsClientError', () => {})
    .on('secureConnection', (socket) => socket.on('error', () => {}).resume());
  return listen(server, '127.0.0.1', 0);
}

test('two views that differ are refused, and shown; --force registers what the server sees', async () => {
  const [theirs, ours] = [
    admin.stage.chainFor('split.example.com'),
    admin.stage.chainFor('split.example.com'),
  ];
  for (const force of [[], ['--force']]) {
    const server = await twoFaced(theirs, ours);
    const name = `split.example.com:${server.port}`;
    // One handshake for each view.
    const options = [...admin.reach(), '--key-type', 'ecdsa', ...force];
    const { status, stdout, stderr } = await admin.run(['domain', 'add', 'acme', name, ...options]);
    await server.close();
    expect(stderr).toMatch(/^What this machine sees:\n/);
    const [here = '', there = ''] = stderr.split('What the server sees:');
    expect(here).toContain(ours[0]?.pin);
    expect(here).not.toContain(`leaf    CN=split.example.com\n          ${theirs[0]?.pin}`);
    expect(there).toContain(theirs[0]?.pin);
    if (force.length === 0) {
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(
        `${name}: this machine sees other leaf keys than the server\nNothing was registered.`,
      );
      expect((await admin.run(['domain', 'show', 'acme', name])).status).toBe(2);
    } else {
      expect(status).toBe(0);
      expect(stdout).toContain(theirs[0]?.pin);
      expect(stdout).not.toContain(ours[0]?.pin);
    }
  }
});

test('what the admin cannot reach takes --no-local-probe, what the server cannot is refused', async () => {
  const port = await freePort();
  const pin = api.pins[0] ?? '';
  const target = ['domain', 'add', 'acme', `127.0.0.1:${port}`, '--pin', pin];
  const refused = await admin.run(target);
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toMatch(
    /^127\.0\.0\.1:\d+: neither this machine nor the server can connect \([^;\n]*refused[^;\n]*\)\nNothing was registered\. --force /,
  );
  expect(await admin.run([...target, '--no-local-probe'])).toMatchObject({ status: 0 });
  expect(await admin.run(['domain', 'add', 'acme', `127.0.0.2:${port}`])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /^Cannot be done: no pins were given for "127\.0\.0\.2:\d+", and none could be taken/,
    ),
  });
  expect(await admin.run(['domain', 'add', 'acme', '10.0.0.1', '--pin', pin])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^Cannot be done: "10\.0\.0\.1": .*network\.allow/),
  });
});

test('a pin that is not presented is registered as given, with a warning', async () => {
  const other = await admin.stage.api('wrong.example.com');
  const strange = other.strange[0]?.pin ?? '';
  const args = [
    'domain',
    'add',
    'acme',
    other.name,
    ...admin.reach(),
    '--pin',
    strange,
    '--note',
    'from the app team',
  ];
  const { status, stdout, stderr } = await admin.run(args);
  expect(status).toBe(0);
  expect(stdout).toContain('pinned as given; verdict mismatch');
  expect(stderr.replace(/\s+/g, ' ')).toContain('apps fail: ');
  expect(await admin.ok('pin', 'list', 'acme', other.name)).toContain('from the app team');
});

test('pins that match do not hide that the apps fail', async () => {
  const { issuing, api: serve } = admin.stage;
  const { host, name, server } = await serve('expired.example.com');
  const day = 86_400_000;
  const dates = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
  const leaf = issuing.leaf({ commonName: host, names: [host], ...dates });
  server.rotate([[leaf, issuing.issued]]);
  const args = ['domain', 'add', 'acme', name, ...admin.reach(), '--pin', leaf.pin];
  const { status, stdout, stderr } = await admin.run(args);
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('verdict match') });
  expect(stderr.replace(/\s+/g, ' ')).toContain(`apps fail: "CN=${host}" expired at `);
});

test('what a server says reaches the terminal escaped', async () => {
  const hostile = '\u001b[2J\u202eevil\r\n\u009b31m';
  const server = createHttpServer((_request, response) => {
    const accounts = { accounts: [hostile] };
    const isProblem = _request.url?.includes('/domains') === true;
    response.writeHead(isProblem ? 404 : 200, {
      'content-type': isProblem ? 'application/problem+json' : 'application/json',
    });
    response.end(JSON.stringify(isProblem ? { title: hostile, detail: hostile, errors: [] } : accounts));
  });
  const endpoint = await listen(server, '127.0.0.1', 0);
  const there = { PINWATCH_URL: `http://127.0.0.1:${endpoint.port}` };
  for (const args of [
    ['account', 'list'],
    ['account', 'list', '--json'],
    ['domain', 'list', 'acme'],
  ]) {
    const { stdout, stderr } = await admin.run(args, there);
    expect(stdout + stderr).toContain('evil');
    expect(stdout + stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  }
  const { stdout } = await admin.run(['account', 'list', '--json'], there);
  expect(JSON.parse(stdout)).toEqual({ accounts: [hostile] });
  await endpoint.close();
});

test('pin add and apply say at once what they do not fix while a mismatch is open', async () => {
  const { run } = admin;
  const broken = await admin.stage.api('broken.example.com');
  await admin.add('acme', broken);
  broken.server.rotate([broken.strange]);
  expect(await run(['probe', 'acme', broken.name, '--wait', '20s'])).toMatchObject({ status: 1 });
  const next = broken.strange[0]?.pin ?? '';
  const unmended = `The server has not changed: apps without ${next} still fail`;
  const file = join(admin.stage.directory, 'broken.yaml');
  const contacts = ['devops@example.com'];
  const domains = [{ ...entryOf(broken), pins: [broken.pins[0], next] }];
  await writeFile(file, JSON.stringify({ accounts: { acme: { contacts, domains } } }));
  const dry = await run(['apply', '-f', file, '--dry-run']);
  expect(dry.stderr).toContain(unmended);
  const added = await run(['pin', 'add', 'acme', broken.name, next]);
  expect(added.status).toBe(0);
  const again = await run(['pin', 'add', 'acme', broken.name, next]);
  expect(again.status).toBe(0);
  expect(again.stderr.replace(/\s+/g, ' ')).toContain(
    `${broken.name} has the pin ${next} already; nothing was changed`,
  );
  // Broken at spaces to 80 columns.
  expect(added.stderr.replace(/\s+/g, ' ')).toContain(unmended);
  expect(added.stdout).toContain(next);
});
