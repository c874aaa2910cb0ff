/** What a Redis says about itself: from INFO, because many hosted ones forbid CONFIG. */

/** BullMQ 6 requires it (`RedisConnection.recommendedMinimumVersion`). */
const oldestVersion = '6.2.0';

const noCluster =
  'redis.cluster is set, but this Redis is not a Redis Cluster: leave redis.cluster out, or name a node of the cluster';

/** Why this Redis must not be used, as one server or as a node of a cluster; null if it may. */
export function unfitness(info: string, asCluster: boolean): string | null {
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  const version = field('redis_version') ?? '0';
  if (isOlder(version, oldestVersion)) {
    return `Redis ${version} is too old: BullMQ needs ${oldestVersion} or later`;
  }
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    return `this Redis evicts data (maxmemory-policy is ${policy}), so domains, incidents and owed mail could vanish silently; set maxmemory-policy to noeviction`;
  }
  const isCluster = field('cluster_enabled') === '1';
  if (isCluster && !asCluster) {
    return 'this Redis is a node of a Redis Cluster, which holds only a part of the keys: set redis.cluster to true';
  }
  return asCluster && !isCluster ? noCluster : null;
}

export function isReplica(info: string): boolean {
  return /^role:slave\r?$/m.test(info);
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
