import { execFile } from 'node:child_process';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { quote } from '../../core/quote.ts';
import type { ChannelFiles } from '../../flow/publish/served-channels.ts';

const channelName = /^[a-z2-7]{26}$/;
const mostBytes = 262_144;
const commandMs = 60_000;
const mostOutput = 64 * 1024;

/**
 * The files c/CHANNEL below a folder. `afterWrite`: a program with its arguments that is run without a shell after each
 * file, whose path is the last argument.
 */
export function createChannelFiles(directory: string, afterWrite: readonly string[] | null): ChannelFiles {
  const folder = join(directory, 'c');

  async function replace(path: string, text: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const temporary = `${path}.${process.pid}.new`;
    try {
      const file = await open(temporary, 'w', 0o644);
      try {
        await file.writeFile(text);
        // On disk before it has its name: a crash must not leave an empty file in place of the old one.
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    const parent = await open(folder, 'r');
    await parent.sync().finally(() => parent.close());
  }

  async function run(path: string): Promise<void> {
    const [program = '', ...args] = afterWrite ?? [];
    if (program === '') return;
    const options = { timeout: commandMs, killSignal: 'SIGKILL', maxBuffer: mostOutput } as const;
    await promisify(execFile)(program, [...args, path], options).catch(
      (error: Error & { stderr?: string }) => {
        const said = (error.stderr ?? '').trim();
        throw new Error(`${quote(program)} failed: ${quote(said === '' ? error.message : said)}`);
      },
    );
  }

  return {
    async *read() {
      const names = await readdir(folder).catch(() => []);
      for (const name of names) {
        if (!channelName.test(name)) continue;
        const path = join(folder, name);
        const found = await stat(path).catch(() => null);
        if (found === null || !found.isFile() || found.size > mostBytes) continue;
        const text = await readFile(path, 'latin1').catch(() => null);
        if (text !== null) yield { channel: name, text };
      }
    },

    async write(channel, text): Promise<Parsed<void>> {
      const path = join(folder, channel);
      try {
        await replace(path, text);
        await run(path);
        return parsed(undefined);
      } catch (error) {
        return refused((error as Error).message);
      }
    },
  };
}
