/** Commands that use the store directly, on the machine that runs pinwatch, without the API. */
import { Failure } from './cli/remote/failure.ts';
import type { LocalTokens } from './cli/remote/local-token.ts';
import type { StoreBackups } from './cli/store-backup.ts';
import type { AdoptedStore } from './cli/store-commands.ts';
import { UsageError } from './cli/usage.ts';
import { loadPinTexts } from './compose/pin-texts.ts';
import { countAnchors } from './compose/probe.ts';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { formatProblems } from './config/problem.ts';
import { type Parsed, parsed, refused } from './core/parsed.ts';
import { quote } from './core/quote.ts';
import { BackupFileProblem } from './flow/backup/read-backup.ts';

/** Tokens in the configuration's Redis, for the first admin on the machine. */
export async function localTokens(file: string | undefined): Promise<Parsed<LocalTokens>> {
  const loaded = await loadConfig({ path: file, readAnchors: countAnchors, pinTexts: loadPinTexts });
  if (!loaded.ok) return refused(formatProblems(loaded.file, loaded.problems));
  const { redis, http } = loaded.config;
  if (redis.url === null) {
    const otherWays = 'use its API on loopback without --local, or set PINWATCH_ADMIN_TOKEN and restart it';
    return refused(
      `${loaded.file}: redis.url: expected a URL, found none; for the Redis that "run" starts, ${otherWays}`,
    );
  }
  const { composeLocalTokens } = await import('./compose/local-tokens.ts');
  try {
    return parsed(await composeLocalTokens(redis.url, redis.cluster, http.adminToken !== null));
  } catch (error) {
    throw new Failure(`${loaded.file}: its Redis cannot be used: ${(error as Error).message}`);
  }
}

/** `pinwatch store adopt`: the configuration's Redis, or the one that `run` has started. */
export function adoptStore(file: string | undefined): Promise<AdoptedStore> {
  return onStore(file, async (config) => {
    const { composeAdoption } = await import('./compose/adoption.ts');
    return composeAdoption(config);
  });
}

/** `pinwatch store backup` and `restore`, on the same Redis. `path`: where redis-server is looked for. */
export function storeBackups(path: string): Omit<StoreBackups, 'confirm'> {
  return {
    backUp(file, to) {
      return onStore(file, async (config) => {
        const { composeBackup } = await import('./compose/backup.ts');
        return composeBackup(config, to, path);
      });
    },
    restore(file, from, request) {
      return onStore(file, async (config) => {
        const { composeRestore } = await import('./compose/backup.ts');
        return ofFile(from, composeRestore(config, from, path, request));
      });
    },
    async inspect(from) {
      const { composeInspection } = await import('./compose/backup.ts');
      return ofFile(from, composeInspection(from));
    },
  };
}

/** What is wrong with a file that was given is bad input. */
function ofFile<T>(file: string, reading: Promise<T>): Promise<T> {
  return reading.catch((error) => {
    if (!(error instanceof BackupFileProblem)) throw error;
    throw new UsageError(`${quote(file)}: ${error.message}`);
  });
}

async function onStore<T>(file: string | undefined, work: (config: Config) => Promise<T>): Promise<T> {
  const loaded = await loadConfig({ path: file, readAnchors: countAnchors, pinTexts: loadPinTexts });
  if (!loaded.ok) throw new UsageError(formatProblems(loaded.file, loaded.problems));
  try {
    return await work(loaded.config);
  } catch (error) {
    if (error instanceof Failure || error instanceof UsageError) throw error;
    if (error instanceof BackupFileProblem) throw new Failure(error.message);
    throw new Failure(`${loaded.file}: its store cannot be used: ${(error as Error).message}`);
  }
}
