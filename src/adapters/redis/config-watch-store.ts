import type { Cluster, Redis } from 'ioredis';
import { blankConfigRecord, type ConfigRecord } from '../../core/config-incident.ts';
import type { ConfigWatchStore } from '../../flow/publish/config-watch-store.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { createRecordCommit } from './record-commit.ts';

export function createConfigWatchStore(
  redis: Redis | Cluster,
  report: ReportUnreadable = () => {},
): ConfigWatchStore {
  const commit = createRecordCommit(redis);
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

    commit: (account, token, record, transitions, now) =>
      commit(account, accountKeys(account).configWatch, token, record, transitions, now),
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
