import { createPrivateKey, createPublicKey } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pemChain } from '../../lab/authority.ts';
import { createChannelKeys } from '../../lab/channel-keys.ts';
import { tool } from '../../lab/child.ts';
import { type Endpoint, listen } from '../../lab/sockets.ts';
import { alarmCodes, obstacleCodes } from '../../src/core/rotation-obstacle.ts';
import { rotationSteps } from '../../src/core/rotation-standing.ts';
import { type Admin, ended, environment, program, setAdmin } from '../cli/remote/admin.ts';
import type { Api } from '../service/stage.ts';
import { requires } from '../support/requires.ts';
import { quoted, read, rows, section } from './markdown.ts';

const page = read('docs/rotation.md');
/** What a reader would paste, in order. */
const script = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);

test('the steps, obstacles and alarms are those of the code', () => {
  const firsts = (heading: string) => rows(section(page, heading)).flatMap(([first = '']) => quoted(first));
  expect(firsts('What stands against a step')).toEqual([...obstacleCodes]);
  expect(firsts('Alarms')).toEqual([...alarmCodes]);
  expect([...page.matchAll(/^\| `(\w+)` \|.*(?:account-|you, )/gm)].map(([, step]) => step)).toEqual([
    ...rotationSteps,
  ]);
});

requires('bash', 'redis-server')('docs/rotation.md', () => {
  let admin: Admin;
  let api: Api;
  let authority: Endpoint;
  let transcript: Awaited<ReturnType<typeof ended>>;

  beforeAll(async () => {
    admin = await setAdmin({}, { publish: { keyDir: 'keys' } });
    const { stage, ok } = admin;
    const { directory, issuing } = stage;
    api = await stage.api('api.example.com');
    const keys = createChannelKeys();
    keys.install(join(directory, 'keys'), 'shop');
    await ok('account', 'create', 'shop', '--contact', 'devops@example.com');
    await admin.add('shop', api, ...api.pins.flatMap((pin) => ['--pin', pin]));
    await ok('probe', 'shop', api.name, '--wait', '20s');
    await writeFile(join(directory, 'statement'), await keys.statement());
    await ok('config', 'keys', 'shop', 'statement', '--root', keys.roots[0] ?? '');
    await ok('config', 'publish', 'shop', '--yes');
    // Stands for the authority, which signs for the key of the request, and for the servers, which then present that.
    const server = createServer((request, response) => {
      void readFile(join(directory, 'next.key')).then((pem) => {
        const privateKey = createPrivateKey(pem);
        const pair = { privateKey, publicKey: createPublicKey(privateKey) };
        const leaf = issuing.leaf({ commonName: api.host, names: [api.host], keys: pair });
        const chain = [leaf, issuing.issued];
        if (request.url === '/roll-out') api.server.rotate([chain]);
        response.end(pemChain(chain));
      });
    });
    authority = await listen(server, '127.0.0.1', 0);
    const executable = async (name: string, text: string) => {
      await writeFile(join(directory, name), text);
      await chmod(join(directory, name), 0o755);
    };
    for (const name of ['ask-authority', 'roll-out']) {
      const ask = `fetch("http://127.0.0.1:${authority.port}/${name}").then((a) => a.text()).then((t) => process.stdout.write(t))`;
      await executable(name, `#!/bin/sh\nexec '${process.execPath}' -e '${ask}'\n`);
    }
    // All that differs from a reader's own: the port of the domain.
    const words = `"\${@/#${api.host}/${api.name}}"`;
    await executable('pinwatch', `#!${tool('bash')}\nexec '${process.execPath}' '${program}' ${words}\n`);
    const PATH = `${directory}:${process.env.PATH}`;
    transcript = await ended([tool('bash'), '-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: directory,
      env: environment(directory, { PINWATCH_URL: admin.url, PATH }),
    });
  }, 120_000);
  afterAll(async () => {
    await authority.close();
    await admin.stage.close();
  });

  test('runs from the first line to the last', () => {
    expect(script.length).toBeGreaterThan(4);
    expect(transcript, transcript.stderr).toMatchObject({ status: 0 });
  });

  // biome-ignore format: one line for each thing that the text promises
  const promised: readonly RegExp[] = [
    /^version 2 is published$/m,
    /^next {6}Deploy the certificate from \S+ on: by then, all apps/m,
    /^right {5}Deploy it now, on every server\. Then follow it:$/m,
    /^x deploy {2}1 of 1 endpoint presents? the new key$/m,
    /^version 3 is published$/m,
    /^finished {2}\d+s ago by loopback$/m,
    /^api\.example\.com:\d+ .* finished \d+s ago by loopback$/m,
    / rotation_started /,
    / rotation_finished /,
  ];
  test.each(promised)('says %s', (text) => {
    expect(transcript.stdout).toMatch(text);
  });

  test('ends with the new key pinned beside the backup, and no app that fails for good', async () => {
    const { pins } = JSON.parse(await admin.ok('pin', 'list', 'shop', api.name, '--json'));
    expect(pins).toMatchObject([{ pin: api.pins[1], seen: false }, { seen: true }]);
    const { incidents } = JSON.parse(await admin.ok('incident', 'list', 'shop', '--json'));
    const kinds = incidents.map(({ kind }: { kind: string }) => kind);
    expect(kinds.filter((kind: string) => kind !== 'pin_mismatch_held')).toEqual([]);
  });
});
