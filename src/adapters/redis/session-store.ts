import type { Cluster, Redis } from 'ioredis';
import type { SessionStore } from '../../flow/admin/session-store.ts';
import { sessionKey } from './keys.ts';

export function createSessionStore(redis: Redis | Cluster): SessionStore {
  return {
    async put(key, sealed, lifeMs) {
      await redis.set(sessionKey(key), sealed, 'PX', lifeMs);
    },
    get: (key) => redis.get(sessionKey(key)),
    async remove(key) {
      await redis.del(sessionKey(key));
    },
  };
}
