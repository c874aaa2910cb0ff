import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSigned } from './signed-rig.ts';

const passphrase = 'a passphrase in a test';
const before = process.cwd();
let folder: string;
let channel: string;

const run = (args: readonly string[], input = '') => runSigned(args, path('keys'), input);

async function ok(args: readonly string[], input = '') {
  const { status, stdout, stderr } = await run(args, input);
  if (status !== 0) throw new Error(`pinwatch ${args.join(' ')}: ${status}\n${stderr}`);
  return stdout;
}

const path = (name: string) => join(folder, name);
const certify = (...args: readonly string[]) =>
  run(['key', 'certify', ...args, '--passphrase-stdin'], passphrase);
const sign = (...args: readonly string[]) =>
  run(['config', 'sign', 'acme.json', '--statement', 'acme.keys', '--root', 'root.pem.pub', ...args]);
const verify = (file: string, ...args: readonly string[]) =>
  run(['config', 'verify', file, '--root', 'root.pem.pub', '--channel', channel, ...args]);
const pin = '2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-signed-'));
  process.chdir(folder);
  const domains = {
    'api.example.com': { mode: 'pins', pins: [pin] },
    'log.example.com': { mode: 'observe', pins: [pin] },
  };
  writeFileSync(path('acme.json'), JSON.stringify({ ver: 1, domains }));
  writeFileSync(path('empty'), '');
  await ok(['key', 'root', 'root.pem', '--passphrase-stdin'], `${passphrase}\n`);
  await ok(['key', 'root', 'spare.pem', '--passphrase-stdin'], passphrase);
  await ok(['key', 'signing', 'acme.pem']);
  await ok(['key', 'signing', 'next.pem']);
  const made = await certify('acme.pem.pub', '--with', 'root.pem', '-o', 'acme.keys', '--json');
  channel = JSON.parse(made.stdout).channel;
  const signed = await sign('--key', 'acme.pem', '-o', 'acme.pins');
  expect(signed).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe('key', () => {
  test('an existing file is never overwritten', async () => {
    const before = readFileSync(path('root.pem'), 'utf8');
    const again = await run(['key', 'root', 'root.pem', '--passphrase-stdin'], passphrase);
    expect(again).toMatchObject({
      status: 64,
      stderr: 'FILE: "root.pem" exists already, and is not overwritten\n',
    });
    expect((await certify('acme.pem.pub', '--with', 'root.pem', '-o', 'acme.keys')).stderr).toMatch(
      /^--output: "acme\.keys" exists already/,
    );
    expect((await sign('--key', 'acme.pem', '-o', 'acme.pins')).stderr).toMatch(
      /^--output: "acme\.pins" exists already/,
    );
    expect(readFileSync(path('root.pem'), 'utf8')).toBe(before);
  });

  test('a passphrase has 12 characters at least', async () => {
    const short = await run(['key', 'root', 'short.pem', '--passphrase-stdin'], 'hunter2\n');
    expect(short).toMatchObject({
      status: 64,
      stderr: 'passphrase: expected at least 12 characters, found 7\n',
    });
    expect(existsSync(path('short.pem'))).toBe(false);
  });

  test('show prints the three forms of one key, from each of its files', async () => {
    const shown = JSON.parse(
      await ok(['key', 'show', 'acme.pem', 'acme.pem.pub', 'acme.keys', 'acme.pins', '--json']),
    );
    const [key, half, statement, bundle] = shown;
    expect(half).toEqual({ ...key, file: 'acme.pem.pub' });
    expect(Buffer.from(key.base64, 'base64').toString('hex')).toBe(key.hex);
    expect(statement).toMatchObject({ channel, generation: 1, keys: [{ kid: key.kid }] });
    expect(bundle).toEqual({ ...statement, file: 'acme.pins' });
    expect(await ok(['key', 'show', 'acme.pem'])).toBe(
      `acme.pem\n  kid     ${key.kid}\n  base64  ${key.base64}\n  hex     ${key.hex}\n`,
    );
    expect(JSON.stringify(shown)).not.toContain(readFileSync(path('acme.pem'), 'utf8').split('\n')[1]);
  });

  test('a key that others can read is refused', async () => {
    writeFileSync(path('open.pem'), readFileSync(path('acme.pem')));
    chmodSync(path('open.pem'), 0o640);
    for (const { status, stderr } of [
      await sign('--key', 'open.pem', '-o', 'x.pins'),
      await run(['key', 'install', 'acme', 'open.pem']),
    ]) {
      expect(status).toBe(64);
      expect(stderr).toMatch(/"open\.pem": expected mode 0600, found 0640: chmod 600 it/);
    }
  });

  test('install puts a key in its place, and replaces one only if asked', async () => {
    expect(await ok(['key', 'install', 'shop', 'acme.pem'])).toContain(`${path('keys/shop.pem')}\n  kid `);
    expect(statSync(path('keys/shop.pem')).mode & 0o777).toBe(0o600);
    expect(await run(['key', 'install', 'shop', 'next.pem'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('exists already: --replace replaces it'),
    });
    await ok(['key', 'install', 'shop', 'next.pem', '--replace']);
    expect(readFileSync(path('keys/shop.pem'), 'utf8')).toBe(readFileSync(path('next.pem'), 'utf8'));
  });

  test.each<[string, readonly string[], RegExp]>([
    ['an account that is none', ['key', 'install', '../x', 'acme.pem'], /^ACCOUNT: expected an account name/],
    [
      'a root key to be installed',
      ['key', 'install', 'acme', 'root.pem'],
      /^FILE: "root\.pem": expected a signing key, found an encrypted one/,
    ],
    [
      'a key of another kind',
      ['key', 'show', 'acme.json'],
      /^FILE: "acme\.json": expected a P-256 key as PEM/,
    ],
    [
      'an encrypted key',
      ['key', 'show', 'root.pem'],
      /it is encrypted; name its public half, "root\.pem\.pub"/,
    ],
    ['a missing file', ['key', 'show', 'missing'], /^FILE: "missing": no such file/],
    [
      'a root that is not encrypted',
      ['key', 'certify', 'acme.pem.pub', '--with', 'acme.pem', '-o', 'x'],
      /^--with: "acme\.pem": expected an encrypted root key/,
    ],
    [
      'a channel that is none',
      [
        'key',
        'certify',
        'acme.pem.pub',
        '--with',
        'root.pem',
        '-o',
        'x',
        '--channel',
        'ACME',
        '--passphrase-stdin',
      ],
      /^--channel: expected 26 of/,
    ],
    [
      'a forged predecessor',
      [
        'key',
        'certify',
        'next.pem.pub',
        '--with',
        'spare.pem',
        '-o',
        'x',
        '--after',
        'acme.keys',
        '--passphrase-stdin',
      ],
      /if it is a spare root, name it with --root\n$/,
    ],
    [
      'no statement as predecessor',
      [
        'key',
        'certify',
        'next.pem.pub',
        '--with',
        'root.pem',
        '-o',
        'x',
        '--after',
        'empty',
        '--passphrase-stdin',
      ],
      /^--after: "empty": expected a key statement, malformed: line 1/,
    ],
    [
      'no terminal to type on',
      ['key', 'certify', 'next.pem.pub', '--with', 'root.pem', '-o', 'x'],
      /^passphrase: expected one, found no terminal; --passphrase-stdin/,
    ],
  ])('%s: 64', async (_, args, message) => {
    const { status, stdout, stderr } = await run(args, passphrase);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(existsSync(path('x'))).toBe(false);
  });

  test('a wrong passphrase', async () => {
    const wrong = await run(
      ['key', 'certify', 'next.pem.pub', '--with', 'root.pem', '-o', 'x', '--passphrase-stdin'],
      'another',
    );
    expect(wrong).toMatchObject({
      status: 64,
      stderr: '--with: "root.pem": the passphrase is wrong, or it is no private key\n',
    });
  });
});

describe('config sign', () => {
  test('with the key of an account', async () => {
    await ok(['key', 'install', 'acme', 'acme.pem']);
    expect(await sign('--account', 'acme', '-o', 'account.pins', '--json')).toMatchObject({ status: 0 });
    expect(await verify('account.pins')).toMatchObject({ status: 0 });
  });

  test('is valid for 14 days, or as long as asked', async () => {
    const days = async (...args: readonly string[]) => {
      const { stdout } = await sign('--key', 'acme.pem', '--json', ...args);
      const { issuedAt, expiresAt } = JSON.parse(stdout);
      return (expiresAt - issuedAt) / 86_400;
    };
    expect(await days('-o', 'd14.pins')).toBe(14);
    expect(await days('-o', 'd90.pins', '--valid-for', '90d')).toBe(90);
  });

  test('a key that is not certified signs nothing: 2', async () => {
    const wrong = await sign('--key', 'next.pem', '-o', 'x.pins');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^Not signed: "next\.pem": expected key [\w-]{43}, found [\w-]{43}\n$/);
    expect(existsSync(path('x.pins'))).toBe(false);
  });

  test('a bundle that is too large signs nothing: 2', async () => {
    const domains = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [
        `${at}.${'a'.repeat(63)}.${'b'.repeat(63)}.example`,
        { mode: 'pins', pins: [pin] },
      ]),
    );
    writeFileSync(path('large.json'), JSON.stringify({ ver: 1, domains }));
    const args = ['--statement', 'acme.keys', '--root', 'root.pem.pub', '--key', 'acme.pem', '-o', 'x.pins'];
    const large = await run(['config', 'sign', 'large.json', ...args]);
    expect(large.stderr).toMatch(
      /^Not signed: apps would refuse it: too_large: expected at most 262144 bytes, found \d+\n$/,
    );
    expect(large.status).toBe(2);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['neither key nor account', [], /^--key and --account: expected one of them, found neither/],
    ['both', ['--key', 'acme.pem', '--account', 'acme'], /found both/],
    [
      'an account without a key',
      ['--account', 'none'],
      /^--account: ".*keys\/none\.pem" cannot be read: ENOENT/,
    ],
    [
      'a root key',
      ['--key', 'root.pem'],
      /^--key: "root\.pem": expected a signing key, found an encrypted one/,
    ],
    [
      'too long',
      ['--key', 'acme.pem', '--valid-for', '367d'],
      /^--valid-for: expected 1d to 366d, found "367d"/,
    ],
  ])('%s: 64', async (_, args, message) => {
    const { status, stderr } = await sign('-o', 'x.pins', ...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(64);
  });

  test('a configuration that is not in form: 64, with the place', async () => {
    writeFileSync(path('typo.json'), '{ "ver": 1, "domains": { "api.example.com": { "mode": "pin" } } }');
    const args = ['--statement', 'acme.keys', '--root', 'root.pem.pub', '--key', 'acme.pem', '-o', 'x.pins'];
    expect(await run(['config', 'sign', 'typo.json', ...args])).toMatchObject({
      status: 64,
      stderr:
        'FILE: "typo.json": domains["api.example.com"].mode: expected one of pins, observe, roots, off\n',
    });
  });

  test('a key statement of another root: 64', async () => {
    const args = ['--statement', 'acme.keys', '--root', 'spare.pem.pub', '--key', 'acme.pem', '-o', 'x.pins'];
    const other = await run(['config', 'sign', 'acme.json', ...args]);
    expect(other.stderr).toMatch(
      /^--statement: "acme\.keys": expected a key statement, unknown_root: line 1/,
    );
    expect(other.status).toBe(64);
  });
});

