import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { tool } from '../../../lab/child.ts';
import type { Api } from '../../service/stage.ts';
import { requires, testRequiring } from '../../support/requires.ts';
import { type Admin, ended, environment, program, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let api: Api;
let other: Api;
beforeAll(async () => {
  admin = await setAdmin();
  [api, other] = await Promise.all([
    admin.stage.api('api.example.com'),
    admin.stage.api('login.example.com'),
  ]);
});
afterAll(() => admin.stage.close());

const entry = ({ name, pins }: Api) => ({ host: name, pins, connect: ['127.0.0.1'], caFile: 'root.pem' });

/** JSON is YAML. */
async function write(name: string, content: unknown): Promise<string> {
  await writeFile(join(admin.stage.directory, name), JSON.stringify(content));
  return name;
}

const account = (domains: readonly unknown[], contacts = ['devops@example.com']) => ({
  accounts: { acme: { contacts, domains } },
});

test('a file makes an account, and a second run finds nothing to do', async () => {
  const { run, ok } = admin;
  const file = await write('acme.yaml', account([entry(api), { ...entry(other), pins: [] }]));
  const dry = await run(['apply', '-f', file, '--dry-run']);
  expect(dry).toMatchObject({ status: 3, stderr: '' });
  expect(dry.stdout).toContain('account acme\n+ account with contacts devops@example.com\n');
  expect(dry.stdout).toMatch(/\nDry run: 3 changes to make \(3 to add\); nothing was changed\n$/);
  expect(await run(['account', 'show', 'acme'])).toMatchObject({ status: 2 });

  const made = await run(['apply', '-f', file]);
  expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/\n3 changes made\n$/) });
  expect(made.stdout).toContain(`+ domain ${api.name}:\n    + ${api.pins[0]}\n    + ${api.pins[1]}\n`);
  expect(made.stdout).toContain(`+ domain ${other.name} (pinned to the leaf that it presents)`);
  expect(await ok('apply', '-f', file)).toBe('account acme\nnothing to do\n');
  expect(await ok('apply', '-f', file, '--dry-run')).toMatch(/\nDry run: nothing to do\n$/);
  const { pins } = JSON.parse(await ok('pin', 'list', 'acme', other.name, '--json'));
  expect(pins.map(({ pin }: { pin: string }) => pin)).toEqual([other.chain[0]?.pin]);
});

test('export writes the file that apply reads, with roots beside it', async () => {
  const { run, ok } = admin;
  expect(await run(['export', 'acme'])).toMatchObject({ status: 64, stderr: expect.stringContaining('-o') });
  expect(await run(['export', 'acme', '-o', 'exported.yaml'])).toMatchObject({
    status: 0,
    stdout: '',
    stderr: expect.stringMatching(
      /^written: roots-[0-9a-f]{12}\.pem \(roots\)\nwritten: exported\.yaml \(account, 2 domains\)\n$/,
    ),
  });
  const text = await readFile(join(admin.stage.directory, 'exported.yaml'), 'utf8');
  expect(text).toMatch(/caFile: roots-[0-9a-f]{12}\.pem/);
  expect(text).toContain(`${api.pins[0]} # loopback, `);
  expect(await ok('apply', '-f', 'exported.yaml', '--prune')).toBe('account acme\nnothing to do\n');
  await ok('export', 'acme', '-o', 'exported.json', '--json');
  expect(JSON.parse(await ok('apply', '-f', 'exported.json', '--json'))).toEqual({
    applied: false,
    plans: [{ account: 'acme', steps: [], kept: [], refusals: [] }],
  });
  await ok('export', 'acme', '-o', 'listed.yaml', '--domains-file', 'listed.jsonl');
  expect(await readFile(join(admin.stage.directory, 'listed.yaml'), 'utf8')).toMatch(
    /^accounts:\n {2}acme:\n {4}contacts:\n {6}- devops@example\.com\n {4}domainsFile: listed\.jsonl\n$/m,
  );
  const lines = (await readFile(join(admin.stage.directory, 'listed.jsonl'), 'utf8')).trimEnd().split('\n');
  const hosts = lines.map((line) => (JSON.parse(line) as { host: string }).host);
  expect(hosts.sort()).toEqual([api.name, other.name].sort());
  expect(await ok('apply', '-f', 'listed.yaml', '--prune')).toBe('account acme\nnothing to do\n');
  expect(await run(['export', 'acme', '-o', 'nowhere/acme.yaml'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^--output: "nowhere\/.*" cannot be written: no such folder \(ENOENT\)\n$/),
  });
  expect(await run(['export', 'nobody'])).toMatchObject({ status: 2, stdout: '' });
});

