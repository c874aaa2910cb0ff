import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tool } from '../../lab/child.ts';
import { type Admin, ended, environment, program, setAdmin } from '../cli/remote/admin.ts';
import type { Api } from '../service/stage.ts';
import { requires } from '../support/requires.ts';
import { read } from './markdown.ts';

const [, watching = ''] = read('docs/shipped-pins.md').split(/^## Watch every version$/m);
/** What a reader would paste, in order. */
const script = [...(watching.split(/^## /m)[0] ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, block = '']) => block,
);

let admin: Admin;
let api: Api;

beforeAll(async () => {
  admin = await setAdmin();
  api = await admin.stage.api('api.example.com');
  const { directory } = admin.stage;
  const [digest, other] = api.pins.map((pin) => pin.slice('sha256/'.length));
  const android = `<network-security-config><domain-config><domain>${api.host}</domain><domain>cdn.example.com</domain>
<pin-set><pin digest="SHA-256">${digest}</pin><pin digest="SHA-256">${other}</pin></pin-set></domain-config></network-security-config>`;
  const ios = `<plist version="1.0"><dict><key>NSAppTransportSecurity</key><dict><key>NSPinnedDomains</key><dict><key>${api.host}</key>
<dict><key>NSPinnedLeafIdentities</key><array><dict><key>SPKI-SHA256-BASE64</key><string>${digest}</string></dict></array></dict></dict></dict></dict></plist>`;
  await writeFile(join(directory, 'android-5.2.xml'), android);
  await writeFile(join(directory, 'android-5.3.xml'), android);
  await writeFile(join(directory, 'ios-3.1.plist'), ios);
  // All that differs from a reader's own: where the domain is, and whose roots are trusted.
  await writeFile(
    join(directory, 'pinwatch'),
    `#!${tool('bash')}
case "$1 $2" in 'domain add') set -- "$@" ${admin.reach().join(' ')} ;; esac
exec '${process.execPath}' '${program}' "\${@/#${api.host}/${api.name}}"
`,
  );
  await chmod(join(directory, 'pinwatch'), 0o755);
});
afterAll(() => admin.stage.close());

requires('bash', 'redis-server')('docs/shipped-pins.md, "Watch every version"', () => {
  test('runs from the first line to the last, and says what it promises', async () => {
    expect(script.length).toBeGreaterThan(3);
    const { directory } = admin.stage;
    const env = environment(directory, { PINWATCH_URL: admin.url, PATH: `${directory}:${process.env.PATH}` });
    const transcript = await ended([tool('bash'), '-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: directory,
      env,
    });
    expect(transcript, transcript.stderr).toMatchObject({ status: 0 });
    for (const promised of [
      /^unwatched cdn\.example\.com: no registered domain/m,
      new RegExp(`^domains {3}${api.name}$`, 'm'),
      /^android-5\.2 {2}android 5\.2 {2}nsc/m,
      /^ios-3\.1 {6}ios 3\.1 {6}nspinneddomains/m,
      /^pin set {3}android-5\.2 \(android 5\.2\): match$/m,
      /^pin set {3}ios-3\.1 \(ios 3\.1\): match$/m,
      /^removed the pin set android-5\.2 of shop$/m,
    ])
      expect(transcript.stdout).toMatch(promised);
  });
});
