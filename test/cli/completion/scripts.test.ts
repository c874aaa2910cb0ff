import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, tool } from '../../../lab/child.ts';
import type { Api } from '../../service/stage.ts';
import { requires } from '../../support/requires.ts';
import { type Admin, ended, environment, program, setAdmin } from '../remote/admin.ts';

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
  requires(shell)(`the script for ${shell}`, () => {
    test('parses', async () => {
      expect(await inShell(shell, ['-n', shell])).toEqual({ status: 0, stdout: '', stderr: '' });
    });
  });
}

requires('bash')('in bash', () => {
  /** What the key would complete at the end of this line. */
  async function completed(line: string): Promise<string[]> {
    const script = `source bash; COMP_LINE="$1" COMP_POINT=\${#1}; _pinwatch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await inShell('bash', ['--norc', '-c', script, 'bash', line]);
    expect(stderr).toBe('');
    return stdout.split('\n').filter(Boolean);
  }

  test('commands, options and their values come from the program', async () => {
    expect(await completed('pinwatch dom')).toEqual(['domain']);
    expect(await completed('pinwatch domain m')).toEqual(['mute']);
    expect(await completed('pinwatch domain add --pin')).toEqual(['--pin', '--pin-level']);
    expect(await completed('pinwatch domain add acme x --pin-level r')).toEqual(['root']);
    expect(await completed('pinwatch token create x --role account-')).toEqual([
      'account-editor',
      'account-viewer',
    ]);
    expect(await completed('pinwatch apply -f ba')).toEqual(['bash']);
    expect(await completed('pinwatch __')).toEqual([]);
  });

  test('names come from the API, also after the colon before a port', async () => {
    expect(await completed('pinwatch domain list ')).toEqual(['acme']);
    expect(await completed('pinwatch probe acme one two ')).toEqual([api.name]);
    const [, port = ''] = api.name.split(':');
    expect(await completed(`pinwatch pin list acme api.example.com:${port.slice(0, 1)}`)).toEqual([port]);
    expect(await completed('pinwatch pin add acme x ')).toEqual([]);
  });
});

test('names that cannot be had are none, and no error', async () => {
  const away = { PINWATCH_URL: `http://127.0.0.1:${await freePort()}` };
  for (const args of [['account'], ['domain', 'nobody'], ['domain', '..'], ['domain'], ['nonsense']]) {
    expect(await admin.run(['__complete', ...args])).toMatchObject({ status: 0, stderr: '' });
    expect(await admin.run(['__complete', ...args], away)).toEqual({ status: 0, stdout: '', stderr: '' });
  }
  expect(await admin.run(['completion', 'tcsh'])).toMatchObject({
    status: 64,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  });
});
