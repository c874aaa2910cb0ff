/** What a server has for publishing and serving, on a real Redis and real files; nothing is probed. */
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ChannelKeys } from '../../../lab/channel-keys.ts';
import { createChannelFiles } from '../../../src/adapters/files/channel-files.ts';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import { createAdoptionStore } from '../../../src/adapters/redis/adoption-store.ts';
import { createConfigStore } from '../../../src/adapters/redis/config-store.ts';
import { createPinSetStore } from '../../../src/adapters/redis/pin-set-store.ts';
import { parsed } from '../../../src/core/parsed.ts';
import { createRepeats } from '../../../src/core/repeats.ts';
import type { Happening } from '../../../src/flow/journal.ts';
import type { PublishPorts } from '../../../src/flow/publish/ports.ts';
import { createServedChannels, type ServedChannels } from '../../../src/flow/publish/served-channels.ts';

const day = 86_400_000;

export interface Server {
  readonly ports: PublishPorts;
  readonly channels: ServedChannels;
  readonly directory: string;
  readonly told: Happening[];
}

export interface ServerOptions {
  readonly redis: Redis;
  readonly keys: ChannelKeys;
  readonly directory: string;
  readonly clock: () => number;
  readonly afterWrite?: readonly string[] | null;
}

export function startServer({ redis, keys, directory, clock, afterWrite = null }: ServerOptions): Server {
  const told: Happening[] = [];
  const configStore = createConfigStore(redis);
  const journal = (happening: Happening) => void told.push(happening);
  const files = createChannelFiles(directory, afterWrite);
  const channels = createServedChannels({ configStore, files, clock, journal });
  const ports: PublishPorts = {
    ...{ configStore, adminStore: createAdminStore(redis), pinSetStore: createPinSetStore(redis) },
    adoptionStore: createAdoptionStore(redis),
    ...{ clock, observeAll: async () => [], pause: async () => {}, probesAtOnce: 1, platforms: [] },
    signer: () => parsed(keys.signing.signer),
    subtle: webcrypto.subtle,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    newId: () => randomBytes(8).toString('hex'),
    ...{ validForMs: 14 * day, renewEveryMs: day, fieldForMs: 30 * day },
    probe: { confirmAfterMs: 0, timeoutMs: 5_000 },
    repeats: createRepeats(),
    resolveSets: async () => {},
    managedRoots: [],
    held: channels.held,
    changed: (of) => channels.take(of),
    journal,
  };
  return { ports, channels, directory, told };
}
