import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, tool } from '../../lab/child.ts';
import { accountKinds, backupKinds, severalKinds, sharedKinds } from '../../src/adapters/redis/key-kinds.ts';
import { type Admin, ended, environment, program, setAdmin } from '../cli/remote/admin.ts';
import { requires } from '../support/requires.ts';
import { quoted, read, rows } from './markdown.ts';

const page = read('docs/backup.md');
/** What a reader would paste, in order. */
const script = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);

const under = (heading: string) => {
  const [, text = ''] = page.split(`### ${heading}\n`);
  return rows(text.split(/^##/m)[0] ?? '');
};

test('the kinds and their forms are those of the code, and each one that is left out has its reason', () => {
  const kinds = backupKinds();
  const listed = (heading: string) => under(heading).map(([kind = '', form = '']) => [quoted(kind)[0], form]);
  expect(listed('Kinds that belong to no account')).toEqual([...kinds.shared]);
  expect(listed('Kinds of an account')).toEqual([...kinds.account].map(([kind, { form }]) => [kind, form]));
  const reasons = under('Kinds that are left out').flatMap(([names = '', why = '']) =>
    quoted(names).map((name) => [name, why]),
  );
  const all = Object.entries({ ...sharedKinds, ...accountKinds, ...severalKinds });
  const expected = all.flatMap(([kind, { leftOut }]) => (leftOut === null ? [] : [[kind, leftOut]]));
  expect(reasons.sort()).toEqual(expected.sort());
});

requires(
  'bash',
  'redis-server',
  'redis-cli',
)('the drill of docs/backup.md', () => {
  let admin: Admin;
  let transcript: Awaited<ReturnType<typeof ended>>;
  let port = '';
  beforeAll(async () => {
    admin = await setAdmin();
    const { stage, ok } = admin;
    const { directory } = stage;
    const api = await stage.api('api.example.com');
    await ok('account', 'create', 'shop', '--contact', 'devops@example.com');
    await admin.add('shop', api, ...api.pins.flatMap((pin) => ['--pin', pin]));
    const { token } = JSON.parse(await ok('token', 'create', 'ops', '--role', 'admin', '--json'));
    const [redis, listener] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    port = String(redis);
    const here = (text: string) => text.replaceAll('6390', port).replaceAll('9465', String(listener));
    const { mail: _, ...config } = JSON.parse(await readFile(admin.config, 'utf8'));
    const drill = {
      redis: { url: here('redis://127.0.0.1:6390') },
      http: { listen: here('127.0.0.1:9465') },
      stateDir: join(directory, 'drill-state'),
    };
    await writeFile(join(directory, 'drill.yaml'), JSON.stringify({ ...config, ...drill }));
    await writeFile(join(directory, 'pinwatch'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    await chmod(join(directory, 'pinwatch'), 0o755);
    const env = environment(directory, {
      ...{ PINWATCH_URL: admin.url, PINWATCH_TOKEN: token, PINWATCH_CONFIG: admin.config },
      PATH: `${directory}:${process.env.PATH}`,
    });
    // In one process, as jobs and variables pass from block to block.
    const words = `trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n${here(script.join('\n'))}`;
    transcript = await ended([tool('bash'), '-euo', 'pipefail', '-c', words], { cwd: directory, env });
    // A dozen processes, and a service.
  }, 180_000);
  afterAll(async () => {
    // If the drill ended too early, its Redis is still there.
    await ended([tool('redis-cli'), '-p', port, 'shutdown', 'nosave'], {});
    await admin.stage.close();
  });

  test('runs from the first line to the last', () => {
    expect(script.length).toBe(4);
    expect(transcript, transcript.stderr).toMatchObject({ status: 0 });
  });

  test.each([
    /^Backed up 1 account, 1 domain and 1 token to backup\.jsonl \(\d+ bytes, SHA-256 [0-9a-f]{64} before its last line\)\.$/m,
    /^The file is whole: 1 account, 1 domain and 1 token, as of .*Z\. Nothing was changed\.$/m,
    /^Restored 1 account, 1 domain and 1 token, as of .*Z\.$/m,
    /^Now start pinwatch\.$/m,
    /\bops\b.*\badmin\b/,
    /^.*api\.example\.com:\d+/m,
    /^no open incidents$/m,
    /domain added.*shop|shop.*domain/s,
  ])('says %s', (text) => {
    expect(transcript.stdout).toMatch(text);
  });
});
