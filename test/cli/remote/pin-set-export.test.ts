import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Api } from '../../service/stage.ts';
import { testRequiring } from '../../support/requires.ts';
import { type Admin, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');
const next = `sha256/${'C'.repeat(42)}A=`;

let admin: Admin;
let api: Api;
let pins: readonly string[];
beforeAll(async () => {
  admin = await setAdmin();
  api = await admin.stage.api('api.example.com');
  pins = [api.pins[0] ?? '', `sha256/${'B'.repeat(42)}A=`];
  await admin.ok('account', 'create', 'acme', '--contact', 'devops@example.com');
  await admin.add('acme', api, ...pins.flatMap((pin) => ['--pin', pin]));
  await admin.ok('probe', 'acme', api.name, '--wait', '20s');
});
afterAll(() => admin.stage.close());

test('the text goes to standard output, and what to know to standard error', async () => {
  const { status, stdout, stderr } = await admin.run(['pin-set', 'export', 'nspinneddomains', 'acme']);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^<\?xml version="1\.0"/);
  expect(stdout).toContain(`\t<string>${pins[0]?.slice(7)}</string>\n`);
  expect(stderr).toMatch(/^note {6}sha256\/B/m);
});

test('or to a file; --json has both', async () => {
  const { ok, stage } = admin;
  const file = 'network_security_config.xml';
  expect(await ok('pin-set', 'export', 'android', 'acme', '-o', file)).toBe('');
  expect(await readFile(join(stage.directory, file), 'utf8')).toContain('<pin-set>');
  const answer = JSON.parse(await ok('pin-set', 'export', 'okhttp', 'acme', '--language', 'java', '--json'));
  expect(answer).toEqual({
    format: 'okhttp',
    text: expect.stringContaining('.build();'),
    notes: expect.any(Array),
  });
});

test('a rotation', async () => {
  const { status, stdout, stderr } = await admin.run([
    'pin-set',
    'export',
    'trustkit-ios',
    'acme',
    '--domain',
    api.name,
    '--for-rotation',
    next,
  ]);
  expect(status, stderr).toBe(0);
  for (const pin of [...pins, next]) expect(stdout).toContain(pin.slice(7));
  expect(stderr).toMatch(/drop later, once no server presents it any more/);
});

test('a refusal says why, and writes nothing', async () => {
  expect(await admin.run(['pin-set', 'export', 'pinvault', 'acme', '-o', 'x.json'])).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^Cannot be done: pinvault is import-only: /),
  });
  await expect(readFile(join(admin.stage.directory, 'x.json'))).rejects.toThrow('ENOENT');
});

test.each([
  [['xml', 'acme'], /^FORMAT: expected one of nsc, .* found "xml"/],
  [['nsc', 'acme', '--for-rotation', 'x'], /^--for-rotation: expected sha256\//],
])('bad usage: %j', async (args, expected) => {
  expect(await admin.run(['pin-set', 'export', ...args])).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(expected),
  });
});

test('completion knows the formats, and the domains of the account that follows them', async () => {
  const complete = async (...words: string[]) => (await admin.ok('__complete', '--', ...words)).split('\n');
  expect(await complete('pin-set', 'export', 'trust')).toEqual(['trustkit-android', 'trustkit-ios', '']);
  expect(await complete('pin-set', 'export', 'nsc', 'ac')).toEqual(['acme', '']);
  expect(await complete('pin-set', 'export', 'nsc', 'acme', '--domain', '')).toEqual([api.name, '']);
});
