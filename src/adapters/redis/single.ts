import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { canonicalIp } from '../../core/ip.ts';
import { type RedisAddress, readAddress, type SentinelAddress, tlsOf } from './address.ts';
import { BatchingRedis } from './batching.ts';
import { tellCopies } from './copies.ts';
import { isReplica, unfitness } from './fitness.ts';
import { Heartbeats } from './heartbeats.ts';
import { linkReason } from './link-reason.ts';
import { connectTimeoutMs, type LinkState, lookEveryMs, retryMs } from './link-state.ts';
import { lostBytes, type Reach, reachOf } from './replication.ts';
import { agreedMaster, askSentinels, isOfSentinels, sentinelOptions } from './sentinels.ts';

/** One server, a primary behind one address, or the master that sentinels name. */
export function connectSingle(
  at: RedisAddress,
  state: LinkState,
  name: string | null,
): { redis: Redis; close: () => void } {
  const { sentinel = null } = at;
  const redis = new BatchingRedis({
    ...where(at),
    ...(name === null ? {} : { connectionName: name }),
    lazyConnect: true,
    // null: a command waits for Redis as long as it takes, and an outage never fails a job.
    maxRetriesPerRequest: null,
    // Constant, not growing: measured back within 0.3 s after a 60 s outage; the default took 13 to 18 s.
    retryStrategy: () => retryMs,
    connectTimeout: connectTimeoutMs,
    // CLIENT SETINFO would be one more command for a restricted user.
    disableClientInfo: true,
    // A failover turns the primary into a replica under an open connection: resolve its name or ask the sentinels
    // again. The command fails, and its job is retried. Resending commands (2) would run parts of a transaction outside
    // of it.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  });
  let asking = false;
  redis.on('error', async (error: Error) => {
    if (sentinel === null || !isOfSentinels(error)) return state.away(linkReason(error, tlsOf(at)));
    if (asking) return;
    asking = true;
    const reason = await askSentinels(sentinel);
    asking = false;
    if (reason !== null && redis.status !== 'ready') state.away(reason);
  });
  redis.on('close', state.closed);
  const heartbeats = new Heartbeats(
    () => state.away(heartbeats.silence ?? ''),
    () => {
      if (redis.status === 'ready') look();
    },
  );
  heartbeats.watch(redis);
  const copies = new Set<Redis>();
  tellCopies<Redis>(redis, (copy) => {
    heartbeats.watch(copy);
    copies.add(copy);
    copy.on('end', () => copies.delete(copy));
  });

  /**
   * A master that was replaced goes on taking writes, which are lost, until it hears of that: some seconds after
   * SENTINEL FAILOVER, and for as long as it is cut off from the sentinels.
   */
  async function leaveFormerMaster(sentinel: SentinelAddress): Promise<void> {
    const master = await agreedMaster(sentinel);
    if (master === null) return;
    const colon = master.lastIndexOf(':');
    // A name can't be compared with the address that it was resolved to.
    const address = canonicalIp(master.slice(0, colon));
    if (address === null) return;
    for (const one of [redis, ...copies]) {
      const { remoteAddress, remotePort } = (one.stream ?? {}) as Partial<Socket>;
      if (one.status !== 'ready' || remoteAddress === undefined) continue;
      const isAt = canonicalIp(remoteAddress) === address && String(remotePort) === master.slice(colon + 1);
      if (!isAt) one.disconnect(true);
    }
  }

  /** Of the master, when it was last checked. */
  let reach: Reach | null = null;
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
          // While ioredis asks sentinels, this would end the connection for good.
          if (redis.status === 'ready') redis.disconnect(true);
          return;
        }
        const lost = reach === null ? 0 : lostBytes(reach, info);
        reach = reachOf(info) ?? reach;
        if (lost > 0) state.lost(lost);
        if (reason !== null) state.unfit(reason);
        else if (heartbeats.silence !== null) state.away(heartbeats.silence);
        else state.back();
      },
      (error: Error) => state.away(error.message),
    );
  }
  redis.on('ready', look);
  const looks = setInterval(() => {
    if (redis.status === 'ready' && !isLooking) look();
    if (redis.status === 'ready' && sentinel !== null) void leaveFormerMaster(sentinel);
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

function where(at: RedisAddress) {
  const { sentinel = null } = at;
  if (sentinel !== null) return sentinelOptions(sentinel, tlsOf(at));
  const { node, session } = readAddress(at);
  return { ...node, ...session };
}
