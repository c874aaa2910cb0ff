import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { freePort } from '../../../lab/child.ts';
import { listen } from '../../../lab/sockets.ts';
import { testRequiring } from '../../support/requires.ts';
import { type Admin, type Environment, ended, environment, program, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let token: string;
let profile: string;
beforeAll(async () => {
  admin = await setAdmin();
  await admin.ok('account', 'create', 'acme', '--contact', 'devops@example.com');
  profile = join(admin.stage.directory, '.config', 'pinwatch', 'profile.yaml');
  await mkdir(join(profile, '..'), { recursive: true });
});
afterAll(() => admin.stage.close());

const nowhere = { PINWATCH_URL: undefined, PINWATCH_TOKEN: undefined };

test('the first token is an admin’s, created on loopback without one; standard output has only the token', async () => {
  const { run } = admin;
  expect(await run(['token', 'create', 'v', '--role', 'account-viewer', '--account', 'acme'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('the first token must be an admin token'),
  });
  const made = await run(['token', 'create', 'alice', '--role', 'admin']);
  expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^pw_[0-9a-f]{12}_\S{43}\n$/) });
  expect(made.stderr.replace(/\s+/g, ' ')).toMatch(
    /This is the first token\. .*without one they answer 401\. .*alice \([0-9a-f]{12}\), admin, until it is revoked/,
  );
  token = made.stdout.trim();
});

test('from then on a token is needed, and the message says how to get one', async () => {
  const { run } = admin;
  const without = await run(['account', 'list']);
  expect(without).toMatchObject({ status: 2, stdout: '' });
  expect(without.stderr).toMatch(
    /^A token is needed: .*\nAn admin creates tokens with "pinwatch token create/,
  );
  expect((await run(['account', 'list'], { PINWATCH_TOKEN: 'pw_wrong' })).stderr).toContain(
    'The token from PINWATCH_TOKEN is unknown, expired or revoked.',
  );
  expect(await run(['account', 'list'], { PINWATCH_TOKEN: token })).toMatchObject({
    status: 0,
    stdout: 'acme\n',
  });
});

test('an editor sees one account; unknown and forbidden look alike', async () => {
  const { run } = admin;
  const asAdmin = { PINWATCH_TOKEN: token };
  await run(['account', 'create', 'rival', '--contact', 'x@example.com'], asAdmin);
  const args = [
    'token',
    'create',
    'ci',
    '--role',
    'account-editor',
    '--account',
    'acme',
    '--expires-in',
    '1h',
    '--json',
  ];
  const made = JSON.parse((await run(args, asAdmin)).stdout);
  expect(made).toMatchObject({ name: 'ci', role: 'account-editor', account: 'acme' });
  const asEditor = { PINWATCH_TOKEN: made.token as string };
  expect(await run(['account', 'list'], asEditor)).toMatchObject({ stdout: 'acme\n' });
  const forbidden = await run(['account', 'show', 'rival'], asEditor);
  const unknown = await run(['account', 'show', 'nobody'], asEditor);
  expect(forbidden).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^Not found: no account "rival"/),
  });
  expect(unknown).toEqual({ ...forbidden, stderr: forbidden.stderr.replace('rival', 'nobody') });
  expect(await run(['token', 'list'], asEditor)).toMatchObject({ status: 2 });

  expect((await run(['token', 'list'], asAdmin)).stdout).toMatch(/^ci +[0-9a-f]{12} +account-editor +acme/m);
  expect(await run(['token', 'revoke', 'nobody'], asAdmin)).toMatchObject({ status: 2 });
  // Three characters are too few for what can't be undone.
  expect(await run(['token', 'revoke', made.id.slice(0, 3)], asAdmin)).toMatchObject({ status: 2 });
  expect(await run(['token', 'revoke', made.id.slice(0, 6)], asAdmin)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^ci \([0-9a-f]{12}\) is revoked\n$/),
  });
  expect(await run(['account', 'list'], asEditor)).toMatchObject({ status: 2 });
});

