import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { freePort, tool } from '../../../lab/child.ts';
import type { Api } from '../../service/stage.ts';
import { requires, testRequiring } from '../../support/requires.ts';
import { type Admin, ended, environment, program, setAdmin } from '../remote/admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let api: Api;
beforeAll(async () => {
  admin = await setAdmin();
  api = await admin.stage.api('api.example.com');
  await admin.ok('account', 'create', 'acme', '--contact', 'devops@example.com');
  await admin.add('acme', api);
  for (const shell of ['bash', 'zsh', 'fish']) {
    await writeFile(join(admin.stage.directory, shell), await admin.ok('completion', shell));
  }
  const command = join(admin.stage.directory, 'pinwatch');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(command, 0o755);
});
afterAll(() => admin.stage.close());

const inShell = (shell: string, args: readonly string[]) =>
  ended([tool(shell), ...args], {
    cwd: admin.stage.directory,
    env: environment(admin.stage.directory, {
      PINWATCH_URL: admin.url,
      PATH: `${admin.stage.directory}:${process.env.PATH}`,
    }),
  });

for (const shell of ['bash', 'zsh', 'fish']) {
  requires(shell, 'redis-server')(`the script for ${shell}`, () => {
    test('parses', async () => {
      expect(await inShell(shell, ['-n', shell])).toEqual({ status: 0, stdout: '', stderr: '' });
    });
  });
}

/** What the shell itself completes at the end of this line. */
const completers = {
  bash: {
    script: `source bash; COMP_LINE="$1" COMP_POINT=\${#1}; _pinwatch; printf '%s\\n' "\${COMPREPLY[@]}"`,
    options: ['--norc', '-c'],
  },
  // Outside its line editor zsh has no compadd, and _files comes with compinit.
  zsh: {
    script: `compdef() { }; compadd() { shift; print -l -- "$@" }; _files() { print -l -- *(N) }; source ./zsh
words=("\${(@s: :)1}") CURRENT=$#words PREFIX=$words[-1]; _pinwatch`,
    options: ['-f', '-c'],
  },
  fish: { script: 'source fish; complete -C $argv[1]', options: ['--no-config', '-c'] },
} as const;

for (const [shell, { script, options }] of Object.entries(completers)) {
  const completed = async (line: string): Promise<string[]> => {
    const name = shell === 'fish' ? [] : [shell];
    const { stdout, stderr } = await inShell(shell, [...options, script, ...name, line]);
    expect(stderr).toBe('');
    // fish has a description after a tab.
    return stdout
      .split('\n')
      .map((answer) => answer.replace(/\t.*/, ''))
      .filter(Boolean);
  };

  requires(shell, 'redis-server')(`in ${shell}`, () => {
    test('commands, options and their values come from the program', async () => {
      expect(await completed('pinwatch dom')).toEqual(['domain']);
      expect(await completed('pinwatch domain m')).toEqual(['mute']);
      expect(await completed('pinwatch domain add --pin')).toEqual(['--pin', '--pin-level']);
      expect(await completed('pinwatch domain add acme x --pin-level r')).toEqual(['root']);
      expect((await completed('pinwatch token create x --role account-')).sort()).toEqual([
        'account-editor',
        'account-publisher',
        'account-viewer',
      ]);
      expect(await completed('pinwatch __')).toEqual([]);
    });

    test('names of files come from the shell', async () => {
      expect(await completed('pinwatch apply -f ba')).toContain('bash');
      expect(await completed('pinwatch pin from ba')).toContain('bash');
    });

    test('names come from the API, even after the colon before a port', async () => {
      expect(await completed('pinwatch domain list ')).toEqual(['acme']);
      expect(await completed('pinwatch probe acme one two ')).toEqual([api.name]);
      const [, port = ''] = api.name.split(':');
      // bash replaces what follows the colon, the others the whole word.
      const rest = shell === 'bash' ? port : api.name;
      expect(await completed(`pinwatch pin list acme api.example.com:${port.slice(0, 1)}`)).toEqual([rest]);
      expect(await completed('pinwatch pin add acme x ')).toEqual([]);
    });
  });
}

test('a line is read as the command line reads it', async () => {
  const answers = async (...words: string[]) =>
    (await admin.ok('__complete', '--', ...words)).split('\n').filter(Boolean);
  expect(await answers('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await answers('check', 'a.example', '--key-type', '')).toEqual(['ecdsa', 'rsa', 'eddsa']);
  // A value is not a command, and an option with its value in the same word takes none after it.
  expect(await answers('domain', 'add', 'acme', 'x', '--note', 'mute', '--pin-level', 'l')).toEqual(['leaf']);
  expect(await answers('domain', 'list', '--verdict=match', '')).toEqual(['acme']);
  expect(await answers('apply', '-f', '')).toEqual([':file']);
  expect(await answers('domain', 'show', 'acme', '')).toEqual([api.name]);
  expect(await answers('nonsense', '')).toContain('domain');
  expect(await answers('completion', 'bash', '')).toEqual([]);
  expect(await answers()).toContain('check');
});

test('names that cannot be fetched are left out, without an error', async () => {
  const away = { PINWATCH_URL: `http://127.0.0.1:${await freePort()}` };
  for (const words of [
    ['account', 'show', ''],
    ['domain', 'show', 'nobody', ''],
    ['domain', 'show', '..', ''],
    ['domain', 'show', '--json', 'x', ''],
  ]) {
    const args = ['__complete', '--', ...words];
    expect(await admin.run(args, away)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await admin.run(args)).toMatchObject({ status: 0, stderr: '' });
  }
  expect(await admin.run(['completion', 'tcsh'])).toMatchObject({
    status: 64,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  });
});
