/** A clock that a test can set, for the processes that are started with it (libfaketime). */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../lab/child.ts';

export interface FakeClock {
  /** The environment for a process that is to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the offset from the real time for every process that uses it: `+2h`, `-7d`, `+0`. */
  set(offset: string): Promise<void>;
  close(): Promise<void>;
}

export async function fakeClock(offset: string): Promise<FakeClock> {
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-clock-'));
  const file = join(directory, 'offset');
  const set = async (next: string) => {
    // In one step: a process may be reading it.
    await writeFile(`${file}.next`, next);
    await rename(`${file}.next`, file);
  };
  await set(offset);
  return {
    env: {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // Timers use it, and no real monotonic clock can be set.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set,
    close: () => rm(directory, { recursive: true }),
  };
}

/** The path of the library for processes with several threads, as faketime passes it to its child. */
function library(): string {
  const { stdout } = spawnSync(tool('faketime'), ['-m', '-f', '+0', 'sh', '-c', 'printf %s "$LD_PRELOAD"'], {
    encoding: 'utf8',
  });
  return stdout;
}
