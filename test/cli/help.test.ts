import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { freePort, tool } from '../../lab/child.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { openCommandLine } from '../support/command-line.ts';
import { requires } from '../support/requires.ts';

const ownColours = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined };

/** The program as users start it: in a process of its own. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['bin/pinwatch.js', ...args], {
    env: { ...ownColours, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}

const leaf = createRoot().leaf({ names: ['api.lab.example'] });
let server: TlsServer;
let target: readonly string[];
beforeAll(async () => {
  await run(['--version']); // builds dist/ once where it is not up to date
  server = await startTlsServer({ chains: [[leaf]] });
  target = [`api.lab.example:${server.port}`, '--connect', '127.0.0.1'];
});
afterAll(() => server.close());

const commandLine = openCommandLine(resolve('dist/src/main.js'), process.cwd());
afterAll(() => commandLine.close());

/** The help of every command, by its words; those of groups too: `check`, `pin from`. */
async function helps(group: readonly string[] = []): Promise<[string, Awaited<ReturnType<typeof run>>][]> {
  const help = await commandLine.run([...group, '--help'], ownColours);
  const [, section] = /\nCommands:\n(.*?)\n\n/s.exec(help.stdout) ?? [];
  const names = [...(section ?? '').matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] ?? '');
  const found: Awaited<ReturnType<typeof helps>> = [[group.join(' '), help]];
  for (const name of names) if (name !== 'help') found.push(...(await helps([...group, name])));
  return found;
}

test('every command has --help and --json', async () => {
  const found = await helps();
  const names = found.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(['run', 'worker', 'server', 'check', 'pin from', 'validate']));
  for (const [name, help] of found) {
    expect(help, name).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(new RegExp(`^Usage: pinwatch ${name}`));
    expect(help.stdout, name).toMatch(/^Examples?:\n {2}\S/m);
    expect(help.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const isGroup = /^Usage: [^\n]* \[command\]\n/.test(help.stdout);
    if (!isGroup) expect(help.stdout).toMatch(/^ {2}--json /m);
  }
});

test('without a command the help goes to standard error, with 64', async () => {
  const { status, stdout, stderr } = await run([]);
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
  expect(stderr).toMatch(/^Usage: pinwatch /);
});

test.each<[string, readonly string[], RegExp]>([
  ['an unknown command', ['chek'], /unknown command 'chek'\n\(Did you mean check\?\)/],
  [
    'an unknown option',
    ['check', 'a.example', '--pins', 'x'],
    /unknown option '--pins'\n\(Did you mean --pin\?\)/,
  ],
  ['an option of a command before it', ['--json', 'check'], /unknown option '--json'/],
  [
    'a missing argument',
    ['check'],
    /^HOST: expected a host such as api\.example\.com, --file or --batch; found none of them\n$/,
  ],
  ['an option without its value', ['check', 'a.example', '--pin'], /option '--pin <pin>' argument missing/],
  ['one argument too many', ['validate', 'a.yaml', 'b.yaml'], /^validate: unexpected argument "b\.yaml"\n$/],
  [
    'a file named twice',
    ['validate', 'a.yaml', '--config', 'b.yaml'],
    /^FILE and --config: expected one of them, found both\n$/,
  ],
  ['the same for a role', ['run', 'fast'], /^run: unexpected argument "fast"\n$/],
  [
    'a URL without TLS',
    ['check', 'http://api.example.com/v1', '--json'],
    /: expected https:\/\/, found "http:\/\/", /,
  ],
  ['a path', ['check', 'api.example.com/v1', '--json'], /did you mean api\.example\.com\?\n$/],
  [
    'a wrong value under --json',
    ['check', 'a.example', '--timeout', 'soon', '--json'],
    /^--timeout: .* found "soon"\n$/,
  ],
  [
    'a wrong configuration',
    ['run', '--config', 'test/config/invalid/host-url.yaml', '--json'],
    /accounts\.acme\.domains\[0\]\.host: "https:/,
  ],
  [
    'a missing configuration',
    ['server', '-c', 'nowhere.yaml'],
    /^nowhere\.yaml: 1 problem\n {2}cannot be read: no such file \(ENOENT\)/,
  ],
])('%s is bad usage: 64, text on standard error, no stack trace', async (_, args, message) => {
  const { status, stdout, stderr } = await run(args);
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('validate takes the file as an argument', async () => {
  expect(await run(['validate', 'config/pinwatch.yaml'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^config\/pinwatch\.yaml is valid: /),
  });
});

test('a role that shares a Redis says that it has none', async () => {
  for (const role of ['worker', 'server']) {
    const { status, stderr } = await run([role], { REDIS_URL: '' });
    expect(status).toBe(64);
    expect(stderr).toMatch(
      /^config\/pinwatch\.yaml: redis\.url: expected the URL that all roles share, found none/,
    );
  }
});

test('check ends with its status, and is plain in a pipe', async () => {
  const wrong = await run(['check', ...target, '--pin', createRoot().issued.pin]);
  expect(wrong).toMatchObject({ status: 1, stderr: '' });
  expect(wrong.stdout).toMatch(/^FAIL {6}api\.lab\.example:/);
  const none = await run(['check', `127.0.0.1:${await freePort()}`, '--json']);
  expect(none).toMatchObject({ status: 2, stderr: '' });
  expect(JSON.parse(none.stdout)).toMatchObject({ verdict: 'unpinned' });
  expect(wrong.stdout + none.stdout).not.toContain('\u001b');
});

/** Resolves with the exit status of a program whose standard output is `stdout`. */
async function statusWith(stdout: SpawnOptions['stdio'], end: (child: ReturnType<typeof spawn>) => void) {
  const child = spawn(process.execPath, ['bin/pinwatch.js', 'check', ...target], {
    stdio: stdout ?? 'ignore',
  });
  const stderr = child.stderr ? text(child.stderr) : '';
  end(child);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr: await stderr };
}

test('a reader that has gone changes neither the status nor standard error', async () => {
  const gone = await statusWith(['ignore', 'pipe', 'pipe'], (child) => child.stdout?.destroy());
  expect(gone).toEqual({ status: 1, stderr: '' });
});

test.skipIf(process.platform !== 'linux')(
  'a result that cannot be written is neither 0, 1 nor 2',
  async () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = await statusWith(['ignore', full, 'pipe'], () => {});
    closeSync(full);
    expect(status).toBe(70);
    expect(stderr).toMatch(/^pinwatch: standard output: ENOSPC/);
    expect(stderr).not.toMatch(/^\s+at /m);
  },
);

requires('script')('on a terminal', () => {
  async function onTerminal(env: NodeJS.ProcessEnv) {
    const command = [process.execPath, 'bin/pinwatch.js', 'check', ...target].join(' ');
    const child = spawn(tool('script'), ['-qec', command, '/dev/null'], {
      env: { ...process.env, NO_COLOR: undefined, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { status, stdout };
  }

  test('colour, unless NO_COLOR is set', async () => {
    const colour = await onTerminal({});
    expect(colour.status).toBe(1);
    expect(colour.stdout).toContain('\u001b[31mFAIL\u001b[0m');
    expect((await onTerminal({ NO_COLOR: '1' })).stdout).toMatch(/^FAIL {6}/);
  });
});
