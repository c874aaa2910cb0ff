/** Writes a backup into the store; see flow/backup/restore.ts. */
import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { BackupEntry } from '../../core/backup-format.ts';
import { adoptedIdentity, type SeenStore, type StoreIdentity } from '../../core/store-identity.ts';
import { restoringSchema } from '../../core/store-schema.ts';
import type { RestoreTarget, StoreContent } from '../../flow/backup/restore.ts';
import { keyOf } from './backup-keys.ts';
import { bytesOf } from './backup-value.ts';
import { createIdentityStore } from './identity.ts';
import { NewerSchema } from './json-object.ts';
import { accountsKey, missedKey, queuePrefix, storeKey, tokensKey } from './keys.ts';
import { createOverviewReader } from './overview.ts';
import { runTransaction } from './transaction.ts';

/** Keys of pinwatch, those of BullMQ among them. */
const patterns = ['pinwatch:*', '{pinwatch:*', `${queuePrefix}:*`];

/** What the API counts of requests, and which workers there are: no store is in use by that. */
const uncounted = /^pinwatch:(requests:|workers$)/;

/** Fields or items of one command. */
const valuesAtOnce = 500;

/** `seen`: what this machine's processes remember of the store. */
export function createRestoreTarget(redis: Redis | Cluster, seen: SeenStore | null): RestoreTarget {
  const identityStore = createIdentityStore(redis);
  /** So that another restore finds this one, as it finds running processes. */
  const ownName = `${queuePrefix}:restore:${randomUUID()}`;

  async function content(): Promise<StoreContent> {
    const reader = createOverviewReader(redis);
    const [accounts, domains, tokens, statuses, owedNotices] = await Promise.all([
      redis.scard(accountsKey),
      reader.count(),
      redis.hlen(tokensKey),
      reader.statuses().catch(nullIfNewer),
      reader.noticesPending().catch(nullIfNewer),
    ]);
    const openIncidents = statuses?.reduce((sum, { status }) => sum + status.open.length, 0) ?? null;
    return { accounts, domains, tokens, openIncidents, owedNotices };
  }

  return {
    content,

    async connected() {
      const lists = await Promise.all(nodesOf(redis).map((node) => namesOn(node, ownName)));
      return lists.reduce<number | null>((sum, names) => {
        if (sum === null || names === null) return null;
        // Each process names its connection, and BullMQ those that wait for jobs and events.
        return sum + names.filter((name) => name.startsWith(`${queuePrefix}:`) && name !== ownName).length;
      }, 0);
    },

    async state() {
      const { schema, identity } = await identityStore.read();
      if (schema === restoringSchema) return 'restoring';
      if (identity !== null) return 'used';
      for await (const keys of keysOf(redis, patterns.slice(0, 2))) {
        const used = keys.filter((key) => key !== missedKey && !uncounted.test(key));
        if (used.length > 0) return 'used';
      }
      return 'empty';
    },

    async begin() {
      // Something else has been written there: it would refuse the mark for ever.
      if (!['hash', 'none'].includes(await redis.type(storeKey))) await redis.del(storeKey);
      await redis.hset(storeKey, 'schema', restoringSchema);
      for await (const keys of keysOf(redis, patterns)) {
        const gone = keys.filter((key) => key !== storeKey && key !== missedKey);
        await Promise.all(gone.map((key) => redis.del(key)));
      }
    },

    async write(entries) {
      // In order: parts of one list follow each other, on one connection.
      await Promise.all(entries.flatMap((entry) => commandsOf(redis, entry)));
    },

    async finish(backup, schema) {
      const { identity, missed } = await identityStore.read();
      const replaced = identity === null ? [] : [identity];
      const reading = { identity: backup, missed: [...missed, ...replaced, ...followed(identity)] };
      const { id, generation, follows } = adoptedIdentity(reading, seen, randomUUID());
      const hasTokens = (await redis.hlen(tokensKey)) > 0;
      const fields = { id, generation, follows: follows.join(' '), schema };
      const step = redis.multi().del(storeKey, missedKey).hset(storeKey, fields);
      await runTransaction(hasTokens ? step.hset(storeKey, 'hadTokens', 1) : step);
    },
  };
}

function nullIfNewer(error: unknown): null {
  if (error instanceof NewerSchema) return null;
  throw error;
}

/** Those that a replaced store followed: processes may remember one of them. */
function followed(identity: StoreIdentity | null): SeenStore[] {
  return (identity?.follows ?? []).map((id) => ({ id, generation: 0 }));
}

function commandsOf(redis: Redis | Cluster, entry: BackupEntry): Promise<unknown>[] {
  const key = keyOf(entry);
  const { text, fields, items, members, expiresAt } = entry;
  const commands: Promise<unknown>[] = [];
  if (text !== undefined) commands.push(redis.set(key, bytesOf(text)));
  for (const some of parts(fields ?? [])) {
    commands.push(redis.hset(key, ...some.flatMap((pair) => pair.map(bytesOf))));
  }
  for (const some of parts(items ?? [])) commands.push(redis.rpush(key, ...some.map(bytesOf)));
  for (const some of parts(members ?? [])) commands.push(redis.sadd(key, ...some.map(bytesOf)));
  if (expiresAt !== undefined) commands.push(redis.pexpire(key, Math.max(1, expiresAt - Date.now())));
  return commands;
}

function* parts<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < values.length; at += valuesAtOnce) yield values.slice(at, at + valuesAtOnce);
}

/** The names of all connections, this one's among them; null: the server does not say. */
async function namesOn(node: Redis, ownName: string): Promise<string[] | null> {
  try {
    await node.client('SETNAME', ownName);
    const list = String(await node.client('LIST'));
    return [...list.matchAll(/ name=(\S*)/g)].map(([, name = '']) => name);
  } catch {
    return null;
  }
}

function nodesOf(redis: Redis | Cluster): Redis[] {
  return 'nodes' in redis ? redis.nodes('master') : [redis];
}

async function* keysOf(redis: Redis | Cluster, some: readonly string[]): AsyncGenerator<string[]> {
  for (const node of nodesOf(redis)) {
    for (const pattern of some) {
      let cursor = '0';
      do {
        const [next, keys] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
        if (keys.length > 0) yield keys;
        cursor = next;
      } while (cursor !== '0');
    }
  }
}
