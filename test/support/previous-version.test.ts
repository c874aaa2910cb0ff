import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { previousCommit } from './previous-version.ts';
import { testRequiring } from './requires.ts';

const test = testRequiring('git');
const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];

let folder: string;
let origin: string;
let commits: string[];
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-git-'));
  origin = join(folder, 'origin');
  git(folder, 'init', '--quiet', origin);
  commits = ['one', 'two', 'three'].map((message) => {
    git(origin, 'commit', '--quiet', '--allow-empty', '-m', message);
    return git(origin, 'rev-parse', 'HEAD');
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

const shallow = () => {
  const clone = join(folder, 'shallow');
  git(folder, 'clone', '--quiet', '--depth=1', `file://${origin}`, clone);
  return clone;
};

test('the version before is the commit before, the last release, or the one that is asked for', async () => {
  expect(await previousCommit(origin)).toBe(commits[1]);
  git(origin, 'tag', 'v0.1.0', commits[0] ?? '');
  expect(await previousCommit(origin)).toBe(commits[0]);
  expect(await previousCommit(origin, 'HEAD')).toBe(commits[2]);
  await expect(previousCommit(origin, 'unknown')).rejects.toThrow('unknown');
});

test('a shallow clone is deepened, and one that can not be says what to do', async () => {
  expect(await previousCommit(shallow())).toBe(commits[1]);
  rmSync(join(folder, 'shallow'), { recursive: true });
  const alone = shallow();
  rmSync(origin, { recursive: true });
  await expect(previousCommit(alone)).rejects.toThrow(
    /shallow one that can't be deepened .* set PINWATCH_UPGRADE_FROM/s,
  );
});