describe('config verify and bundle', () => {
  test.each<[string, readonly string[], number, string]>([
    ['a pinned key', ['--host', 'api.example.com', '--pin', pin], 0, 'api.example.com: allowed'],
    [
      'another key',
      ['--host', 'api.example.com', '--pin', `${'A'.repeat(43)}=`],
      1,
      'api.example.com: mismatch, the app does not connect',
    ],
    ['no key', ['--host', 'api.example.com'], 1, 'api.example.com: mismatch, the app does not connect'],
    [
      'observed',
      ['--host', 'log.example.com'],
      0,
      'log.example.com: mismatch, only observed: the app connects and reports it',
    ],
    ['elsewhere', ['--host', 'example.com', '--device', 'x'], 0, 'example.com: not pinned'],
  ])('a connection with %s', async (_, args, status, line) => {
    const found = await verify('acme.pins', ...args);
    expect(found).toMatchObject({ status, stderr: '' });
    expect(found.stdout.trimEnd().split('\n').at(-1)).toBe(line);
  });

  test('as JSON', async () => {
    const { stdout } = await verify('acme.pins', '--host', 'api.example.com', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ outcome: 'accepted', channel, generation: 1, version: 1, stale: false, domains: 2, devices: 0 },
      connection: { decision: 'mismatch', report: true },
    });
    const refused = await verify('empty', '--json');
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout)).toEqual({
      outcome: 'malformed',
      detail: 'bundle: expected two lines, each ended by LF',
    });
  });

  test('against what an app holds', async () => {
    expect(await verify('acme.pins', '--stored', 'acme.pins')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^unchanged\n/),
    });
    const wrong = await verify('acme.pins', '--stored', 'empty');
    expect(wrong).toMatchObject({
      status: 64,
      stderr: '--stored: "empty": malformed: bundle: expected two lines, each ended by LF\n',
    });
  });

  test.each<[string, readonly string[], RegExp]>([
    ['a pin without a host', ['--pin', pin], /^--pin and --device: expected with --host, found without/],
    [
      'a pin that is none',
      ['--host', 'a.b', '--pin', 'x'],
      /^--pin: expected sha256\/ and 44 base64 characters/,
    ],
    [
      'too many roots',
      ['--root', 'root.pem.pub', '--root', 'root.pem.pub', '--root', 'root.pem.pub'],
      /^--root: expected 1 to 3 keys/,
    ],
  ])('%s: 64', async (_, args, message) => {
    const { status, stderr } = await verify('acme.pins', ...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(64);
  });

  test('the floor is the bundle, in a file or in base64', async () => {
    const args = ['--root', 'root.pem.pub', '--channel', channel];
    await ok(['config', 'bundle', 'acme.pins', ...args, '-o', 'floor']);
    expect(readFileSync(path('floor')).equals(readFileSync(path('acme.pins')))).toBe(true);
    const base64 = readFileSync(path('acme.pins')).toString('base64');
    expect(await ok(['config', 'bundle', 'acme.pins', ...args, '--base64'])).toBe(`${base64}\n`);
    expect(JSON.parse(await ok(['config', 'bundle', 'acme.pins', ...args, '--json']))).toEqual({
      channel,
      generation: 1,
      version: 1,
      base64,
    });
  });

  test('what apps refuse is no floor: 1', async () => {
    const other = await run([
      'config',
      'bundle',
      'acme.pins',
      '--root',
      'spare.pem.pub',
      '--channel',
      channel,
    ]);
    expect(other).toMatchObject({ status: 1, stdout: '' });
    expect(other.stderr).toMatch(/^"acme\.pins": apps would refuse it: unknown_root: line 1/);
  });

  test('a root may be given as base64', async () => {
    const [{ base64 }] = JSON.parse(await ok(['key', 'show', 'root.pem.pub', '--json']));
    const found = await run(['config', 'verify', 'acme.pins', '--root', base64, '--channel', channel]);
    expect(found.status).toBe(0);
  });
});
