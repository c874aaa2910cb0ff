import type { Cluster, Redis } from 'ioredis';
import { blankConfigRecord, type ConfigRecord } from '../../core/config-incident.ts';
import { waitsAs } from '../../core/outbox.ts';
import type { ConfigWatchStore } from '../../flow/publish/config-watch-store.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: account, record, notices, weekly notices, outbox
 * ARGV: expected record ('' for none), next, now, then for each transition the times that it sets in the outbox, separated
 *       by spaces, and its notice
 */
const commitScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
for i = 4, #ARGV, 2 do
  redis.call('RPUSH', ARGV[i] == 'weeklyWaitingSince' and KEYS[4] or KEYS[3], ARGV[i + 1])
  for time in string.gmatch(ARGV[i], '%a+') do redis.call('HSETNX', KEYS[5], time, ARGV[3]) end
end
return 1
`;

export function createConfigWatchStore(
  redis: Redis | Cluster,
  report: ReportUnreadable = () => {},
): ConfigWatchStore {
  const commit = defineScript(redis, 'pinwatchCommitConfig', commitScript);
  return {
    async load(account) {
      const { configWatch: key } = accountKeys(account);
      const token = await redis.get(key);
      if (token === null) return { record: blankConfigRecord, token: '' };
      const read = attempt(() => recordOf(parseObject(token)));
      if (read.ok) return { record: read.value, token };
      report({ key, field: null, account, domain: null, problem: read.problem });
      return { record: blankConfigRecord, token };
    },

    async commit(account, token, record, transitions, now) {
      const keys = accountKeys(account);
      const stored = await commit(
        [keys.account, keys.configWatch, keys.notices, keys.weeklyNotices, keys.outbox],
        [
          ...[token, JSON.stringify(record), now],
          ...transitions.flatMap((one) => [waitsAs(one).join(' '), JSON.stringify(one)]),
        ],
      );
      return stored === 1 ? 'stored' : 'conflict';
    },
  };
}

function recordOf(value: Record<string, unknown>): ConfigRecord {
  const isMap = (part: unknown) => typeof part === 'object' && part !== null && !Array.isArray(part);
  const record = { ...blankConfigRecord, ...value };
  if (!isMap(record.urls) || !isMap(record.incidents) || typeof record.lookedAt !== 'number') {
    throw new TypeError('expected URLs, incidents and a time, found another value');
  }
  return record;
}
