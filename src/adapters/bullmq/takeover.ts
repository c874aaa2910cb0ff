import type { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';

/**
 * A killed worker's jobs are taken over once their lock has run out and the next check for stalled jobs has come:
 * at most 15 s + 15 s. A job may be taken over a few times, for a killed process is no fault of the job's.
 */
export const takeover = { lockDuration: 15_000, stalledInterval: 15_000, maxStalledCount: 5 };

/**
 * Locks, and the pause between two checks, run out by the clock of Redis. After that was set back they would last for as
 * long as it was ahead, and nobody would take a dead worker's jobs over: what lasts longer than it was made for is made
 * to last for that.
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
