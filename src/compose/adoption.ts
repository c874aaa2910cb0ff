/**
 * The part of the composition root that accepts a store as the one to use from now on: on the machine that runs
 * pinwatch, where access to its Redis makes the user an admin.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { embeddedUrl } from '../adapters/redis/embedded.ts';
import { createIdentityStore } from '../adapters/redis/identity.ts';
import { createOverviewReader } from '../adapters/redis/overview.ts';
import { createProvisioningStore } from '../adapters/redis/provisioning-store.ts';
import type { AdoptedStore } from '../cli/store-commands.ts';
import type { Config } from '../config/config.ts';
import { adoptedIdentity, isClosed, judgeStore, type SeenStore } from '../core/store-identity.ts';
import { unusableReason } from '../core/store-schema.ts';
import { storeMemoryOf } from './access.ts';
import { linkForCommand } from './command-link.ts';

/** Rejects if Redis does not answer in time, or must not be used. */
export async function composeAdoption(config: Config): Promise<AdoptedStore> {
  const { redis, stateDir } = config;
  const url = redis.url ?? (await embeddedUrl(join(stateDir, 'redis')));
  if (url === null) {
    throw new Error(
      `no Redis is running on ${join(stateDir, 'redis')}: start pinwatch first, then repeat this command`,
    );
  }
  const { link } = await linkForCommand(url, redis.cluster);
  try {
    const store = createIdentityStore(link.redis);
    const reading = await store.read();
    const unusable = unusableReason(reading.schema);
    if (unusable !== null) throw new Error(unusable);
    const seen = seenBy(config);
    const isAwaited = reading.missed.length > 0 || isClosed(judgeStore(reading, seen));
    if (isAwaited) await store.adopt(adoptedIdentity(reading, seen, randomUUID()));
    const statuses = await createOverviewReader(link.redis).statuses();
    return {
      adopted: isAwaited,
      accounts: (await createProvisioningStore(link.redis).accounts()).length,
      domains: statuses.length,
      hasTokens: reading.hasTokens,
    };
  } finally {
    await link.close();
  }
}

/** What this machine's processes remember; null also if it can't be read: they have reported that to the store. */
export function seenBy(config: Config): SeenStore | null {
  try {
    return storeMemoryOf(config).load();
  } catch {
    return null;
  }
}
