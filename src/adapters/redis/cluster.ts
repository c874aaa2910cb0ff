import { Cluster, Redis } from 'ioredis';
import { type RedisAddress, readAddress, tlsOf } from './address.ts';
import { tellCopies } from './copies.ts';
import { unfitness } from './fitness.ts';
import { Heartbeats } from './heartbeats.ts';
import { linkReason } from './link-reason.ts';
import { connectTimeoutMs, type LinkState, lookEveryMs, retryMs } from './link-state.ts';

/** How long one node may take to report the slots; the default of ioredis, 1 s, is short for a busy process. */
const slotsTimeoutMs = 3_000;

/**
 * A Redis Cluster, found through one of its nodes. Commands follow their keys through failovers and resharding, and
 * wait as long as those take.
 *
 * ioredis drops a node when its connection ends, and learns from the others which node has its slots now. It reports
 * only the loss of all nodes. So the masters are checked one by one: on connecting, when nodes come or go, every 3 s, and every
 * 500 ms while something is wrong.
 */
export function connectCluster(
  at: RedisAddress,
  state: LinkState,
  name: string | null,
): { redis: Cluster; close: () => void } {
  const { node, session } = readAddress(at);
  const redis = new Cluster([node], {
    lazyConnect: true,
    // No enableAutoPipelining: ioredis groups scripts by their number of keys, so scripts for several masters end up
    // in one pipeline, which is refused. It also resends a pipeline without the scripts that a restarted master has
    // forgotten.
    //
    // If the ready check fails because the cluster has just lost a master, the promise of connect() never settles,
    // and a BullMQ worker that reconnects waits forever. Without the check, commands find out for themselves, and
    // wait.
    enableReadyCheck: false,
    clusterRetryStrategy: () => retryMs,
    retryDelayOnFailover: retryMs,
    retryDelayOnClusterDown: retryMs,
    // While slots move, two nodes may point at each other: avoid a hot loop.
    retryDelayOnMoved: 50,
    // A command is retried as long as it takes; the default of 16 would fail it after 8 s of an outage.
    maxRedirections: Number.POSITIVE_INFINITY,
    slotsRefreshTimeout: slotsTimeoutMs,
    // Each connection resolves names: a certificate is for the name, and its address may change.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: {
      ...session,
      ...(name === null ? {} : { connectionName: name }),
      maxRetriesPerRequest: null,
      connectTimeout: connectTimeoutMs,
      disableClientInfo: true,
    },
  });
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let changed = false;
  let nodeError: string | null = null;

  const tell = (found: Found) => {
    if ('unfit' in found) state.unfit(found.unfit);
    else if ('away' in found) state.away(found.away);
    else state.back();
  };
  const lookSoon = () => {
    changed = true;
    if (!looking) timer ??= setTimeout(look, retryMs);
  };
  async function look(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (looking) return lookSoon();
    // If no node is left, 'ready' comes back here.
    if (redis.status !== 'ready') return;
    looking = true;
    changed = false;
    nodeError = null;
    const found = await examine(redis);
    looking = false;
    if (redis.status !== 'ready') return;
    const { silence } = heartbeats;
    if ('away' in found) tell({ away: silence ?? nodeError ?? found.away });
    else tell('fit' in found && silence !== null ? { away: silence } : found);
    if (changed || !('fit' in found) || silence !== null) lookSoon();
  }

  const heartbeats = new Heartbeats(() => {
    state.away(heartbeats.silence ?? '');
    lookSoon();
  }, lookSoon);
  redis.on('+node', (node: Redis) => heartbeats.watch(node));
  tellCopies<Cluster>(redis, (copy) => copy.on('+node', (node: Redis) => heartbeats.watch(node)));

  let asking = false;
  redis.on('error', async () => {
    // "Failed to refresh slots cache" hides the reason of the connection behind it.
    if (asking) return;
    asking = true;
    const found = await askAlone(at);
    asking = false;
    if (redis.status !== 'ready') tell(found);
  });
  redis.on('node error', (error: Error, name: string) => {
    nodeError = error.message.includes(name) ? error.message : `${name}: ${error.message}`;
  });
  redis.on('close', state.closed);
  redis.on('ready', look);
  redis.on('+node', lookSoon);
  redis.on('-node', lookSoon);
  const looks = setInterval(() => {
    if (!looking) lookSoon();
  }, lookEveryMs);
  looks.unref();
  redis.connect().catch(() => {
    // 'error' has reported it, and ioredis keeps trying.
  });
  return {
    redis,
    close() {
      clearInterval(looks);
      clearTimeout(timer);
      heartbeats.stop();
      redis.removeListener('+node', lookSoon).removeListener('-node', lookSoon);
      redis.disconnect();
    },
  };
}

type Found = { readonly fit: true } | { readonly unfit: string } | { readonly away: string };

/** Why the node in the URL leads to no other: it is away, is not a cluster, or knows no address of one. */
async function askAlone(at: RedisAddress): Promise<Found> {
  const { node, session } = readAddress(at);
  const timeouts = { connectTimeout: connectTimeoutMs, commandTimeout: connectTimeoutMs };
  const redis = new Redis({
    ...{ ...node, ...session, ...timeouts },
    lazyConnect: true,
    disableClientInfo: true,
    retryStrategy: () => null,
  });
  let reason: string | null = null;
  redis.on('error', (error: Error) => {
    reason ??= linkReason(error, tlsOf(at));
  });
  try {
    const unfit = unfitness(await redis.info(), true);
    return unfit === null ? { away: 'the node answers, but gives no address of any master' } : { unfit };
  } catch (error) {
    return { away: reason ?? (error as Error).message };
  } finally {
    redis.disconnect();
  }
}

/** Asks every master. One that is away is found again by its slots, because ioredis has forgotten it. */
async function examine(redis: Cluster): Promise<Found> {
  await new Promise<void>((resolve) => redis.refreshSlotsCache(() => resolve()));
  // Each separately: one that has just started accepts no commands for 2 s, and the others don't know.
  const asked = redis.nodes('master').map((master) => Promise.all([master.info(), master.cluster('INFO')]));
  const answers = await Promise.allSettled(asked);
  let away = answers.length === 0 ? 'no master is known' : null;
  for (const answer of answers) {
    if (answer.status === 'rejected') {
      away = answer.reason instanceof Error ? answer.reason.message : String(answer.reason);
      continue;
    }
    const [info, state] = answer.value;
    const unfit = unfitness(info, true);
    if (unfit !== null) return { unfit };
    if (!/^cluster_state:ok\r?$/m.test(String(state))) {
      away ??= 'the cluster is down: some slots are not served (cluster_state is not ok)';
    }
  }
  return away === null ? { fit: true } : { away };
}
