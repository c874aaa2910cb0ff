import { createPrivateKey, createPublicKey } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tool } from '../../lab/child.ts';
import { type Endpoint, listen } from '../../lab/sockets.ts';
import { type Admin, ended, environment, program, setAdmin } from '../cli/remote/admin.ts';
import type { Api } from '../service/stage.ts';
import { requires } from '../support/requires.ts';
import { read } from './markdown.ts';

/** What a reader would paste, in order. */
const script = [...read('docs/walkthrough.md').matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, block = '']) => block,
);

let admin: Admin;
let api: Api;
let authority: Endpoint;

beforeAll(async () => {
  admin = await setAdmin();
  api = await admin.stage.api('api.example.com');
  const { directory, issuing } = admin.stage;
  // Stands for the authority and the servers: signs for the key of the request, and presents that from then on.
  const server = createServer((_request, response) => {
    void readFile(join(directory, 'next.key')).then((pem) => {
      const privateKey = createPrivateKey(pem);
      const keys = { privateKey, publicKey: createPublicKey(privateKey) };
      const leaf = issuing.leaf({ commonName: api.host, names: [api.host], keys });
      api.server.rotate([[leaf, issuing.issued]]);
      response.end();
    });
  });
  authority = await listen(server, '127.0.0.1', 0);
  const executable = async (name: string, text: string) => {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), 0o755);
  };
  await executable(
    'roll-out',
    `#!/bin/sh\nexec '${process.execPath}' -e 'fetch("http://127.0.0.1:${authority.port}")'\n`,
  );
  // All that differs from a reader's own: where the domain is, and whose roots are trusted.
  await executable(
    'pinwatch',
    `#!${tool('bash')}
case "$1 $2" in 'domain add') set -- "$@" ${admin.reach().join(' ')} ;; esac
exec '${process.execPath}' '${program}' "\${@/#${api.host}/${api.name}}"
`,
  );
});
afterAll(async () => {
  await authority.close();
  await admin.stage.close();
});

requires(
  'bash',
  'openssl',
  'redis-server',
)('docs/walkthrough.md', () => {
  expect(script.length).toBeGreaterThan(8);

  // biome-ignore format: one line for each thing that the text promises
  const promised: readonly RegExp[] = [
    /^added {5}api\.example\.com:\d+: pinned to the leaf that it presents now/m,
    /^OK {8}api\.example\.com/m,
    /certificate request CN=api\.example\.com/,
    /key of the next certificate, in the safe/,
    /^no open incidents$/m,
    /^refused with 1$/m,
    /^nothing to do$/m,
    /^contacts {2}bob@example\.com$/m,
    /^alice \([0-9a-f]{12}\) is revoked$/m,
    /^refused with 2$/m,
    /token_revoked/,
    /by bob from 127\.0\.0\.1/,
  ];

  beforeAll(async () => {
    const { directory } = admin.stage;
    const env = environment(directory, { PINWATCH_URL: admin.url, PATH: `${directory}:${process.env.PATH}` });
    transcript = await ended([tool('bash'), '-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: directory,
      env,
    });
  });
  let transcript: Awaited<ReturnType<typeof ended>>;

  // In one process, as variables pass from block to block.
  test('runs from the first line to the last', () => {
    expect(transcript, transcript.stderr).toMatchObject({ status: 0 });
  });

  test.each(promised)('says %s', (text) => {
    expect(transcript.stdout).toMatch(text);
  });

  test('ends with the next key pinned alone, the new admin in and the old one out', async () => {
    const run = (...args: string[]) => admin.run(args, { PINWATCH_URL: undefined });
    const { pins } = JSON.parse((await run('pin', 'list', 'shop', api.name, '--json')).stdout);
    expect(pins).toEqual([expect.objectContaining({ seen: true, by: 'alice' })]);
    const { tokens } = JSON.parse((await run('token', 'list', '--json')).stdout);
    expect(tokens.map(({ name }: { name: string }) => name)).toEqual(['bob', 'shop-ci']);
    expect(transcript.stderr).toContain('is the last pin that matches what is presented now');
  });
});
