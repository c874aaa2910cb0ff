import { EventEmitter, once } from 'node:events';
import { Redis } from 'ioredis';

/** A Redis that answers and must not be used; the message says why and what to do. */
export class UnfitRedis extends Error {}

export interface RedisLink {
  readonly redis: Redis;
  /** null while it can be used; else why not, in one sentence. */
  readonly trouble: () => string | null;
  /** Resolves when Redis answers and is fit; rejects with `UnfitRedis`, or when the signal aborts. Waits as long as it takes. */
  readonly whenFit: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

export type RedisEvent =
  | { kind: 'away'; reason: string }
  | { kind: 'back'; awayMs: number }
  | { kind: 'unfit'; reason: string };

/** BullMQ 6 asks for it (`RedisConnection.recommendedMinimumVersion`). */
const oldestVersion = '6.2.0';
const retryMs = 500;

/** `onReady` runs after each connect to a fit Redis: what must exist there is put back, for it may have lost its data. */
export function connectRedis(
  url: string,
  on: { event: (event: RedisEvent) => void; ready: () => void },
): RedisLink {
  const redis = new Redis({
    ...target(url),
    lazyConnect: true,
    // null: a command waits for Redis as long as it takes, and a job is never failed by an outage.
    maxRetriesPerRequest: null,
    // Constant, not growing: measured back within 0.3 s of a 60 s outage, where the default took 13 to 18 s.
    retryStrategy: () => retryMs,
    // One write for all commands of a tick: probes run side by side.
    enableAutoPipelining: true,
    // A failover turns the primary into a replica under an open connection: look its name up again. The command fails, and
    // its job is tried again; asked once more (2), the parts of a transaction would be run outside of it.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  });
  let trouble: string | null = 'not connected yet';
  let unfit: string | null = null;
  const changes = new EventEmitter();
  let awaySince = Date.now();
  let told = '';
  let closing = false;

  const away = (reason: string) => {
    if (trouble === null) awaySince = Date.now();
    trouble = reason;
    // The same reason every 500 ms would drown the log.
    if (told !== reason) on.event({ kind: 'away', reason });
    told = reason;
  };
  redis.on('error', (error: Error & { code?: string }) =>
    away(error.message || error.code || 'unknown error'),
  );
  redis.on('close', () => {
    if (trouble === null && !closing) away('the connection was closed');
  });
  redis.on('ready', () => {
    look(redis).then(
      ({ unfit: reason, replica }) => {
        if (replica) {
          away('it is a read-only replica, perhaps in the middle of a failover');
          redis.disconnect(true);
          return;
        }
        if (reason !== null) {
          trouble = reason;
          unfit = reason;
          on.event({ kind: 'unfit', reason });
          changes.emit('change');
          return;
        }
        trouble = null;
        unfit = null;
        told = '';
        on.event({ kind: 'back', awayMs: Date.now() - awaySince });
        changes.emit('change');
        on.ready();
      },
      (error: Error) => away(error.message),
    );
  });
  redis.connect().catch(() => {
    // 'error' has told it, and ioredis goes on trying.
  });
  return {
    redis,
    trouble: () => trouble,
    async whenFit(signal) {
      signal.throwIfAborted();
      while (trouble !== null) {
        if (unfit !== null) throw new UnfitRedis(unfit);
        await once(changes, 'change', { signal });
      }
    },
    async close() {
      closing = true;
      redis.disconnect();
    },
  };
}

function target(url: string) {
  const parsed = new URL(url);
  if (parsed.protocol === 'unix:') return { path: decodeURIComponent(parsed.pathname) };
  const db = parsed.pathname.slice(1);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(parsed.port || 6379),
    ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
    ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
    ...(db ? { db: Number(db) } : {}),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** From INFO, since CONFIG is forbidden in many hosted ones. */
async function look(redis: Redis): Promise<{ unfit: string | null; replica: boolean }> {
  const info = await redis.info();
  return { unfit: unfitness(info), replica: /^role:slave\r?$/m.test(info) };
}

/** Why this Redis must not be used; null if it may. */
function unfitness(info: string): string | null {
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  const version = field('redis_version') ?? '0';
  if (isOlder(version, oldestVersion)) {
    return `Redis ${version} is too old: BullMQ needs ${oldestVersion} or later`;
  }
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    return `the Redis at hand evicts data (maxmemory-policy is ${policy}), so domains, incidents and owed mail could vanish silently; set maxmemory-policy to noeviction`;
  }
  return null;
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