test('settings are applied from the file, and removed if it has none', async () => {
  const { ok } = admin;
  const deliver = { mode: 'observe', sub: true };
  const chosen = { keyTypes: ['ecdsa'], alpn: [], platforms: ['ios'], regions: ['eu-west'], deliver };
  const of = (platforms: object, domain: object) => ({
    accounts: {
      set: { contacts: ['s@example.com'], ...platforms, domains: [{ ...entry(api), ...domain }] },
    },
  });
  const file = await write('set.yaml', of({ platforms: [] }, chosen));
  expect(await ok('apply', '-f', file)).toContain(
    'account set\n+ account with contacts s@example.com\n+ account: platforms none\n',
  );
  expect(await ok('apply', '-f', file)).toBe('account set\nnothing to do\n');
  expect(JSON.parse(await ok('domain', 'show', 'set', api.name, '--json'))).toMatchObject(chosen);
  await ok('export', 'set', '-o', 'set-exported.yaml');
  expect(await ok('apply', '-f', 'set-exported.yaml')).toBe('account set\nnothing to do\n');

  const more = of({ platforms: ['ios'] }, { alpn: ['http/1.1', 'h2'], platforms: [], deliver: 'off' });
  Object.assign(more.accounts.set, { contacts: ['t@example.com'] });
  const changed = await ok('apply', '-f', await write('set.yaml', more));
  expect(changed).toContain('~ account: platforms ios\n');
  expect(changed).toContain(
    `~ settings of ${api.name}: no keyTypes; alpn http/1.1, h2; platforms none; no regions; deliver off\n`,
  );
  expect(changed).toContain('3 changes made');
  const order = of({ platforms: ['ios'] }, { alpn: ['h2', 'http/1.1'] });
  Object.assign(order.accounts.set, { contacts: ['t@example.com'] });
  expect(await ok('apply', '-f', await write('set.yaml', order))).toContain(
    `~ settings of ${api.name}: alpn h2, http/1.1; no platforms; no deliver\n`,
  );
  await ok('apply', '-f', await write('set.yaml', of({}, {})));
  expect(JSON.parse(await ok('account', 'show', 'set', '--json'))).toMatchObject({ platforms: null });
  await ok('account', 'delete', 'set', '--yes');
});

test('if the guard refuses a change, nothing is changed', async () => {
  const { run, ok } = admin;
  const strange = api.strange[0]?.pin ?? '';
  const file = await write('wrong.yaml', account([{ ...entry(api), pins: [strange] }], ['new@example.com']));
  const refused = await run(['apply', '-f', file]);
  expect(refused.status).toBe(1);
  expect(refused.stdout).toContain(`~ pins of ${api.name}:\n    - ${api.pins[0]}`);
  expect(refused.stdout).toContain(`- domain ${other.name} (kept: --prune removes it)\n`);
  expect(refused.stderr).toMatch(/all pins would be replaced at once.*\nRefused; nothing was changed\./);
  expect(await ok('account', 'show', 'acme')).toContain('devops@example.com');

  const forced = ['apply', '-f', file, '--force', '--note', 'a new app replaces the old one', '--prune'];
  expect(await run(forced)).toMatchObject({ status: 0, stdout: expect.stringMatching(/3 changes made/) });
  const { audit } = JSON.parse(await ok('audit', 'acme', '--json'));
  expect(audit).toContainEqual(
    expect.objectContaining({
      action: 'pins_changed',
      detail: `+${strange} -${api.pins[0]} -${api.pins[1]} forced note: a new app replaces the old one`,
    }),
  );
  expect(JSON.parse(await ok('domain', 'list', 'acme', '--json')).domains).toHaveLength(1);
});

test('if a domain cannot be added, nothing is changed', async () => {
  const { run, ok } = admin;
  const file = await write('forbidden.yaml', account([{ host: '10.0.0.1' }], ['third@example.com']));
  expect(await run(['apply', '-f', file])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^10\.0\.0\.1: Cannot be done: .*\nRefused; nothing was changed\.\n$/),
  });
  expect(await ok('account', 'show', 'acme')).not.toContain('third@example.com');
});

test('nor is a new account created then', async () => {
  const { run } = admin;
  const content = {
    accounts: { fresh: { contacts: ['f@example.com'], domains: [entry(api), { host: '10.0.0.1' }] } },
  };
  const file = await write('fresh.yaml', content);
  expect(await run(['apply', '-f', file])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^10\.0\.0\.1: Cannot be done: .*\nRefused; nothing was changed\.\n$/),
  });
  expect(await run(['account', 'show', 'fresh'])).toMatchObject({ status: 2 });
});

test('every problem of a file is reported at its place; a single account needs its name', async () => {
  const { run, ok } = admin;
  const file = await write('bad.yaml', account([{ host: 'a b', pins: ['sha1/x'] }], ['nobody']));
  const { status, stdout, stderr } = await run(['apply', '-f', file]);
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
  expect(stderr).toMatch(/^bad\.yaml: 3 problems\n/);
  expect(stderr).toContain('accounts.acme.domains[0].pins[0]: expected sha256/');

  const single = await write('single.yaml', account([]).accounts.acme);
  expect(await run(['apply', '-f', single])).toMatchObject({
    status: 64,
    stderr: expect.stringContaining('--account NAME'),
  });
  expect(await ok('apply', '-f', single, '--account', 'solo')).toContain('1 change made');
});

