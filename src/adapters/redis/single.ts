import type { Redis } from 'ioredis';
import { readAddress } from './address.ts';
import { BatchingRedis } from './batching.ts';
import { tellCopies } from './copies.ts';
import { isReplica, unfitness } from './fitness.ts';
import { Heartbeats } from './heartbeats.ts';
import { connectTimeoutMs, type LinkState, lookEveryMs, retryMs } from './link-state.ts';

/** One server, or a primary behind one address. */
export function connectSingle(url: string, state: LinkState): { redis: Redis; close: () => void } {
  const { node, session } = readAddress(url);
  const redis = new BatchingRedis({
    ...node,
    ...session,
    lazyConnect: true,
    // null: a command waits for Redis as long as it takes, and an outage never fails a job.
    maxRetriesPerRequest: null,
    // Constant, not growing: measured back within 0.3 s after a 60 s outage; the default took 13 to 18 s.
    retryStrategy: () => retryMs,
    connectTimeout: connectTimeoutMs,
    // A failover turns the primary into a replica under an open connection: resolve its name again. The command
    // fails, and its job is retried. Resending commands (2) would run parts of a transaction outside of it.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  });
  redis.on('error', (error: Error & { code?: string }) =>
    state.away(error.message || error.code || 'unknown error'),
  );
  redis.on('close', state.closed);
  const heartbeats = new Heartbeats(
    () => state.away(heartbeats.silence ?? ''),
    () => {
      if (redis.status === 'ready') look();
    },
  );
  heartbeats.watch(redis);
  tellCopies<Redis>(redis, (copy) => heartbeats.watch(copy));

  let isLooking = false;
  function look(): void {
    isLooking = true;
    const looked = redis.info().finally(() => {
      isLooking = false;
    });
    looked.then(
      (info) => {
        const reason = unfitness(info, false);
        if (isReplica(info)) {
          state.away('it is a read-only replica, perhaps in the middle of a failover');
          redis.disconnect(true);
        } else if (reason !== null) state.unfit(reason);
        else if (heartbeats.silence !== null) state.away(heartbeats.silence);
        else state.back();
      },
      (error: Error) => state.away(error.message),
    );
  }
  redis.on('ready', look);
  const looks = setInterval(() => {
    if (redis.status === 'ready' && !isLooking) look();
  }, lookEveryMs);
  looks.unref();
  redis.connect().catch(() => {
    // 'error' has reported it, and ioredis keeps trying.
  });
  return {
    redis,
    close() {
      clearInterval(looks);
      heartbeats.stop();
      redis.disconnect();
    },
  };
}
