/** The file of a backup: written as a whole or not at all, for its owner alone, and read line by line. */
import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { quote } from '../../core/quote.ts';
import type { Checksum } from '../../flow/backup/checksum.ts';
import { BackupFileProblem, DamagedBackup } from '../../flow/backup/read-backup.ts';

/** Of one line: a file that is no backup must not fill the memory. A letter that grew in an outage may be large. */
const mostLineBytes = 256 * 1024 * 1024;

/** Written at once. */
const bufferedCharacters = 256 * 1024;

export interface BackupFile {
  write(line: string): Promise<void>;
  /** How many bytes were written. Until then, the file with this name is the one that was there before. */
  finish(): Promise<number>;
  /** Removes what was written, unless it is finished. */
  discard(): Promise<void>;
}

/** Rejects if the file can't be written; the message names it. */
export async function createBackupFile(path: string): Promise<BackupFile> {
  const beside = `${path}.${process.pid}.new`;
  // It has secrets. Not one that another user could have put there: they would keep it open.
  const file = await open(beside, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw unwritable(path, reasonOf(error, beside));
  });
  let waiting: string[] = [];
  let length = 0;
  let bytes = 0;
  let isDone = false;
  const flush = async () => {
    const text = Buffer.from(waiting.join(''));
    waiting = [];
    length = 0;
    await file.writeFile(text).catch((error: Error) => {
      throw unwritable(path, error.message);
    });
    bytes += text.length;
  };
  return {
    async write(line) {
      waiting.push(line);
      length += line.length;
      if (length >= bufferedCharacters) await flush();
    },
    async finish() {
      await flush();
      try {
        await file.sync();
        await file.close();
        await rename(beside, path);
      } catch (error) {
        throw unwritable(path, reasonOf(error as NodeJS.ErrnoException, beside));
      }
      isDone = true;
      const parent = await open(dirname(path), 'r');
      await parent.sync().finally(() => parent.close());
      return bytes;
    },
    async discard() {
      if (isDone) return;
      await file.close().catch(() => {});
      await rm(beside, { force: true });
    },
  };
}

function unwritable(path: string, reason: string): BackupFileProblem {
  return new BackupFileProblem(`${quote(path)} cannot be written: ${reason}`);
}

function reasonOf({ code, message }: NodeJS.ErrnoException, beside: string): string {
  if (code === 'ENOENT') return 'no such folder (ENOENT)';
  if (code === 'EISDIR') return 'it is a folder (EISDIR)';
  return code === 'EEXIST'
    ? `${quote(beside)} is left from an earlier attempt: delete it`
    : (code ?? message);
}

export interface ReadableBackup {
  /** Its lines without their ends, from the start. Throws if it can't be read, or has a line that no backup has. */
  lines(): AsyncGenerator<string>;
  close(): Promise<void>;
}

/**
 * Opens it once for all readings: a daily backup may put another file with this name in its place meanwhile. Rejects if it
 * can't be read, or not twice.
 */
export async function openBackupFile(path: string): Promise<ReadableBackup> {
  // A pipe without a writer would wait for one.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    throw unreadable(error);
  });
  const found = await file.stat();
  if (!found.isFile()) {
    await file.close();
    const kind = found.isDirectory() ? 'a folder' : 'a pipe or a device';
    throw new BackupFileProblem(`expected a file, which is read twice, found ${kind}`);
  }
  return { lines: () => linesOf(file), close: () => file.close() };
}

async function* linesOf(file: FileHandle): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of chunksOf(file)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString();
      parts = [];
      length = 0;
      number += 1;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > mostLineBytes) {
      throw new DamagedBackup(number, `expected at most ${mostLineBytes} bytes, found more`);
    }
  }
  if (length > 0) yield Buffer.concat(parts).toString();
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  try {
    yield* file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(error as Error);
  }
}

function unreadable({ message }: Error): BackupFileProblem {
  return new BackupFileProblem(`cannot be read: ${message}`);
}

export function sha256(): Checksum {
  const hash = createHash('sha256');
  return { add: (line) => void hash.update(line), digest: () => hash.digest('hex') };
}
