/** Which of the two servers behind sentinels is the master, and whether the other one follows it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sentinels, WatchedServer } from '../test/support/sentinels.ts';

const againMs = 200;

export async function currentMaster({ master, replica }: Sentinels): Promise<WatchedServer> {
  return (await replication(master)).includes('role:master') ? master : replica;
}

/** Resolves when it is a replica that has all the data. Only a question can tell. */
export async function follows(server: WatchedServer, signal: AbortSignal): Promise<void> {
  while (!/^master_link_status:up\r?$/m.test(await replication(server))) {
    await delay(againMs, undefined, { signal });
  }
}

async function replication(server: WatchedServer): Promise<string> {
  const client = server.client();
  try {
    return await client.info('replication');
  } finally {
    client.disconnect();
  }
}
