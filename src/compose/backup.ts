/** The part of the composition root that backs up the store and restores it, on the machine that runs pinwatch. */
import { join } from 'node:path';
import { createBackupFile, openBackupFile, sha256 } from '../adapters/files/backup-file.ts';
import { createBackupSource } from '../adapters/redis/backup-source.ts';
import { embeddedUrl, startEmbeddedRedis } from '../adapters/redis/embedded.ts';
import { backupKinds } from '../adapters/redis/key-kinds.ts';
import { createRestoreTarget } from '../adapters/redis/restore-target.ts';
import type { Config } from '../config/config.ts';
import { namesRedis } from '../config/redis.ts';
import type { Parsed } from '../core/parsed.ts';
import { type Backup, backUp } from '../flow/backup/back-up.ts';
import { readBackup, type WholeBackup } from '../flow/backup/read-backup.ts';
import { type Restored, type RestoreRequest, type RestoreTarget, restore } from '../flow/backup/restore.ts';
import { version } from '../version.ts';
import { seenBy } from './adoption.ts';
import { type CommandLink, linkForCommand } from './command-link.ts';

const clock = () => Date.now();

export interface WrittenBackup extends Backup {
  readonly bytes: number;
}

/** Rejects if Redis does not answer in time, must not be used, or the file can't be written. */
export async function composeBackup(config: Config, file: string, path: string): Promise<WrittenBackup> {
  return withStore(config, path, async ({ link }) => {
    const written = await createBackupFile(file);
    try {
      const { write } = written;
      const source = createBackupSource(link.redis);
      const backup = await backUp({ source, write, checksum: sha256(), clock, version });
      return { ...backup, bytes: await written.finish() };
    } finally {
      await written.discard();
    }
  });
}

/** Reads the file to its end, without any store. Rejects with BackupFileProblem. */
export async function composeInspection(file: string): Promise<WholeBackup> {
  const { lines, close } = await openBackupFile(file);
  return readBackup(lines(), backupKinds(), sha256()).finally(close);
}

/** As `restore`; also rejects if Redis does not answer in time, or went away meanwhile. */
export async function composeRestore(
  config: Config,
  file: string,
  path: string,
  request: RestoreRequest,
): Promise<Parsed<Restored> | null> {
  const { lines, close } = await openBackupFile(file);
  return withStore(config, path, (stored) => {
    const target = unlessLost(createRestoreTarget(stored.link.redis, seenBy(config)), stored);
    return restore({ target, lines, checksum: sha256, kinds: backupKinds(), clock }, request);
  }).finally(close);
}

/** A Redis that was away may have lost what was written, and commands that were on their way may have run twice. */
function unlessLost(target: RestoreTarget, { lost }: CommandLink): RestoreTarget {
  const check = () => {
    const reason = lost();
    if (reason !== null) throw new Error(`Redis was away meanwhile (${reason})`);
  };
  return {
    ...target,
    async write(entries) {
      await target.write(entries);
      check();
    },
    async finish(backup, schema) {
      check();
      await target.finish(backup, schema);
    },
  };
}

/** On the configuration's Redis, or the one that `run` has started; if none runs, it is started for this. */
async function withStore<T>(
  { redis, stateDir }: Config,
  path: string,
  work: (link: CommandLink) => Promise<T>,
): Promise<T> {
  const folder = join(stateDir, 'redis');
  const running = namesRedis(redis) ? redis.url : await embeddedUrl(folder);
  const isAway = running === null && redis.sentinel === null;
  const own = isAway ? await startEmbeddedRedis(folder, path, () => {}) : null;
  try {
    const stored = await linkForCommand({ ...redis, url: running ?? own?.url ?? null });
    try {
      return await work(stored);
    } finally {
      await stored.link.close();
    }
  } finally {
    await own?.close();
  }
}
