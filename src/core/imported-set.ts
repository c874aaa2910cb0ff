/** A pin set as it is kept for an account, with what is needed to read its text again. */
import { type Parsed, parsed, refused } from './parsed.ts';
import type { PinFormat } from './pin-format.ts';
import { ownSetName, type PinSet, versionOfSet } from './pin-set.ts';
import { quote } from './quote.ts';

/** What a text alone did not say when it was imported. */
export interface ImportOptions {
  /** The host of a notation that names none. */
  readonly host?: string;
  /** The version of OkHttp that runs in the app. */
  readonly okhttp?: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt?: number;
  /** The key that verifies the signatures of a text, as PEM or as its library is given it. */
  readonly publicKey?: string;
}

/** Of a public key as text. */
export const mostKeyCharacters = 2_000;

/** A place of the text that takes effect otherwise than its author may think. Lines and columns count from 1. */
export interface ImportWarning {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface ImportedSet extends PinSet {
  readonly format: PinFormat;
  /** The name that its text was imported under: several sets of one text have names of their own. */
  readonly of: string;
  /** A hash of that text, to see whether another one is the same. */
  readonly textHash: number;
  readonly options: ImportOptions;
  readonly warnings: readonly ImportWarning[];
  /** The file that defines it, if any: the API then refuses to change it and names the file. */
  readonly provisionedBy?: string;
}

/** An import as a file of accounts has it: all sets of one text. */
export interface ProvisionedImport {
  readonly of: string;
  readonly text: string;
  readonly sets: readonly ImportedSet[];
}

export const pinSetNameExpected =
  'a name of 1 to 40 lower-case letters, digits, dots, underscores and hyphens that starts with a letter or digit';

/** Used unchanged in URLs and messages, and in facts that are told. */
export function parsePinSetName(text: string): Parsed<string> {
  if (text === ownSetName)
    return refused(`"${ownSetName}" is the name of the pins in the registry: choose another name`);
  if (versionOfSet(text) !== null) {
    return refused(`${quote(text)} is the name of a published version: choose another name`);
  }
  return /^[a-z0-9][a-z0-9._-]{0,39}$/.test(text)
    ? parsed(text)
    : refused(`expected ${pinSetNameExpected}, found ${quote(text)}`);
}

/** The name of one set of a text: with the suffix if the text has several. */
export function pinSetName(of: string, suffix: string | undefined): string {
  return suffix === undefined ? of : `${of}-${suffix}`;
}
