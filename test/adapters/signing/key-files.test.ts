import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installFile, readPrivateFile, writeNewFile } from '../../../src/adapters/signing/key-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

test('a key is installed with mode 0600, in a folder of 0700, and leaves nothing else', () => {
  const path = join(folder, 'new/acme.pem');
  expect(installFile(path, 'one', false)).toMatchObject({ ok: true });
  expect([mode(path), mode(join(folder, 'new'))]).toEqual([0o600, 0o700]);
  expect(readdirSync(join(folder, 'new'))).toEqual(['acme.pem']);
});

test('an existing key is replaced only if asked', () => {
  const path = join(folder, 'acme.pem');
  installFile(path, 'one', false);
  expect(installFile(path, 'two', false)).toMatchObject({ ok: false });
  expect(readFileSync(path, 'utf8')).toBe('one');
  expect(installFile(path, 'two', true)).toMatchObject({ ok: true });
  expect([readFileSync(path, 'utf8'), mode(path), readdirSync(folder)]).toEqual(['two', 0o600, ['acme.pem']]);
});

test.runIf(process.getuid?.() === 0)('installed by root, it belongs to the owner of the folder', () => {
  const keys = join(folder, 'keys');
  mkdirSync(keys);
  chownSync(keys, 12_345, 12_346);
  installFile(join(keys, 'acme.pem'), 'one', false);
  expect(statSync(join(keys, 'acme.pem'))).toMatchObject({ uid: 12_345, gid: 12_346 });
});

test('a folder that is a file', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(installFile(join(folder, 'file/acme.pem'), 'one', false)).toMatchObject({ ok: false });
});

test.each([0o644, 0o640, 0o604, 0o620, 0o601])('a key of mode %o is refused', (open) => {
  const path = join(folder, 'acme.pem');
  writeFileSync(path, 'one');
  chmodSync(path, open);
  expect(readPrivateFile(path)).toMatchObject({
    ok: false,
    problem: expect.stringContaining(`found 0${open.toString(8)}`),
  });
});

test('a key of mode 0600 or 0400 is read', () => {
  const path = join(folder, 'acme.pem');
  writeNewFile(path, 'one', 0o600);
  expect(readPrivateFile(path)).toEqual({ ok: true, value: 'one' });
  chmodSync(path, 0o400);
  expect(readPrivateFile(path)).toEqual({ ok: true, value: 'one' });
});

test('what is no key', () => {
  writeNewFile(join(folder, 'large'), 'x'.repeat(70_000), 0o600);
  expect(readPrivateFile(join(folder, 'large'))).toMatchObject({
    problem: expect.stringContaining('found 70000 bytes'),
  });
  expect(readPrivateFile(join(folder, 'missing'))).toMatchObject({
    problem: expect.stringContaining('ENOENT'),
  });
  chmodSync(folder, 0o700);
  expect(readPrivateFile(folder)).toMatchObject({ ok: false });
});

test('a new file never replaces one', () => {
  const path = join(folder, 'one');
  expect(writeNewFile(path, 'one', 0o644)).toMatchObject({ ok: true });
  expect(writeNewFile(path, 'two', 0o644)).toMatchObject({
    problem: expect.stringContaining('is not overwritten'),
  });
  expect(readFileSync(path, 'utf8')).toBe('one');
});
