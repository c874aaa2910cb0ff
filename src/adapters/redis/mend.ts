import type { Cluster, Redis } from 'ioredis';
import type { StoreMender } from '../../flow/mend-store.ts';
import type { UnreadableValue } from '../../flow/unreadable-value.ts';
import { type AccountKind, accountKinds, sharedKinds } from './key-kinds.ts';
import { accountKeys, accountsKey, auditKey, sweepKey, tokenUseKey } from './keys.ts';

/** Not the tokens: see `StoreMender`. */
const sharedTypes = [
  [accountsKey, sharedKinds.accounts.type],
  [auditKey, sharedKinds.audit.type],
  [tokenUseKey, sharedKinds.tokenUse.type],
  [sweepKey, sharedKinds.sweep.type],
] as const;

const keyNames = Object.keys(accountKinds) as readonly AccountKind[];

/** Where a value of the wrong type is kept, until a person has looked at it and deletes it. */
const aside = (key: string) =>
  // Without its own tag, a key and its copy could be on two masters of a cluster.
  key.includes('{') ? `${key}:unreadable` : `{${key}}:unreadable`;

/** The set-aside keys that belong to no account. On a cluster each is on its own master. */
export const setAsideSharedKeys = sharedTypes.map(([key]) => aside(key));

/** The set-aside keys of an account. They share its hash tag, so that one command can read them. */
export function setAsideKeys(account: string): string[] {
  return Object.values(accountKeys(account)).map(aside);
}

/** Sets aside keys of the wrong type, which this program can neither read nor write. */
export function createMender(redis: Redis | Cluster): StoreMender {
  async function setAside(key: string, expected: string): Promise<string | null> {
    const found = await redis.type(key);
    if (found === expected || found === 'none') return null;
    // Not deleted, because it may belong to somebody. The same tag, so the same master of a cluster.
    const isGone = await redis.rename(key, aside(key)).then(
      () => false,
      (error: Error) => {
        // Another process was faster.
        if (error.message.includes('no such key')) return true;
        throw error;
      },
    );
    if (isGone) return null;
    return `expected a ${expected}, found a ${found}: set aside as ${aside(key)}`;
  }

  return {
    async mendShared() {
      const found: UnreadableValue[] = [];
      for (const [key, expected] of sharedTypes) {
        const problem = await setAside(key, expected);
        if (problem === null) continue;
        found.push({ key, field: null, account: null, domain: null, problem });
        if (key !== accountsKey) continue;
        for (const name of await accountsByKey(redis)) await redis.sadd(accountsKey, name);
      }
      return found;
    },

    accounts: () => redis.smembers(accountsKey),

    async mend(account) {
      const keys = accountKeys(account);
      const problems = await Promise.all(
        keyNames.map((name) => setAside(keys[name], accountKinds[name].type)),
      );
      const found = keyNames.flatMap((name, index) => {
        const problem = problems[index];
        return typeof problem === 'string'
          ? [{ key: keys[name], field: null, account, domain: null, problem }]
          : [];
      });
      if (found.length > 0) {
        // The totals and the index describe data that is gone, and domains may name pin sets that are.
        await redis.del(keys.usage, keys.names);
        if ((await redis.exists(keys.pinSets)) === 1) await redis.hset(keys.pinState, 'pending', 'mended');
      }
      return found;
    },
  };
}

/** Every account that has settings, from the names of keys: the set that lists them is lost. */
async function accountsByKey(redis: Redis | Cluster): Promise<string[]> {
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis];
  const names = new Set<string>();
  for (const node of nodes) {
    let cursor = '0';
    do {
      const [next, keys] = await node.scan(cursor, 'MATCH', 'pinwatch:{*}:account', 'COUNT', 1_000);
      for (const key of keys) {
        const name = /^pinwatch:\{(.*)\}:account$/.exec(key)?.[1];
        if (name !== undefined) names.add(name);
      }
      cursor = next;
    } while (cursor !== '0');
  }
  return [...names];
}
