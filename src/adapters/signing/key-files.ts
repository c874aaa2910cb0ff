import {
  closeSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { quote } from '../../core/quote.ts';

const mostBytes = 64 * 1024;

/** Writes a new file. Never overwrites one, because it may hold the only copy of a key. */
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

/** Reads a private key. Refuses a file that anyone but its owner may access. */
export function readPrivateFile(path: string): Parsed<string> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    // Asked of the open file, so that it cannot be exchanged in between.
    const { mode, size } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      return refused(
        `${quote(path)}: expected mode 0600, found ${found}: run chmod 600, and consider who may have read it`,
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

/**
 * Writes a key with mode 0600, all or nothing. Replaces an existing one only with `replace`. Written by root, it belongs to
 * the owner of the folder, so that the service can read it.
 */
export function installFile(path: string, content: string, replace: boolean): Parsed<void> {
  const folder = dirname(path);
  const temporary = `${path}.${process.pid}.new`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, content);
      giveToOwner(descriptor, folder);
      fsyncSync(descriptor);
      if (replace) renameSync(temporary, path);
      else linkSync(temporary, path);
    } finally {
      closeSync(descriptor);
      rmSync(temporary, { force: true });
    }
    return parsed(undefined);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refused(
      code === 'EEXIST'
        ? `${quote(path)} exists already: --replace replaces it`
        : `${quote(path)}: ${message}`,
    );
  }
}

function giveToOwner(descriptor: number, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  fchownSync(descriptor, uid, gid);
}
