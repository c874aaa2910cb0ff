/**
 * The file that `pinwatch store backup` writes: JSON Lines, described in docs/backup.md. A header, entries, and a trailer
 * without which the file is not whole.
 */
import { parseAccountName } from './account-name.ts';
import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';
import type { StoreIdentity } from './store-identity.ts';
import { storeSchema } from './store-schema.ts';

export const backupFormat = 'pinwatch-backup';
/** It rises when a file gets a form that an older version would misread. */
export const backupVersion = 1;

export interface BackupHeader {
  readonly format: typeof backupFormat;
  readonly version: number;
  /** The version of the program. */
  readonly pinwatch: string;
  /** Of the values; see store-schema.ts. */
  readonly schema: number;
  /** RFC 3339, UTC: when the backup began. */
  readonly time: string;
  /** null: the store had no identity yet. */
  readonly store: StoreIdentity | null;
}

export interface BackupCounts {
  readonly entries: number;
  readonly accounts: number;
  readonly domains: number;
  readonly tokens: number;
}

export interface BackupTrailer {
  readonly end: BackupCounts & {
    /** Over the bytes of all lines before, hex. */
    readonly sha256: string;
  };
}

/** Text as it is; bytes that are not UTF-8 as base64. */
export type BackupValue = string | { readonly base64: string };

/** How the value of a key is written: a text, the fields of a hash, the items of a list or the members of a set. */
export type BackupForm = 'text' | 'fields' | 'items' | 'members';

export interface BackupEntry {
  /** Left out: what belongs to no account. */
  readonly account?: string;
  /** A name of key-kinds.ts, such as `domains`. */
  readonly kind: string;
  /** What the key is of, beside the account: a domain or a day. */
  readonly of?: string;
  readonly text?: BackupValue;
  readonly fields?: readonly (readonly [field: BackupValue, value: BackupValue])[];
  readonly items?: readonly BackupValue[];
  readonly members?: readonly BackupValue[];
  /** When the key goes, in milliseconds since the epoch; left out: it stays. */
  readonly expiresAt?: number;
}

/** How each kind is written; `of`: whether there are several, one for each domain or day. */
export interface BackupKinds {
  readonly shared: ReadonlyMap<string, BackupForm>;
  readonly account: ReadonlyMap<string, { readonly form: BackupForm; readonly of: boolean }>;
}

export function readHeader(line: string): Parsed<BackupHeader> {
  const value = objectIn(line);
  if (value === null || value.format !== backupFormat) {
    return refused(`expected the header {"format":"${backupFormat}",…}, found ${quote(line)}`);
  }
  const { version, schema, pinwatch, time, store } = value;
  if (!isCount(version) || version < 1) return refused(`version: expected a number, found ${shown(version)}`);
  const newer = (most: number, found: number) =>
    `expected at most ${most}, found ${found}: it was written by a newer pinwatch (${shown(pinwatch)}); restore it with that version`;
  if (version > backupVersion) return refused(`version: ${newer(backupVersion, version)}`);
  if (!isCount(schema) || schema < 1) return refused(`schema: expected a number, found ${shown(schema)}`);
  if (schema > storeSchema) return refused(`schema: ${newer(storeSchema, schema)}`);
  if (typeof pinwatch !== 'string') return refused(`pinwatch: expected a version, found ${shown(pinwatch)}`);
  if (typeof time !== 'string' || !isTime(time))
    return refused(`time: expected a time as in RFC 3339, found ${shown(time)}`);
  if (store !== null && !isIdentity(store))
    return refused(`store: expected null, or id, generation and follows, found ${shown(store)}`);
  return parsed({ format: backupFormat, version, pinwatch, schema, time, store });
}

/** An entry, or the trailer. */
export function readEntry(line: string, kinds: BackupKinds): Parsed<BackupEntry | BackupTrailer> {
  const value = objectIn(line);
  if (value === null) return refused(`expected a JSON object, found ${quote(line)}`);
  if ('end' in value) return readTrailer(value.end);
  const { account, kind, of, expiresAt } = value;
  if (typeof kind !== 'string') return refused(`kind: expected a name, found ${shown(kind)}`);
  if (account !== undefined) {
    const name = typeof account === 'string' ? parseAccountName(account) : null;
    if (name === null) return refused(`account: expected a name, found ${shown(account)}`);
    if (!name.ok) return refused(`account: ${name.problem}`);
  }
  const known = account === undefined ? kinds.shared : kinds.account;
  const found = known.get(kind);
  if (found === undefined) {
    return refused(`kind: expected one of ${[...known.keys()].join(', ')}, found ${quote(kind)}`);
  }
  const { form, of: wantsOf } = typeof found === 'string' ? { form: found, of: false } : found;
  if (wantsOf ? typeof of !== 'string' || of === '' : of !== undefined) {
    return refused(`of: expected ${wantsOf ? 'a domain or a day' : 'none'}, found ${shown(of)}`);
  }
  if (expiresAt !== undefined && !isCount(expiresAt)) {
    return refused(`expiresAt: expected milliseconds since 1970, found ${shown(expiresAt)}`);
  }
  if (!isForm[form](value[form])) {
    return refused(`${form}: expected ${formExpected[form]} of ${kind}, found ${shown(value[form])}`);
  }
  const unknown = Object.keys(value).find((name) => !entryNames.includes(name) && name !== form);
  if (unknown !== undefined) {
    return refused(`expected only ${form} of ${kind}, found ${quote(unknown)} as well`);
  }
  return parsed(value as unknown as BackupEntry);
}

function readTrailer(value: unknown): Parsed<BackupTrailer> {
  if (!isObject(value)) return refused(`end: expected counts, found ${shown(value)}`);
  for (const name of ['entries', 'accounts', 'domains', 'tokens'] as const) {
    if (!isCount(value[name])) return refused(`end: ${name}: expected a number, found ${shown(value[name])}`);
  }
  const { sha256 } = value;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    return refused(`end: sha256: expected 64 hex digits, found ${shown(sha256)}`);
  }
  return parsed({ end: value as unknown as BackupTrailer['end'] });
}

/** Besides the value, which is in one form. */
const entryNames: readonly string[] = ['account', 'kind', 'of', 'expiresAt'];

const formExpected: Readonly<Record<BackupForm, string>> = {
  text: 'the text',
  fields: 'a list of fields with their values',
  items: 'a list of items',
  members: 'a list of members',
};

const isForm: Readonly<Record<BackupForm, (value: unknown) => boolean>> = {
  text: isValue,
  fields: (value) => Array.isArray(value) && value.every((one) => isValues(one) && one.length === 2),
  items: isValues,
  members: isValues,
};

function isValues(value: unknown): value is BackupValue[] {
  return Array.isArray(value) && value.every(isValue);
}

function isValue(value: unknown): value is BackupValue {
  if (typeof value === 'string') return true;
  return isObject(value) && typeof value.base64 === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value.base64);
}

function isIdentity(value: unknown): value is StoreIdentity {
  if (!isObject(value)) return false;
  const { id, generation, follows } = value;
  const isId = (one: unknown) => typeof one === 'string' && /^[\w-]{1,100}$/.test(one);
  return isId(id) && isCount(generation) && Array.isArray(follows) && follows.every(isId);
}

/** As `rfc3339` writes it. `Date.parse` alone would take any text in parentheses as a comment. */
function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectIn(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? quote(value) : quote(jsonOf(value)).slice(1, -1);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // JSON.parse reads any depth, JSON.stringify runs out of stack.
    return 'a value that is nested too deeply';
  }
}
