import type { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from './address.ts';
import { connectCluster } from './cluster.ts';
import { type LinkEvents, LinkState } from './link-state.ts';
import { connectSingle } from './single.ts';

export interface RedisLink {
  readonly redis: Redis | Cluster;
  /** null while it can be used; else the reason, in one sentence. */
  readonly trouble: () => string | null;
  /** As `LinkState.fitSince`. */
  readonly fitSince: () => number;
  /** As `LinkState.whenFit`. */
  readonly whenFit: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Never rejects or gives up: problems of the connection are in `trouble`, and reported. `name`: what `CLIENT LIST` shows of
 * it; null: nothing.
 */
export function connectRedis(address: RedisAddress, on: LinkEvents, name: string | null = null): RedisLink {
  const state = new LinkState(on);
  const connect = address.cluster ? connectCluster : connectSingle;
  const { redis, close } = connect(address, state, name);
  return {
    redis,
    trouble: () => state.trouble,
    fitSince: () => state.fitSince,
    whenFit: (signal) => state.whenFit(signal),
    async close() {
      state.close();
      close();
    },
  };
}
