import { dirname, resolve } from 'node:path';
import type { Parsed } from '../core/parsed.ts';
import type { ToAscii } from '../core/target.ts';
import type { Environment } from './expand.ts';

/** How many self-signed roots a PEM text holds, at least one, and how many other certificates, which are not used; or what is wrong with it. */
export type ReadAnchors = (
  pem: string,
) => { readonly anchors: number; readonly others: number } | { readonly problem: string };

/** What a configuration depends on besides its own text. */
export interface Outside {
  /** The configuration file's path as given. */
  readonly file: string;
  /** In a folder, the file that a key at the top is from, or an account. */
  readonly fileOf?: (key: string, account?: string) => string | undefined;
  readonly workingDirectory: string;
  readonly environment: Environment;
  /** A file's bytes, or the reason why it can't be read. */
  readonly readFile: (path: string) => Parsed<Uint8Array>;
  readonly readAnchors: ReadAnchors;
  readonly toAscii: ToAscii;
}

/** The absolute path of a path in the configuration file, which is relative to that file. */
export function besideFile(path: string, outside: Outside): string {
  return resolve(outside.workingDirectory, dirname(outside.file), path);
}

/** For what stands under this key, or in this account. */
export function outsideOf(outside: Outside, key: string, account?: string): Outside {
  return { ...outside, file: outside.fileOf?.(key, account) ?? outside.file };
}
