/** The files of a folder that together are one configuration. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Parsed } from '../core/parsed.ts';
import type { ConfigProblem } from './problem.ts';
import { readReason } from './read-reason.ts';

const expected = 'files named *.yaml, *.yml or *.json';

export interface FolderFile {
  /** Its name in the folder. */
  readonly name: string;
  /** The folder as given, and the name. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export type ReadFolder =
  | { readonly ok: true; readonly files: readonly FolderFile[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** A path that can't be read is no folder: whatever reads it as a file says why. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Reads the folder's files in the order of their names, at most `most` bytes in all. Hidden files are left out: editors
 * leave some behind, and in a mounted ConfigMap of Kubernetes `..data` is where the links of the others lead. All are read
 * at once, before any is parsed, so that Kubernetes hardly ever replaces them in between.
 */
export function readFolder(
  folder: string,
  readFile: (path: string) => Parsed<Uint8Array>,
  most: number,
): ReadFolder {
  const names = listed(folder);
  if (!Array.isArray(names)) return { ok: false, problems: [names] };
  if (names.length === 0)
    return { ok: false, problems: [{ path: '', message: `expected ${expected}, found none` }] };
  const files: FolderFile[] = [];
  const problems: ConfigProblem[] = [];
  let size = 0;
  for (const name of names) {
    const path = join(folder, name);
    const read = readFile(path);
    if (!read.ok) {
      problems.push({ path: name, message: `cannot be read: ${read.problem}` });
      continue;
    }
    size += read.value.length;
    if (size > most) {
      const message = `expected at most ${most / (1 << 20)} MB in all files together, found more`;
      return { ok: false, problems: [{ path: '', message }] };
    }
    files.push({ name, path, bytes: read.value });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, files };
}

function listed(folder: string): string[] | ConfigProblem {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.(?:ya?ml|json)$/s.test(name))
      .sort();
  } catch (error) {
    return { path: '', message: `cannot be read: ${readReason(error)}` };
  }
}
