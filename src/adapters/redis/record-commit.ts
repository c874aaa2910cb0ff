import type { Cluster, Redis } from 'ioredis';
import type { Notice } from '../../core/notice.ts';
import { waitsAs } from '../../core/outbox.ts';
import { accountKeys } from './keys.ts';
import { oweKeys, oweLocals, oweLua } from './owe-lua.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: account, record, notices, weekly notices, outbox
 * ARGV: expected record ('' for none), next, now, then for each notice the times that it sets in the outbox, separated
 *       by spaces, and the notice
 */
const commitScript = `
${oweLocals(3)}
${oweLua}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
for i = 4, #ARGV, 2 do
  owe(ARGV[i], ARGV[i + 1], '', ARGV[3])
end
return 1
`;

/** Stores a record of an account, and the notices that it owes, in one step, if the record is still `token`. */
export type CommitRecord = (
  account: string,
  key: string,
  token: string,
  next: object,
  notices: readonly Notice[],
  now: number,
) => Promise<'stored' | 'conflict'>;

/** `key` is one of the account's, and holds text. */
export function createRecordCommit(redis: Redis | Cluster): CommitRecord {
  const commit = defineScript(redis, 'pinwatchCommitRecord', commitScript);
  return async (account, key, token, next, notices, now) => {
    const stored = await commit(
      [accountKeys(account).account, key, ...oweKeys(account)],
      [
        ...[token, JSON.stringify(next), now],
        ...notices.flatMap((one) => [waitsAs(one).join(' '), JSON.stringify(one)]),
      ],
    );
    return stored === 1 ? 'stored' : 'conflict';
  };
}
