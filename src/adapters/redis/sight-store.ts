import type { Cluster, Redis } from 'ioredis';
import { type BlindRecord, sighted } from '../../core/blind-incident.ts';
import type { SightStore } from '../../flow/sight-store.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { createRecordCommit } from './record-commit.ts';

export function createSightStore(redis: Redis | Cluster, report: ReportUnreadable = () => {}): SightStore {
  const commit = createRecordCommit(redis);
  return {
    async load(account) {
      const { sight: key } = accountKeys(account);
      const token = await redis.get(key);
      if (token === null) return { record: sighted, token: '' };
      const read = attempt(() => recordOf(parseObject(token)));
      if (read.ok) return { record: read.value, token };
      report({ key, field: null, account, domain: null, problem: read.problem });
      return { record: sighted, token };
    },
    commit: (account, token, record, transitions, now) =>
      commit(account, accountKeys(account).sight, token, record, transitions, now),
  };
}

function recordOf(value: Record<string, unknown>): BlindRecord {
  const record = { ...sighted, ...value };
  const { incident, closedAt, returnsAt, regions = {} } = record;
  const isIncident = incident === null || (typeof incident === 'object' && typeof incident.id === 'string');
  const areRegions =
    typeof regions === 'object' &&
    Object.values(regions).every((one) => typeof one?.incident?.id === 'string');
  if (!isIncident || !areRegions || typeof closedAt !== 'number' || typeof returnsAt !== 'number') {
    throw new TypeError('expected an incident or none, and times, found another value');
  }
  return record;
}
