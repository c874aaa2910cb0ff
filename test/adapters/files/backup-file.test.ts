import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBackupFile, openBackupFile } from '../../../src/adapters/files/backup-file.ts';
import { BackupFileProblem } from '../../../src/flow/backup/read-backup.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinwatch-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

test('a folder is no place for a backup, and nothing of it stays beside', async () => {
  const path = join(folder, 'backups');
  await mkdir(path);
  const file = await createBackupFile(path);
  await file.write('a line\n');
  await expect(file.finish()).rejects.toThrow(`"${path}" cannot be written: it is a folder (EISDIR)`);
  await file.discard();
  expect(await readdir(folder)).toEqual(['backups']);
});

test('a backup is read twice from the file that was opened, also if another one takes its name', async () => {
  const path = join(folder, 'backup.jsonl');
  await writeFile(path, 'one\ntwo\n');
  const { lines, close } = await openBackupFile(path);
  expect(await all(lines())).toEqual(['one', 'two']);
  await writeFile(`${path}.new`, 'another\n');
  await rename(`${path}.new`, path);
  expect(await all(lines())).toEqual(['one', 'two']);
  await close();
});

test('a line end may be missing at the end of a file', async () => {
  const path = join(folder, 'backup.jsonl');
  await writeFile(path, `${'é'.repeat(70_000)}\n\nlast`);
  const { lines, close } = await openBackupFile(path);
  expect(await all(lines())).toEqual(['é'.repeat(70_000), '', 'last']);
  await close();
});

// A pipe would be empty the second time, when the store is already marked.
test('what cannot be read twice is refused when it is opened', async () => {
  const refused = (path: string) => openBackupFile(path).catch((error) => error);
  expect(await refused(folder)).toBeInstanceOf(BackupFileProblem);
  expect((await refused(folder)).message).toBe('expected a file, which is read twice, found a folder');
  expect((await refused('/dev/zero')).message).toBe(
    'expected a file, which is read twice, found a pipe or a device',
  );
  expect((await refused(join(folder, 'none'))).message).toMatch(/^cannot be read: ENOENT/);
});

test('a named pipe is refused without waiting for a writer', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  await expect(openBackupFile(path)).rejects.toThrow('found a pipe or a device');
});
