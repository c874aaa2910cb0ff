import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { quote } from '../../core/quote.ts';

const mostBytes = 64 * 1024;

/** A new file. An existing one is never overwritten: it may hold the only copy of a key. */
export function writeNewFile(path: string, content: string | Uint8Array, mode: number): Parsed<void> {
  try {
    writeFileSync(path, content, { flag: 'wx', mode, flush: true });
    return parsed(undefined);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refused(
      code === 'EEXIST'
        ? `${quote(path)} exists already, and is not overwritten`
        : `${quote(path)}: ${message}`,
    );
  }
}

/** A key that only its owner may read: the text of a file without any permission for others. */
export function readPrivateFile(path: string): Parsed<string> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    // Of the open file, so that it can't be exchanged in between.
    const { mode, size } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      return refused(
        `${quote(path)}: expected mode 0600, found ${found}: chmod 600 it, and think of who has read it`,
      );
    }
    if (size > mostBytes) return refused(`${quote(path)}: expected a key, found ${size} bytes`);
    return parsed(readFileSync(descriptor, 'utf8'));
  } catch (error) {
    return refused(`${quote(path)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Writes a key with mode 0600, all or nothing. `replace`: an existing one may go. */
export function installFile(path: string, content: string, replace: boolean): Parsed<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (replace) renameSync(temporary, path);
    else linkSync(temporary, path);
    return parsed(undefined);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refused(
      code === 'EEXIST'
        ? `${quote(path)} exists already: --replace replaces it`
        : `${quote(path)}: ${message}`,
    );
  } finally {
    rmSync(temporary, { force: true });
  }
}
