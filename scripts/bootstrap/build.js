/** Builds dist/ if a source differs from the last build. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BootstrapError, run, say } from './command.js';

/** The soak uses the rigs of the tests. */
const FOLDERS = ['src', 'lab', 'demo', 'bench', 'differential', 'fuzz', 'soak', 'test/support', 'verify'];
const FILES = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const STAMP = 'dist/.built-of';

export function buildIsCurrent(root) {
  const stamp = join(root, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root);
}

export async function build(root) {
  say('building dist/ (tsc)');
  // Taken before the build, so that an edit during it causes the next one.
  const builtOf = fingerprint(root);
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  // If the sources have errors, the last good build stays.
  const args = [compiler, '-p', 'tsconfig.build.json', '--noEmitOnError', '--pretty', 'false'];
  const { status, output } = await run(process.execPath, args, { cwd: root });
  if (status !== 0)
    throw new BootstrapError(`tsc -p tsconfig.build.json: failed with status ${status}\n${output}`);
  for (const folder of FOLDERS) {
    for (const file of filesBelow(root, join('dist', folder))) {
      const source = file.slice('dist/'.length).replace(/\.js(\.map)?$/, '.ts');
      if (!existsSync(join(root, source))) rmSync(join(root, file)); // its source is gone
    }
  }
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, STAMP), builtOf);
}

/** Over contents, not times: git can touch files without changing them, and change them without a newer time. */
function fingerprint(root) {
  const hash = createHash('sha256');
  for (const file of [...FILES, ...FOLDERS.flatMap((folder) => filesBelow(root, folder))]) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return `${hash.digest('hex')}\n`;
}

/** Paths relative to `root`, sorted. */
function filesBelow(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
