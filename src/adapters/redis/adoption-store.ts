import type { Cluster, Redis } from 'ioredis';
import { dayCounts, daysKept } from '../../core/adoption.ts';
import type { AdoptionStore } from '../../flow/publish/adoption-store.ts';
import { adoptionKey } from './keys.ts';

/** A day more than is shown, for clocks that differ. */
const keptSeconds = (daysKept + 1) * 86_400;

export function createAdoptionStore(redis: Redis | Cluster): AdoptionStore {
  return {
    async add(account, day, installs) {
      const key = adoptionKey(account, day);
      const batch = redis.pipeline();
      for (const [version, count] of installs) batch.hincrby(key, String(version), count);
      batch.expire(key, keptSeconds);
      await executed(batch);
    },

    async replace(account, day, installs) {
      const key = adoptionKey(account, day);
      const batch = redis.multi().del(key);
      if (installs.size > 0) batch.hset(key, Object.fromEntries(installs)).expire(key, keptSeconds);
      await executed(batch);
    },

    async days(account, days) {
      const found = await Promise.all(days.map((day) => redis.hgetall(adoptionKey(account, day))));
      return days.map((day, index) => {
        const counts = Object.entries(found[index] ?? {}).map(
          ([version, installs]) => [Number(version), Number(installs)] as const,
        );
        return dayCounts(day, counts);
      });
    },
  };
}

/** A pipeline resolves even if its commands fail. */
async function executed(batch: ReturnType<Redis['pipeline']>): Promise<void> {
  for (const [error] of (await batch.exec()) ?? []) if (error !== null) throw error;
}
