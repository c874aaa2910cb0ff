import type { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';

/**
 * A killed worker's jobs are taken over once their lock has expired and the next check for stalled jobs has run:
 * at most 15 s + 15 s. A job may be taken over a few times, because a killed process is not the job's fault.
 */
export const takeover = { lockDuration: 15_000, stalledInterval: 15_000, maxStalledCount: 5 };

/**
 * Locks, and the pause between two checks, expire by the clock of Redis. If that is set back, they last longer by as
 * much, and no worker takes over a dead worker's jobs. So whatever lasts longer than intended is cut to its intended
 * time.
 */
export async function boundLocks(connection: Redis | Cluster, queues: readonly Queue[]): Promise<void> {
  for (const queue of queues) {
    const active = await connection.lrange(queue.toKey('active'), 0, -1);
    const locks = active.map((id) => `${queue.toKey(id)}:lock`);
    await Promise.all([
      bound(connection, queue.toKey('stalled-check'), takeover.stalledInterval),
      ...locks.map((lock) => bound(connection, lock, takeover.lockDuration)),
    ]);
  }
}

async function bound(connection: Redis | Cluster, key: string, longestMs: number): Promise<void> {
  if ((await connection.pttl(key)) > longestMs) await connection.pexpire(key, longestMs);
}
