import type { Cluster, Redis } from 'ioredis';

/** An answer that took longer says nothing of the moment that it is of. */
const longestMs = 1_000;

/** By how many milliseconds this machine's clock is ahead of that of Redis; null where that could not be told. */
export async function measureSkew(redis: Redis | Cluster): Promise<number | null> {
  const askedAt = performance.now();
  const [seconds, microseconds] = await redis.time();
  const tookMs = performance.now() - askedAt;
  const theirs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  return tookMs > longestMs ? null : Math.round(Date.now() - tookMs / 2 - theirs);
}
