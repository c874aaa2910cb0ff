/** The part of the composition root for Redis, given or started by pinwatch, and for what is stored in it. */
import { join } from 'node:path';
import { createAdminStore } from '../adapters/redis/admin-store.ts';
import { createAdoptionStore } from '../adapters/redis/adoption-store.ts';
import { createConfigStore } from '../adapters/redis/config-store.ts';
import { createConfigWatchStore } from '../adapters/redis/config-watch-store.ts';
import { connectRedis } from '../adapters/redis/connect.ts';
import { createDigestStore } from '../adapters/redis/digest-store.ts';
import { startEmbeddedRedis } from '../adapters/redis/embedded.ts';
import { createIdentityStore } from '../adapters/redis/identity.ts';
import { queuePrefix } from '../adapters/redis/keys.ts';
import type { RedisEvent } from '../adapters/redis/link-state.ts';
import { createMender } from '../adapters/redis/mend.ts';
import { createOutbox } from '../adapters/redis/outbox.ts';
import { createOverviewReader } from '../adapters/redis/overview.ts';
import { createPinSetStore } from '../adapters/redis/pin-set-store.ts';
import { createProbeStore } from '../adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../adapters/redis/provisioning-store.ts';
import { defineRateLimit } from '../adapters/redis/rate-limit.ts';
import { createRegionStore } from '../adapters/redis/regions.ts';
import { createRemute } from '../adapters/redis/remute.ts';
import { createRotationStore } from '../adapters/redis/rotation-store.ts';
import { createSessionStore } from '../adapters/redis/session-store.ts';
import { createSightStore } from '../adapters/redis/sight-store.ts';
import { createTokens } from '../adapters/redis/tokens.ts';
import { namesRedis } from '../config/redis.ts';
import { boundProbeStore } from '../flow/bounded-probe-store.ts';
import type { ReportUnreadable } from '../flow/unreadable.ts';
import type { Closer, Log, ServiceOptions } from './options.ts';

const clock = () => Date.now();

/** A restore looks for it: a server has no connection that BullMQ would name. */
const processName = `${queuePrefix}:process`;

export type Store = Awaited<ReturnType<typeof composeStore>>;

export async function composeStore(options: ServiceOptions, closers: Closer[], report: ReportUnreadable) {
  const { config, log } = options;
  const { redis: settings } = config;
  const url = namesRedis(settings) ? settings.url : await embeddedRedis(options, closers);
  const listeners: (() => void)[] = [];
  const ready = () => {
    for (const listener of listeners) listener();
  };
  const on = { event: (event: RedisEvent) => logRedis(log, event), ready };
  const link = connectRedis({ ...settings, url }, on, processName);
  closers.push(link.close);
  const { redis } = link;
  defineRateLimit(redis);
  return {
    link,
    /** Runs each time Redis can be used again; it may have lost its data meanwhile. */
    onReady(listener: () => void): void {
      listeners.push(listener);
    },
    provisioning: createProvisioningStore(redis, report),
    adminStore: createAdminStore(redis, report),
    configStore: createConfigStore(redis, report),
    adoptionStore: createAdoptionStore(redis),
    configWatchStore: createConfigWatchStore(redis, report),
    pinSetStore: createPinSetStore(redis, report),
    rotationStore: createRotationStore(redis, report),
    probeStore: boundProbeStore({
      probeStore: createProbeStore(redis, report),
      remute: createRemute(redis),
      clock,
    }),
    outbox: createOutbox(redis, report),
    reader: createOverviewReader(redis, report),
    mender: createMender(redis),
    report,
    regionStore: createRegionStore(redis),
    sightStore: createSightStore(redis, report),
    digestStore: createDigestStore(redis, report),
    tokens: createTokens(redis, report),
    sessions: createSessionStore(redis),
    identity: createIdentityStore(redis),
  };
}

async function embeddedRedis(
  { config, log, path, signal = new AbortController().signal }: ServiceOptions,
  closers: Closer[],
): Promise<string> {
  const folder = join(config.stateDir, 'redis');
  const onCrash = (reason: string) =>
    log.error({ event: 'redis_restarted', reason }, `restarting the local redis-server: ${reason}`);
  const onWaiting = (pid: number) =>
    log.warn(
      { event: 'redis_in_use', folder, redisPid: pid },
      `waiting for the other pinwatch on ${folder} to end (its redis-server has process id ${pid})`,
    );
  const embedded = await startEmbeddedRedis(folder, path, onCrash, { signal, onWaiting });
  closers.push(embedded.close);
  log.info({ event: 'redis_started' }, `a local redis-server keeps its data in ${folder}`);
  return embedded.url;
}

function logRedis(log: Log, event: RedisEvent): void {
  switch (event.kind) {
    case 'away':
      log.error({ event: 'redis_away', reason: event.reason }, `waiting for Redis: ${event.reason}`);
      return;
    case 'back':
      log.info({ event: 'redis_ready', awayMs: event.awayMs }, 'Redis is available');
      return;
    case 'unfit':
      log.fatal({ event: 'redis_unfit', reason: event.reason }, event.reason);
      return;
    case 'lost':
      log.error(
        { event: 'redis_writes_lost', bytes: event.bytes },
        `the new master of Redis lacks ${event.bytes} bytes that the old one had: what was changed just before the failover may be undone`,
      );
      return;
    default:
      event satisfies never;
  }
}
