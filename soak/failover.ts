/** Which servers of a set with replicas are masters, and whether one that was follows the new one. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ClusterNode, RedisCluster } from '../test/support/redis-cluster.ts';
import type { Sentinels, WatchedServer } from '../test/support/sentinels.ts';

const againMs = 200;

export async function currentMaster({ master, replica }: Sentinels): Promise<WatchedServer> {
  return (await replication(master)).includes('role:master') ? master : replica;
}

/** Resolves when it is a replica that has all the data. Only a question can tell. */
export async function follows(server: Asked, signal: AbortSignal): Promise<void> {
  while (!/^master_link_status:up\r?$/m.test(await replication(server))) {
    await delay(againMs, undefined, { signal });
  }
}

/** The nodes that are masters at the moment. */
export async function masters({ nodes }: RedisCluster): Promise<ClusterNode[]> {
  const roles = await Promise.all(nodes.map((node) => replication(node)));
  return nodes.filter((_, index) => roles[index]?.includes('role:master'));
}

/** Resolves when every one of these says so of the cluster. Only a question can tell. */
export async function clusterIs(
  state: 'ok' | 'fail',
  nodes: readonly ClusterNode[],
  signal: AbortSignal,
): Promise<void> {
  for (const node of nodes) {
    while (!(await clusterInfo(node)).includes(`cluster_state:${state}`))
      await delay(againMs, undefined, { signal });
  }
}

async function clusterInfo(node: ClusterNode): Promise<string> {
  const client = node.client();
  try {
    return String(await client.cluster('INFO'));
  } finally {
    client.disconnect();
  }
}

interface Asked {
  client(): Redis;
}

async function replication(server: Asked): Promise<string> {
  const client = server.client();
  try {
    return await client.info('replication');
  } finally {
    client.disconnect();
  }
}
