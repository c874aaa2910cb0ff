/** What was read of the store, as entries of a backup. */
import type { BackupEntry } from '../../core/backup-format.ts';
import { keyOf } from './backup-keys.ts';
import type { FoundKey } from './backup-step.ts';
import { backupValue } from './backup-value.ts';
import { type AccountKind, formOf, type KeptType } from './key-kinds.ts';

/** Values of one entry, about; a value is never split. */
const entryBytes = 1024 * 1024;

/** A key to read, as what. */
export interface WantedKey {
  readonly account?: string;
  readonly kind: string;
  readonly of?: string;
  readonly type: KeptType;
}

/** Those whose id is not known, which it then is: ids and texts, one after the other. */
export function* notIn(flat: readonly Buffer[], known: Set<string>): Generator<Buffer> {
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const id = String(flat[at]);
    if (known.has(id)) continue;
    known.add(id);
    yield flat[at] as Buffer;
    yield flat[at + 1] as Buffer;
  }
}

/** One key. One of another type is left out, and named in `skipped`. */
export function* keyEntries(
  { account, kind, of, type }: WantedKey,
  found: FoundKey,
  now: number,
  skipped: string[],
): Generator<BackupEntry> {
  if (found === 0) return;
  const head = { ...(account === undefined ? {} : { account }), kind, ...(of === undefined ? {} : { of }) };
  const [stored, ttl, value] = found;
  if (String(stored) !== type) {
    skipped.push(`${keyOf(head)}: expected a ${type}, found a ${stored}`);
    return;
  }
  const expires = ttl < 0 ? {} : { expiresAt: now + ttl };
  const form = formOf(type);
  if (form === 'text') {
    yield { ...head, text: backupValue(value as Buffer), ...expires };
    return;
  }
  for (const part of parts(value as readonly Buffer[], form === 'fields' ? 2 : 1)) {
    yield { ...head, [form]: form === 'fields' ? pairsIn(part) : part.map(backupValue), ...expires };
  }
}

/** Some fields of a hash of an account: fields and values, one after the other. */
export function* pairEntries(
  account: string,
  kind: AccountKind,
  flat: Iterable<Buffer>,
): Generator<BackupEntry> {
  for (const part of parts([...flat], 2)) yield { account, kind, fields: pairsIn(part) };
}

function pairsIn(flat: readonly Buffer[]): NonNullable<BackupEntry['fields']> {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    backupValue(flat[2 * index] as Buffer),
    backupValue(flat[2 * index + 1] as Buffer),
  ]);
}

/** In parts of about a megabyte, of whole groups of so many values. */
function* parts(values: readonly Buffer[], group: number): Generator<readonly Buffer[]> {
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < values.length; at += group) {
    for (const value of values.slice(at, at + group)) bytes += value.length;
    if (bytes < entryBytes) continue;
    yield values.slice(start, at + group);
    start = at + group;
    bytes = 0;
  }
  if (start < values.length) yield values.slice(start);
}
