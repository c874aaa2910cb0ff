/** Redis as the fleet uses it: one server, or sentinels, or a cluster. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../test/support/redis.ts';
import { type RedisCluster, startRedisCluster } from '../test/support/redis-cluster.ts';
import { type Sentinels, startSentinels } from '../test/support/sentinels.ts';
import { type SwallowingLink, swallowingLink } from '../test/support/swallowing-link.ts';
import type { StoreKind } from './options.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';

export interface SingleStore {
  readonly kind: 'single';
  readonly server: RedisServer;
  /** Its data is on it; null if this machine can't have one, with the reason. */
  readonly disk: SmallDisk | { readonly unavailable: string };
  /** Each worker that can fail has its own way to Redis. */
  readonly links: ReadonlyMap<string, SwallowingLink>;
  /** A connection of the soak's own, closed by the caller. */
  client(): Redis;
  /** While it is stopped: nothing of its data is left. */
  empty(): Promise<void>;
}

export type Store =
  | SingleStore
  | { readonly kind: 'sentinel'; readonly sentinels: Sentinels }
  | { readonly kind: 'cluster'; readonly cluster: RedisCluster };

export interface StartedStore {
  readonly store: Store;
  /** The section `redis` of a process's configuration. */
  settings(process: string): object;
  close(): Promise<void>;
}

/** For an append-only file and its rewriting. */
const diskSize = '384m';

export async function startStore(
  kind: StoreKind,
  directory: string,
  linked: readonly string[],
): Promise<StartedStore> {
  if (kind === 'single') return startSingle(directory, linked);
  if (kind === 'sentinel') {
    const sentinels = await startSentinels();
    const settings = { sentinels: sentinels.addresses, name: sentinels.name };
    return { store: { kind, sentinels }, settings: () => settings, close: () => sentinels.close() };
  }
  const cluster = await startRedisCluster(undefined, true);
  const settings = { url: cluster.url, cluster: true };
  return { store: { kind, cluster }, settings: () => settings, close: () => cluster.close() };
}

async function startSingle(directory: string, linked: readonly string[]): Promise<StartedStore> {
  const dir = join(directory, 'redis');
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const disk = await smallDisk(dir, diskSize);
  const links = new Map<string, SwallowingLink>();
  const server = await startRedis({ appendonly: true, dir });
  for (const name of linked) links.set(name, await swallowingLink(server.url));
  return {
    store: {
      ...{ kind: 'single', server, disk, links },
      client() {
        const client = new Redis(server.url, { maxRetriesPerRequest: 3 });
        client.on('error', () => {});
        return client;
      },
      async empty() {
        for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true });
      },
    },
    settings: (process) => ({ url: links.get(process)?.url ?? server.url }),
    async close() {
      server.thaw();
      await server.stop('SIGKILL');
      await Promise.all([...links.values()].map((link) => link.close()));
      if ('remove' in disk) await disk.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
