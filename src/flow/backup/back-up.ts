/** Writes all that the store has and nothing can rebuild, as lines; see docs/backup.md. */
import {
  type BackupCounts,
  type BackupEntry,
  type BackupHeader,
  type BackupTrailer,
  backupFormat,
  backupVersion,
} from '../../core/backup-format.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { StoreIdentity } from '../../core/store-identity.ts';
import { firstSchema, unusableReason } from '../../core/store-schema.ts';
import type { Checksum } from './checksum.ts';
import { createCounter } from './counts.ts';

/** The store as a backup reads it. Every method rejects if it can't be used. */
export interface BackupSource {
  store(): Promise<{ readonly identity: StoreIdentity | null; readonly schema: number }>;
  /** Everything that a backup has. Keys of the wrong type are left out, and named in `skipped`. */
  entries(now: number, skipped: string[]): AsyncIterable<BackupEntry>;
}

export interface BackupPorts {
  readonly source: BackupSource;
  readonly write: (line: string) => Promise<void>;
  readonly checksum: Checksum;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Of this program. */
  readonly version: string;
}

export interface Backup extends BackupCounts {
  readonly time: string;
  readonly sha256: string;
  /** What was left out because it can't be read, each with the reason. */
  readonly skipped: readonly string[];
}

/** Rejects if the store must not be used, or as the ports do. */
export async function backUp({ source, write, checksum, clock, version }: BackupPorts): Promise<Backup> {
  const { identity, schema } = await source.store();
  const unusable = unusableReason(schema);
  if (unusable !== null) throw new Error(unusable);
  const now = clock();
  const header: BackupHeader = {
    format: backupFormat,
    version: backupVersion,
    pinwatch: version,
    schema: Math.max(schema, firstSchema),
    time: rfc3339(now),
    store: identity,
  };
  const put = async (value: BackupHeader | BackupEntry) => {
    const line = `${JSON.stringify(value)}\n`;
    checksum.add(line);
    await write(line);
  };
  await put(header);
  const counter = createCounter();
  const skipped: string[] = [];
  for await (const entry of source.entries(now, skipped)) {
    counter.add(entry);
    await put(entry);
  }
  const counts = counter.counts();
  const sha256 = checksum.digest();
  const trailer: BackupTrailer = { end: { ...counts, sha256 } };
  await write(`${JSON.stringify(trailer)}\n`);
  return { time: header.time, ...counts, sha256, skipped };
}
