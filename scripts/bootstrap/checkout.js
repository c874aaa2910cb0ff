/** Makes a checkout ready to run: installs npm packages, builds dist/. Does nothing if nothing has changed. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, buildIsCurrent } from './build.js';
import { BootstrapError } from './command.js';
import { withLock } from './lock.js';
import { installPackages, packagesAreCurrent } from './packages.js';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

const OLDEST_NODE = [20, 19];

/** Throws BootstrapError if this Node.js is too old. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new BootstrapError(
      `Node.js: expected ${OLDEST_NODE.join('.')} or later, found ${process.versions.node}; https://nodejs.org has newer ones`,
    );
  }
}

export async function prepareCheckout({ withBuild }) {
  checkNode();
  const isCurrent = () => packagesAreCurrent(root) && (!withBuild || buildIsCurrent(root));
  if (isCurrent()) return;
  await withLock(join(root, 'dist/.lock'), async () => {
    // Checked again under the lock: the previous holder may have done the work.
    if (!packagesAreCurrent(root)) await installPackages(root);
    if (withBuild && !buildIsCurrent(root)) await build(root);
  });
}
