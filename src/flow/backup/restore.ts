/**
 * Puts a backup into the store. The file is read twice: first to the end, and nothing is written unless it is whole. While
 * it is written, the store is marked as one that no process uses; see `restoringSchema`. An interrupted restore leaves the
 * mark, and the next one starts again.
 */
import type { BackupCounts, BackupEntry, BackupKinds } from '../../core/backup-format.ts';
import type { ConfigState } from '../../core/config-state.ts';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { plural } from '../../core/plural.ts';
import { withFloor } from '../../core/restored-config.ts';
import type { StoreIdentity } from '../../core/store-identity.ts';
import { auditOf } from '../admin/audit-of.ts';
import type { Checksum } from './checksum.ts';
import { BackupFileProblem, readBackup, type WholeBackup } from './read-backup.ts';

/** What the store has now. */
export interface StoreContent {
  readonly accounts: number;
  readonly domains: number;
  readonly tokens: number;
  /** null: a newer version has stored them. */
  readonly openIncidents: number | null;
  readonly owedNotices: number | null;
}

/** The store as a restore writes it. Every method rejects if it can't be used. */
export interface RestoreTarget {
  /** How many connections other processes of pinwatch have, another restore among them; null: this Redis does not say. */
  connected(): Promise<number | null>;
  /** `restoring`: a restore was not finished. A newer version may have used it: going back to an older one starts here. */
  state(): Promise<'empty' | 'used' | 'restoring'>;
  content(): Promise<StoreContent>;
  /** Marks the store, then removes all that it has. */
  begin(): Promise<void>;
  /** Adds entries, in their order. */
  write(entries: readonly BackupEntry[]): Promise<void>;
  /** Gives the store a new identity, which follows that of the backup, and removes the mark. */
  finish(backup: StoreIdentity | null, schema: number): Promise<void>;
}

export interface RestorePorts {
  readonly target: RestoreTarget;
  /** The lines of the file, from the start. */
  readonly lines: () => AsyncIterable<string>;
  readonly checksum: () => Checksum;
  readonly kinds: BackupKinds;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export interface RestoreRequest {
  /** Whether the content of a store that is in use may be replaced by the backup; asked once. */
  readonly mayReplace: (content: StoreContent, backup: WholeBackup) => Promise<boolean>;
}

/** An account whose signed configuration apps may have in a later version than the backup. */
export interface RepublishedAccount {
  readonly account: string;
  /** As of the backup. */
  readonly version: number;
  /** The next one is above it. */
  readonly floor: number;
}

export interface Restored {
  readonly time: string;
  readonly counts: BackupCounts;
  readonly replaced: StoreContent | null;
  readonly published: readonly RepublishedAccount[];
  /** This Redis does not say whether processes are connected. */
  readonly connectionsUnknown: boolean;
}

/** Entries that are written at a time, and about how many characters of them: a letter that grew in an outage is one entry. */
const entriesAtOnce = 50;
const charactersAtOnce = 4_000_000;

/**
 * null: the person did not want it. Throws BackupFileProblem before anything is written; if it throws later, the store stays
 * marked, and the message says so. A refusal says why nothing was done.
 */
export async function restore(
  ports: RestorePorts,
  { mayReplace }: RestoreRequest,
): Promise<Parsed<Restored> | null> {
  const { target, lines, checksum, kinds } = ports;
  const backup = await readBackup(lines(), kinds, checksum());
  const connected = await target.connected();
  if (connected !== null && connected > 0) {
    return refused(
      `${plural(connected, 'connection')} of running pinwatch processes found: stop every run, server, worker and other restore on this Redis, then restore`,
    );
  }
  const state = await target.state();
  const replaced = state === 'used' ? await target.content() : null;
  if (replaced !== null && !(await mayReplace(replaced, backup))) return null;
  const published = await fill(ports, backup, replaced).catch((error) => {
    throw unfinished(error);
  });
  const { header, counts } = backup;
  return parsed({ time: header.time, counts, replaced, published, connectionsUnknown: connected === null });
}

async function fill(
  ports: RestorePorts,
  backup: WholeBackup,
  replaced: StoreContent | null,
): Promise<RepublishedAccount[]> {
  const { target, clock } = ports;
  await target.begin();
  // Before the older entries of the backup: the newest comes first.
  await target.write([auditEntry(backup, replaced, clock())]);
  const published = await write(ports, backup);
  await target.finish(backup.header.store, backup.header.schema);
  return published;
}

function unfinished(error: Error): Error {
  const message = `${error.message}. The restore is not finished, and nothing uses the store until it is: run it again`;
  return error instanceof BackupFileProblem ? new BackupFileProblem(message) : new Error(message);
}

/** Who did it is a user of this machine. */
function auditEntry(
  { header, counts }: WholeBackup,
  replaced: StoreContent | null,
  now: number,
): BackupEntry {
  const detail = `a backup of ${header.time} with ${plural(counts.accounts, 'account')} and ${plural(counts.domains, 'domain')}`;
  const before =
    replaced === null
      ? ''
      : `, in place of ${plural(replaced.accounts, 'account')} and ${plural(replaced.domains, 'domain')}`;
  const actor = { name: 'local', address: null };
  return {
    kind: 'audit',
    items: [JSON.stringify(auditOf('store_restored', 'store', `${detail}${before}`, actor, now))],
  };
}

async function write(
  { target, lines, checksum, kinds, clock }: RestorePorts,
  backup: WholeBackup,
): Promise<RepublishedAccount[]> {
  const published: RepublishedAccount[] = [];
  const now = clock();
  let waiting: BackupEntry[] = [];
  let characters = 0;
  const flush = async () => {
    const some = waiting;
    waiting = [];
    characters = 0;
    if (some.length > 0) await target.write(some);
  };
  // Once more to the end with its checksum: the file could have been changed since it was read.
  const { sha256 } = await readBackup(lines(), kinds, checksum(), async (entry, length) => {
    if (entry.expiresAt !== undefined && entry.expiresAt <= now) return;
    waiting.push(asRestored(entry, published));
    characters += length;
    if (waiting.length >= entriesAtOnce || characters >= charactersAtOnce) await flush();
  });
  await flush();
  if (sha256 !== backup.sha256) throw new BackupFileProblem('it was changed while it was read');
  return published;
}

/** What has to be different in a restored store. */
function asRestored(entry: BackupEntry, published: RepublishedAccount[]): BackupEntry {
  const { account, kind, fields } = entry;
  if (account === undefined || fields === undefined) return entry;
  // Pin sets could have changed while a large account was read: all of its domains get them again.
  if (kind === 'pinState') return { ...entry, fields: [...fields, ['pending', 'restored']] };
  if (kind !== 'config') return entry;
  return {
    ...entry,
    fields: fields.map(([field, value]) => {
      const state = field === 'state' && typeof value === 'string' ? stateIn(value) : null;
      if (state === null || !state.published) return [field, value];
      const next = withFloor(state);
      published.push({ account, version: state.published.version, floor: next.floor ?? 0 });
      return [field, JSON.stringify(next)];
    }),
  };
}

/** null: it can't be read. It is restored as it is, and reported by the service. */
function stateIn(text: string): ConfigState | null {
  try {
    const value = JSON.parse(text) as ConfigState | null;
    return typeof value?.published?.version === 'number' ? value : null;
  } catch {
    return null;
  }
}
