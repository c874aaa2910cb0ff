/** Reads what back-up.ts has written, and refuses what is not whole. */
import {
  type BackupCounts,
  type BackupEntry,
  type BackupHeader,
  type BackupKinds,
  readEntry,
  readHeader,
} from '../../core/backup-format.ts';
import type { Checksum } from './checksum.ts';
import { createCounter } from './counts.ts';

/** The file can't be read or written; the message says why. */
export class BackupFileProblem extends Error {}

/** The file is not a whole backup; the message names the line, and what was expected and found. */
export class DamagedBackup extends BackupFileProblem {
  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
  }
}

export interface WholeBackup {
  readonly header: BackupHeader;
  readonly counts: BackupCounts;
  readonly sha256: string;
}

/**
 * Reads to the end and returns what the file is, or throws DamagedBackup. `take` is given each entry, with the length of its
 * line, before it is known whether the file is whole. Lines come without their line ends; the last one is null if the file
 * does not end with one.
 */
export async function readBackup(
  lines: AsyncIterable<string>,
  kinds: BackupKinds,
  checksum: Checksum,
  take: (entry: BackupEntry, length: number) => Promise<void> = async () => {},
): Promise<WholeBackup> {
  let number = 0;
  let header: BackupHeader | null = null;
  let whole: WholeBackup | null = null;
  const counter = createCounter();
  const fail = (problem: string): never => {
    throw new DamagedBackup(Math.max(1, number), problem);
  };
  for await (const line of lines) {
    number += 1;
    if (whole !== null) fail('expected nothing after the end, found another line');
    if (header === null) {
      const read = readHeader(line);
      header = read.ok ? read.value : fail(read.problem);
      checksum.add(`${line}\n`);
      continue;
    }
    const read = readEntry(line, kinds);
    const value = read.ok ? read.value : fail(read.problem);
    if (!('end' in value)) {
      checksum.add(`${line}\n`);
      counter.add(value);
      await take(value, line.length);
      continue;
    }
    const counts = counter.counts();
    const sha256 = checksum.digest();
    for (const name of ['entries', 'accounts', 'domains', 'tokens'] as const) {
      if (value.end[name] === counts[name]) continue;
      fail(`end: expected ${value.end[name]} ${name} before it, found ${counts[name]}: the file was changed`);
    }
    if (value.end.sha256 !== sha256) {
      fail(`end: expected a file of SHA-256 ${value.end.sha256}, found ${sha256}: the file was changed`);
    }
    whole = { header, counts, sha256 };
  }
  if (header === null) return fail('expected a backup, found an empty file');
  return whole ?? fail('expected the end of a backup after it, found none: the file was cut off');
}
