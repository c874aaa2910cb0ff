/** A file system of its own that can be filled up: a tmpfs, which only root may mount. */
import { execFile, spawnSync } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface SmallDisk {
  /** Takes all the space that is left. */
  fill(): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}

const run = promisify(execFile);
const blockBytes = 1 << 20;

/** `size`: as the option of tmpfs. The folder has to exist, and is empty. */
export async function smallDisk(
  directory: string,
  size: string,
): Promise<SmallDisk | { readonly unavailable: string }> {
  if (process.getuid?.() !== 0) return { unavailable: 'only root can mount a small file system' };
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory]);
  } catch {
    return { unavailable: 'mount: not permitted on this machine' };
  }
  mounted.add(directory);
  const ballast = join(directory, 'ballast');
  return {
    async fill() {
      const file = await open(ballast, 'w');
      try {
        // The last pages are taken with small writes.
        for (const bytes of [blockBytes, 4096]) {
          const block = Buffer.alloc(bytes);
          while (await isWritten(file, block));
        }
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast, { force: true }),
    async remove() {
      mounted.delete(directory);
      await run('umount', ['--lazy', directory]);
    },
  };
}

// None may be left by a soak that ends at once: its memory would stay in use.
const mounted = new Set<string>();
process.on('exit', () => {
  for (const directory of mounted) spawnSync('umount', ['--lazy', directory]);
});

async function isWritten(file: { write(block: Buffer): Promise<{ bytesWritten: number }> }, block: Buffer) {
  try {
    return (await file.write(block)).bytesWritten === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
