import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Api } from '../../service/stage.ts';
import { testRequiring } from '../../support/requires.ts';
import { type Admin, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let api: Api;
beforeAll(async () => {
  admin = await setAdmin();
  api = await admin.stage.api('api.example.com');
  await admin.ok('account', 'add', 'acme', '--contact', 'devops@example.com');
  await admin.add('acme', api);
});
afterAll(() => admin.stage.close());

const pin = `sha256/${'B'.repeat(42)}A=`;
const source = (...hosts: readonly string[]) => {
  const calls = hosts.map((host) => `  .add("${host}", "${pin}")`);
  return ['CertificatePinner.Builder()', ...calls, '  .build()', ''].join('\n');
};
const file = (name: string) => join(admin.stage.directory, name);

test('a file is imported, shown, exported, applied and removed', async () => {
  const { run, ok } = admin;
  await writeFile(file('Pins.kt'), source('api.example.com', 'other.example.com'));
  const args = ['pin-set', 'import', 'acme', 'android-5.2', 'Pins.kt', '--app-version', 'android 5.2'];
  const dry = await ok(...args, '--dry-run');
  expect(dry).toMatch(/^pin set {3}android-5\.2 \(android 5\.2\)\nformat {4}okhttp\n/);
  expect(dry).toContain(`domains   ${api.name}\nunwatched other.example.com: no registered domain`);
  expect(await ok('pin-set', 'list', 'acme')).toBe('no pin sets\n');

  expect(await ok(...args)).toBe(dry);
  expect(await ok('pin-set', 'list', 'acme')).toMatch(/android-5\.2 {2}android 5\.2 {2}okhttp/);
  expect(await ok('pin-set', 'show', 'acme', 'android-5.2', '--text')).toBe(
    source('api.example.com', 'other.example.com'),
  );
  const probed = await run(['probe', 'acme', api.name, '--wait', '20s']);
  expect(probed.status).toBe(1);

  expect(await run(['export', 'acme'])).toMatchObject({ status: 64, stderr: expect.stringContaining('-o') });
  await ok('export', 'acme', '-o', 'acme.yaml');
  expect(await readFile(file('acme.yaml'), 'utf8')).toContain(
    '    pinSets:\n      - name: android-5.2\n        format: okhttp\n        file: pin-set-android-5.2.txt\n        appVersion: android 5.2\n',
  );
  expect(await ok('apply', '-f', 'acme.yaml', '--prune')).toBe('account acme\nnothing to do\n');
  await writeFile(file('pin-set-android-5.2.txt'), source('api.example.com'));
  expect(await ok('apply', '-f', 'acme.yaml')).toBe(
    'account acme\n~ pin set android-5.2 (android 5.2)\n1 change made\n',
  );
  expect(await ok('pin-set', 'show', 'acme', 'android-5.2')).not.toContain('unwatched');

  expect(await ok('pin-set', 'remove', 'acme', 'android-5.2')).toBe(
    'removed the pin set android-5.2 of acme\n',
  );
  expect(await ok('apply', '-f', 'acme.yaml')).toContain('+ pin set android-5.2 (android 5.2)');
});

test('a file that the app would refuse is refused with its place', async () => {
  const { run } = admin;
  await writeFile(file('Bad.kt'), source('api.example.com').replace(pin, 'sha256/short'));
  const bad = await run(['pin-set', 'import', 'acme', 'bad', 'Bad.kt']);
  expect(bad).toMatchObject({ status: 2, stderr: expect.stringContaining('line 2, column ') });
  const missing = await run(['pin-set', 'import', 'acme', 'bad', 'Missing.kt']);
  expect(missing).toMatchObject({ status: 64, stderr: expect.stringContaining('Missing.kt') });
});
