/** Allows one bootstrap at a time per checkout: two npm ci in one directory would destroy each other's work. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BootstrapError, say, withCleanup } from './command.js';

const POLL_MS = 200;
const PATIENCE_MS = 15 * 60_000;

/** Runs `work` while this process holds the lock file; waits for another live holder for up to 15 minutes. */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + PATIENCE_MS;
  let told = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder !== undefined && !isAlive(holder)) {
      // Renamed first, so that only one of several processes that see a dead holder removes the file.
      const own = `${file}.${process.pid}`;
      try {
        renameSync(file, own);
        rmSync(own);
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      continue;
    }
    if (Date.now() > deadline) {
      throw new BootstrapError(
        `${file}: still held by process ${holder} after 15 minutes; remove it if that is wrong`,
      );
    }
    if (!told && holder !== undefined)
      say(`waiting for process ${holder}, which is already preparing this checkout`);
    told ||= holder !== undefined;
    await delay(POLL_MS);
  }
  return withCleanup(work, () => rmSync(file, { force: true }));
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** undefined if the holder has not written its process id yet, or has just released the lock. */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // alive, but another user's
  }
}
