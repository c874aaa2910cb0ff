import type { Cluster, Redis } from 'ioredis';
import type { DigestStore } from '../../flow/digest-store.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { createRecordCommit } from './record-commit.ts';

export function createDigestStore(redis: Redis | Cluster, report: ReportUnreadable = () => {}): DigestStore {
  const commit = createRecordCommit(redis);
  return {
    async load(account) {
      const { digest: key } = accountKeys(account);
      const token = await redis.get(key);
      if (token === null) return { madeAt: null, token: '' };
      const read = attempt(() => timeOf(parseObject(token)));
      if (read.ok) return { madeAt: read.value, token };
      report({ key, field: null, account, domain: null, problem: read.problem });
      return { madeAt: null, token };
    },
    commit: (account, token, madeAt, notices) =>
      commit(account, accountKeys(account).digest, token, { madeAt }, notices, madeAt),
  };
}

function timeOf({ madeAt }: Record<string, unknown>): number {
  if (typeof madeAt !== 'number') throw new TypeError('expected a time in madeAt, found none');
  return madeAt;
}