test('a profile gives URL and token, if no other user can read it', async () => {
  const { run, url } = admin;
  await writeFile(profile, `url: ${url}\ntoken: ${token}\n`, { mode: 0o644 });
  await chmod(profile, 0o644);
  expect(await run(['account', 'list'], nowhere)).toEqual({
    status: 64,
    stdout: '',
    stderr: `${profile}: expected mode 0600, found 0644: others could read the token. chmod 600 ${profile}\n`,
  });
  await chmod(profile, 0o600);
  expect(await run(['account', 'list'], nowhere)).toMatchObject({ status: 0, stdout: 'acme\nrival\n' });

  const named = join(admin.stage.directory, 'other.yaml');
  expect(await run(['account', 'list'], { ...nowhere, PINWATCH_PROFILE: named })).toMatchObject({
    status: 64,
    stderr: `${named}: cannot be read: no such file (ENOENT)\n`,
  });
  await writeFile(named, 'url: ftp://x\ntokn: a\n', { mode: 0o600 });
  expect(await run(['account', 'list'], { ...nowhere, PINWATCH_PROFILE: named })).toMatchObject({
    status: 64,
    stderr: `${named}: tokn: unknown key, did you mean token?\n`,
  });
});

test('login writes a profile that works, and nothing if the token does not', async () => {
  const { run, url, stage } = admin;
  const named = join(stage.directory, 'new', 'profile.yaml');
  const logIn = (secret: string, args: readonly string[], more: Environment = {}) =>
    ended(['sh', '-c', 'echo "$SECRET" | "$0" "$@"', process.execPath, program, 'login', ...args], {
      cwd: stage.directory,
      env: environment(stage.directory, { SECRET: secret, PINWATCH_PROFILE: named, ...more }),
    });
  const refused = await logIn('pw_wrong', [url, '--token-stdin']);
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toMatch(/The token from standard input is unknown.*\nNothing was written\.\n$/s);
  await expect(stat(named)).rejects.toThrow('ENOENT');

  expect(await logIn(token, [`${url}/`, '--token-stdin'])).toEqual({
    status: 0,
    stdout: `alice, admin at ${url}, in ${named}\n`,
    stderr: '',
  });
  expect((await stat(named)).mode & 0o777).toBe(0o600);
  const asWritten = { ...nowhere, PINWATCH_PROFILE: named };
  expect(await run(['whoami'], asWritten)).toMatchObject({ status: 0, stdout: `alice, admin at ${url}\n` });
  expect(JSON.parse((await run(['whoami', '--json'], asWritten)).stdout)).toEqual({
    ...{ name: 'alice', role: 'admin', account: null, url },
  });

  const again = await logIn(token, [url, '--token-stdin'], { PINWATCH_TOKEN: token });
  expect(again).toMatchObject({
    status: 0,
    stderr: 'While PINWATCH_TOKEN is set, it takes precedence over the profile.\n',
  });
  expect(await logIn('a b', [url, '--token-stdin'])).toMatchObject({
    status: 64,
    stderr: expect.not.stringContaining('a b'),
  });
  expect(await logIn(token, ['https://u:p@example.com', '--token-stdin'])).toMatchObject({
    status: 64,
    stderr: expect.not.stringContaining('u:p'),
  });
});

test("a profile's token goes to the profile's URL alone", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('<html>');
  });
  const endpoint = await listen(server, '127.0.0.1', 0);
  const there = `http://127.0.0.1:${endpoint.port}`;
  const { status, stderr } = await admin.run(['account', 'list'], { PINWATCH_URL: there });
  await endpoint.close();
  expect(seen).toEqual([undefined]);
  expect(status).toBe(2);
  expect(stderr).toBe(
    `${there} (PINWATCH_URL) answered 200, but not as pinwatch's API does: is it the right URL?\n`,
  );
});

test('an API that cannot be reached: what was tried, and how to name another', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { status, stderr } = await admin.run(['account', 'list'], { PINWATCH_URL: url });
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^cannot reach the API at http:\/\/127\.0\.0\.1:\d+ \(PINWATCH_URL\): connection refused\nIs pinwatch/,
  );
  expect(await admin.run(['account', 'list'], { PINWATCH_URL: 'localhost:9464' })).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(/^PINWATCH_URL: expected the URL of the API/),
  });
});

test('--local creates a token directly in Redis; without it, only the first one', async () => {
  const away = { PINWATCH_URL: `http://127.0.0.1:${await freePort()}` };
  const config = ['--config', admin.config];
  const refused = await admin.run(['token', 'create', 'bob', '--role', 'admin', ...config], away);
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toContain("--local writes to the configuration's Redis instead");
  const made = await admin.run(['token', 'create', 'bob', '--role', 'admin', '--local', ...config], away);
  expect(made.status).toBe(0);
  expect(await admin.run(['account', 'list'], { PINWATCH_TOKEN: made.stdout.trim() })).toMatchObject({
    status: 0,
  });
  const trail = await admin.run(['audit'], { PINWATCH_TOKEN: token });
  expect(trail.stdout).toMatch(/token_created {2}bob .*\n {10}by local: admin/);
});