test('what comes from the server’s own file is changed there', async () => {
  const { stage } = admin;
  const config = await stage.configure([entry(other)], {
    interval: '1h',
    accounts: { filed: { contacts: ['a@example.com'], domains: [entry(other)] } },
  });
  const service = stage.start({ config });
  await service.line('working');
  const { address } = await service.line('listening');
  const there = { PINWATCH_URL: String(address) };
  const same = await write('filed.yaml', {
    accounts: {
      filed: { contacts: ['a@example.com'], domains: [{ ...entry(other), pins: [other.pins[0]] }] },
    },
  });
  expect(await admin.run(['apply', '-f', same], there)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /comes from the file .* on the server: change it there and reload pinwatch\n/,
    ),
  });
  expect(await admin.run(['pin', 'add', 'filed', other.name, api.pins[0] ?? ''], there)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^Comes from a file: /),
  });
  expect((await admin.run(['domain', 'list', 'filed'], there)).stdout).toContain('from file');
});

requires('script', 'redis-server')('on a terminal', () => {
  test('the plan needs confirmation first', async () => {
    const known = { ...entry(api), pins: [api.strange[0]?.pin] };
    const file = await write('asked.yaml', account([known, entry(other)]));
    const env = environment(admin.stage.directory, { PINWATCH_URL: admin.url });
    const command = [process.execPath, program, 'apply', '-f', file].join(' ');
    const answered = (answer: string) =>
      ended([tool('script'), '-qec', command, '/dev/null'], { cwd: admin.stage.directory, env }, answer);
    const no = await answered('\n');
    expect(no.stdout).toContain('Make 2 changes? [y/N] ');
    expect(no).toMatchObject({ status: 2, stdout: expect.stringContaining('Nothing was done.') });
    expect(JSON.parse(await admin.ok('domain', 'list', 'acme', '--json')).domains).toHaveLength(1);
    const yes = await answered('y\n');
    expect(yes).toMatchObject({ status: 0, stdout: expect.stringContaining('2 changes made') });
    expect(yes.stdout).toContain('\r\u001b[K[###############               ] 1/2');
    expect(no.stdout).not.toContain('[#');
    expect(JSON.parse(await admin.ok('domain', 'list', 'acme', '--json')).domains).toHaveLength(2);
  });
});

test('channels: applied with their secrets, exported without them, and left alone if the file has none', async () => {
  const { run, ok } = admin;
  const hooks = {
    name: 'ops',
    type: 'webhook',
    url: 'http://127.0.0.1:9/token-4711',
    key: 'a-key-of-the-4711',
  };
  const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
  const chat = {
    name: 'chat',
    type: 'slack',
    url: 'http://127.0.0.1:9/4711',
    minSeverity: 'critical',
    quietHours,
  };
  const file = (channels: unknown, more: object = {}) =>
    write('told.yaml', {
      accounts: {
        told: { contacts: ['devops@example.com'], channels, domains: [{ ...entry(api), ...more }] },
      },
    });
  await file([hooks, chat], { channels: ['ops', 'mail'] });
  const made = await run(['apply', '-f', 'told.yaml', '--json']);
  expect(made).toMatchObject({ status: 0 });
  expect(await ok('apply', '-f', 'told.yaml')).toBe('account told\nnothing to do\n');
  const outputs = [made.stdout];

  await file([{ ...hooks, key: 'another-key-4711' }, chat], { channels: ['ops', 'mail'] });
  outputs.push(await ok('apply', '-f', 'told.yaml'));
  expect(outputs.at(-1)).toContain('~ account: channels ops (webhook), chat (slack)\n');
  expect(await ok('apply', '-f', 'told.yaml')).toBe('account told\nnothing to do\n');

  outputs.push(await ok('export', 'told', '-o', 'told-exported.yaml'));
  const text = await readFile(join(admin.stage.directory, 'told-exported.yaml'), 'utf8');
  outputs.push(text, await ok('account', 'show', 'told', '--json'));
  expect(text).toContain('- name: chat');
  expect(await ok('apply', '-f', 'told-exported.yaml', '--prune')).toBe('account told\nnothing to do\n');
  expect(outputs.join('\n')).not.toContain('4711');

  // The server knows the channels that this file does not have.
  await file(undefined, { channels: ['chat'] });
  expect(await ok('apply', '-f', 'told.yaml')).toContain(`settings of ${api.name}: channels chat`);
  expect(JSON.parse(await ok('account', 'show', 'told', '--json')).channels).toHaveLength(2);
  await file([], { channels: ['mail'] });
  expect(await run(['apply', '-f', 'told.yaml', '--dry-run'])).toMatchObject({
    stdout: expect.stringContaining('~ account: channels none\n'),
  });
  await write('told.yaml', {
    accounts: {
      told: { contacts: ['devops@example.com'], channels: [{ name: 'new', type: 'teams' }], domains: [] },
    },
  });
  expect(await run(['apply', '-f', 'told.yaml'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('channel new: expected a url'),
  });
});
