import type { Cluster, Redis } from 'ioredis';

/** If an answer took longer, it is unknown which moment it refers to. */
const longestMs = 1_000;

/** How many milliseconds this machine's clock is ahead of that of Redis; null if unknown. */
export async function measureSkew(redis: Redis | Cluster): Promise<number | null> {
  const askedAt = performance.now();
  const [seconds, microseconds] = await redis.time();
  const tookMs = performance.now() - askedAt;
  const theirs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  return tookMs > longestMs ? null : Math.round(Date.now() - tookMs / 2 - theirs);
}
