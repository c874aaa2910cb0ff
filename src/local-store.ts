/** Commands that use the store directly, on the machine that runs pinwatch, without the API. */
import { Failure } from './cli/remote/failure.ts';
import type { LocalTokens } from './cli/remote/local-token.ts';
import type { AdoptedStore } from './cli/store-commands.ts';
import { UsageError } from './cli/usage.ts';
import { loadPinTexts } from './compose/pin-texts.ts';
import { countAnchors } from './compose/probe.ts';
import { loadConfig } from './config/load.ts';
import { formatProblems } from './config/problem.ts';
import { namesRedis } from './config/redis.ts';
import { type Parsed, parsed, refused } from './core/parsed.ts';

/** Tokens in the configuration's Redis, for the first admin on the machine. */
export async function localTokens(file: string | undefined): Promise<Parsed<LocalTokens>> {
  const loaded = await loadConfig({ path: file, readAnchors: countAnchors, pinTexts: loadPinTexts });
  if (!loaded.ok) return refused(formatProblems(loaded.file, loaded.problems));
  const { redis, http } = loaded.config;
  if (!namesRedis(redis)) {
    const otherWays = 'use its API on loopback without --local, or set PINWATCH_ADMIN_TOKEN and restart it';
    return refused(
      `${loaded.file}: redis.url: expected a URL, found none, and no redis.sentinels; for the Redis that "run" starts, ${otherWays}`,
    );
  }
  const { composeLocalTokens } = await import('./compose/local-tokens.ts');
  try {
    return parsed(await composeLocalTokens(redis, http.adminToken !== null));
  } catch (error) {
    throw new Failure(`${loaded.file}: its Redis cannot be used: ${(error as Error).message}`);
  }
}

/** `pinwatch store adopt`: the configuration's Redis, or the one that `run` has started. */
export async function adoptStore(file: string | undefined): Promise<AdoptedStore> {
  const loaded = await loadConfig({ path: file, readAnchors: countAnchors, pinTexts: loadPinTexts });
  if (!loaded.ok) throw new UsageError(formatProblems(loaded.file, loaded.problems));
  const { composeAdoption } = await import('./compose/adoption.ts');
  try {
    return await composeAdoption(loaded.config);
  } catch (error) {
    throw new Failure(`${loaded.file}: its store cannot be used: ${(error as Error).message}`);
  }
}
