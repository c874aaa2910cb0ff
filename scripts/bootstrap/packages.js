/** Runs `npm ci` if node_modules does not match package-lock.json. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, say } from './command.js';

const STAMP = 'node_modules/.pinwatch-bootstrap';

export function packagesAreCurrent(root) {
  if (read(join(root, STAMP)) === wanted(root)) return true;
  // npm writes its own copy of the lock file last, so a complete manual install is accepted as it is.
  const own = mtime(join(root, 'node_modules/.package-lock.json'));
  if (own === undefined || own < mtime(join(root, 'package-lock.json'))) return false;
  writeFileSync(join(root, STAMP), wanted(root));
  return true;
}

export async function installPackages(root) {
  say('installing npm packages (npm ci)');
  // The build needs the development packages, which npm would omit under NODE_ENV=production.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  await mustRun('npm', args, { cwd: root });
  // Written last, so that an interrupted install leaves no stamp.
  writeFileSync(join(root, STAMP), wanted(root));
}

/** Some packages contain native code, so a checkout that moved to another platform needs a new install. */
function wanted(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function mtime(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
