import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createChannelKeys } from '../../../lab/channel-keys.ts';
import { tool } from '../../../lab/child.ts';
import type { Api } from '../../service/stage.ts';
import { requires } from '../../support/requires.ts';
import { type Admin, environment, program, setAdmin } from './admin.ts';

requires('redis-server')('pinwatch rotate, against the API', () => {
  let admin: Admin;
  let api: Api;
  let count = 0;
  let account: string;
  beforeAll(async () => {
    admin = await setAdmin({}, { publish: { keyDir: 'keys' } });
  });
  afterAll(() => admin.stage.close());

  /** An account of its own for each test. */
  beforeEach(async () => {
    count += 1;
    account = `acme-${count}`;
    api = await admin.stage.api('api.example.com');
    const ca = readFileSync(file('root.pem'), 'utf8');
    await ask('', { name: account, contacts: ['devops@example.com'] });
    await ask(`/${account}/domains`, { host: api.name, connect: ['127.0.0.1'], ca, pins: api.pins });
    await ask(`/${account}/probes?wait=20s`, {});
  });
  afterEach(() => api.server.close());

  const rotate = (...args: string[]) => admin.run(['rotate', account, api.name, ...args]);
  const file = (name: string) => join(admin.stage.directory, name);
  const ask = async (path: string, body: object) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    expect((await fetch(`${admin.url}/v1/accounts${path}`, init)).ok, path).toBe(true);
  };
  const publishing = async () => {
    const keys = createChannelKeys();
    keys.install(file('keys'), account);
    writeFileSync(file('statement'), await keys.statement());
    await admin.ok('config', 'keys', account, 'statement', '--root', keys.roots[0] ?? '');
    await admin.ok('config', 'publish', account, '--yes');
  };

  test('without a rotation it says how to start one', async () => {
    const { status, stdout } = await rotate();
    expect(status).toBe(0);
    expect(stdout).toContain(`rotation  no rotation of ${api.name} is in progress\n`);
    expect(stdout).toContain(`          pinwatch rotate ${account} ${api.name} --new-key\n`);
    expect(JSON.parse((await rotate('--json')).stdout)).toEqual({ rotation: null, last: null });
    expect(await admin.ok('rotate', account)).toBe('no rotations\n');
  });

  test.each<[readonly string[], string]>([
    [['--csr', 'a', '--new-key'], 'expected one of --csr and --new-key, found both'],
    [['--abort', '--certificate', 'a'], 'expected one of --certificate and --abort, found both'],
    [['--force'], '--force: expected a --note that says why, found none'],
    [['--wait', '25h'], '--wait: expected at most 24h'],
    [['--csr', 'missing.csr'], '--csr: "missing.csr": no such file'],
    [['--key-type', 'dsa'], "argument 'dsa' is invalid. Allowed choices are ecdsa, rsa, eddsa."],
  ])('%j is bad usage', async (args, message) => {
    const { status, stderr } = await rotate(...args);
    expect([status, stderr]).toEqual([64, expect.stringContaining(message)]);
  });

  test('what belongs to a rotation needs one', async () => {
    expect(await rotate('--abort')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        `no rotation of ${api.name} is in progress: start one with --new-key or --csr`,
      ),
    });
    const other = await admin.run(['rotate', account, 'missing.example.com', '--new-key', 'other.key']);
    expect(other).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no domain "missing.example.com"'),
    });
  });

  test('a key file is never overwritten, nor read by others, and its private key stays here', async () => {
    await publishing();
    const made = await rotate('--new-key', 'mine.key', '--note', 'yearly');
    expect(made.status, made.stderr).toBe(0);
    expect(statSync(file('mine.key')).mode & 0o777).toBe(0o600);
    const { pins } = JSON.parse(await admin.ok('pin', 'from', 'mine.csr', '--json'));
    const shown = JSON.parse((await rotate('--json')).stdout).rotation;
    expect(shown).toMatchObject({
      pin: pins[0],
      subject: 'CN=api.example.com',
      note: 'yearly',
      step: 'publish',
    });
    // Without a terminal and without --yes, nothing more was done.
    expect(made.stdout).toContain(`> publish version 1 lacks it for api.example.com\n`);

    const before = readFileSync(file('mine.key'));
    await rotate('--abort', '--yes');
    const again = await rotate('--new-key', 'mine.key');
    expect(again.status).toBe(64);
    expect(again.stderr).toBe(
      '--new-key: "mine.key" exists already, and is not overwritten; to start with the key that it holds: --csr mine.key\n',
    );
    expect(readFileSync(file('mine.key'))).toEqual(before);
    expect(JSON.parse((await rotate('--csr', 'mine.key', '--json')).stdout).rotation.pin).toBe(pins[0]);
    expect(await admin.ok('rotate', account)).toMatch(/in progress\n.*aborted \ds ago by loopback\n$/);
  });

  test('the next key can come as certificate, too', async () => {
    const [next] = admin.stage.chainFor('api.example.com');
    writeFileSync(file('next.der'), next?.der ?? '');
    const { rotation } = JSON.parse((await rotate('--csr', 'next.der', '--json')).stdout);
    expect(rotation).toMatchObject({ pin: next?.pin, keyTypes: ['ecdsa'], retires: [api.pins[0]] });
  });

  test('domains that present the same key have to be named, or left out', async () => {
    const twin = await admin.stage.api('www.example.com');
    twin.server.rotate([api.chain]);
    try {
      await admin.add(account, twin, ...api.pins.flatMap((pin) => ['--pin', pin]));
      await admin.run(['probe', account, twin.name, '--wait', '20s']);
      const unsaid = await rotate('--new-key', 'shared.key');
      expect(unsaid).toMatchObject({
        status: 64,
        stderr: `${twin.name} presents the same key: expected --shared, --with DOMAIN or --alone\n`,
      });
      const both = await rotate('--new-key', 'shared.key', '--shared', '--json');
      expect(JSON.parse(both.stdout).rotation.domains).toEqual([api.name, twin.name]);
      // The other one is at the same rotation.
      const { stdout } = await admin.run(['rotate', account, twin.name]);
      expect(stdout).toContain(`rotation  ${api.name}, ${twin.name} (ecdsa)\n`);
    } finally {
      await twin.server.close();
    }
  });

  test('apps that ship their pins need a release', async () => {
    const begun = await rotate('--new-key', 'release.key');
    expect(begun.stdout).toContain('Release an app version with the new pin, and say so.');
    expect(begun.stdout).toMatch(/pinwatch pin-set export FORMAT \S+ --domain \S+ --for-rotation sha256\//);
    expect(await rotate('--released')).toMatchObject({
      status: 64,
      stderr: '--released: expected a --note that names the app version, found none\n',
    });
    const released = await rotate('--released', '--note', 'android 5.4');
    expect(released, released.stderr).toMatchObject({ status: 0 });
    expect(released.stdout).toContain('x publish released: android 5.4\n');
    const forced = await rotate('--force', '--note', 'old versions are gone');
    expect(forced, forced.stderr).toMatchObject({ status: 0 });
    expect(forced.stdout).toContain('x adopt   loopback went on: old versions are gone\n');
    expect(await rotate('--released', '--note', 'x')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('expected at the step "publish", found the rotation at "deploy"'),
    });
  });

  test('in a script it takes the steps, and prints the rotation once', async () => {
    await publishing();
    const { status, stdout, stderr } = await rotate('--new-key', 'script.key', '--yes', '--json');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout).rotation).toMatchObject({
      step: 'deploy',
      mayDeploy: true,
      delivery: 'configuration',
    });
    const unasked = await rotate('--json');
    expect(JSON.parse(unasked.stdout).rotation.step).toBe('deploy');
    const late = await rotate('--json', '--wait', '1s');
    expect(late.status).toBe(2);
    expect(JSON.parse(late.stdout).rotation.step).toBe('deploy');
    expect(JSON.parse((await rotate('--abort', '--yes', '--json')).stdout)).toMatchObject({
      undone: [`${api.name}: the new pin was removed`],
    });
  });

  test('an editor is sent to a publisher', async () => {
    await publishing();
    const made = JSON.parse(await admin.ok('token', 'create', 'boss', '--role', 'admin', '--json'));
    const as = (token: string) => ({ PINWATCH_TOKEN: token });
    try {
      const args = ['token', 'create', 'ed', '--role', 'account-editor', '--account', account, '--json'];
      const { token } = JSON.parse((await admin.run(args, as(made.token))).stdout);
      const words = ['rotate', account, api.name, '--new-key', 'editor.key', '--yes'];
      const stopped = await admin.run(words, as(token));
      expect(stopped.status).toBe(2);
      expect(stopped.stderr).toContain(
        'This token may not publish: have an account-publisher go on with the same command.\n',
      );
      const gone = await admin.run(['rotate', account, api.name, '--yes'], as(made.token));
      expect(gone.stdout).toContain('version 2 is published\n');
    } finally {
      await admin.run(['token', 'revoke', 'ed'], as(made.token));
      await admin.run(['token', 'revoke', 'boss'], as(made.token));
    }
  });

  test('what else would be published, and makes apps check less, is no part of it', async () => {
    await publishing();
    await admin.ok('domain', 'change', account, api.name, '--deliver', 'observe');
    const refused = await rotate('--new-key', 'weaker.key', '--yes');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      `pinwatch config publish ${account} --allow-unpin api.example.com --note "why"\n`,
    );
  });

  requires('script')('on a terminal', () => {
    /** Answers each question with the next of these. */
    async function onTerminal(args: readonly string[], answers: readonly string[]) {
      const command = [process.execPath, program, 'rotate', account, api.name, ...args].join(' ');
      const child = spawn(tool('script'), ['-qec', command, '/dev/null'], {
        cwd: admin.stage.directory,
        env: environment(admin.stage.directory, { PINWATCH_URL: admin.url, NO_COLOR: '1' }),
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const left = [...answers];
      let shown = '';
      let asked = 0;
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        shown += more;
        const questions = shown.split('[y/N] ').length - 1;
        for (; asked < questions; asked += 1) child.stdin.write(`${left.shift() ?? 'n'}\r`);
      });
      const [status] = (await once(child, 'close')) as [number | null];
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what readline moves the cursor with.
      const plain = shown.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
      return { status, shown: plain.replaceAll('\r\n', '\n') };
    }

    test('it asks before each step', async () => {
      await publishing();
      const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
      const none = await onTerminal([], ['n']);
      expect(none.shown).toContain('No rotation is in progress.\n');
      expect(none.shown).toContain(
        `Start one with a new key, made here in api.example.com-${day}.key? [y/N] n`,
      );
      const first = await onTerminal([], ['y', 'y']);
      expect(first.shown).toContain(
        `The private key is in api.example.com-${day}.key, for the server alone.\n`,
      );
      expect(first.shown).toContain(`Publish version 2 of ${account}? [y/N] y`);
      expect(first.shown).toContain('next      Deploy the certificate from ');
      const aborted = await onTerminal(['--abort'], ['y']);
      expect(aborted.shown).toContain(
        `Abort the rotation of ${api.name}, which is at the step "deploy"? [y/N] y`,
      );
      expect(aborted.shown).toContain('The rotation is aborted.\n');
    });
  });
});
