import type { Redis } from 'ioredis';
import type { Domain } from '../../core/domain.ts';
import type { Transition } from '../../core/incident.ts';
import { isWeekly } from '../../core/outbox.ts';
import { blankRecord, type DomainRecord } from '../../core/record.ts';
import type { Records } from '../../flow/records.ts';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * Compare-and-set: the settings and the record's version must still be those that were loaded.
 * KEYS: domains, records, statuses, notices, weekly notices, outbox
 * ARGV: domain, settings, version, record, status, now, then for each notice: list (1 ordinary, 2 weekly), JSON
 */
const commitScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
local stored = redis.call('HGET', KEYS[2], ARGV[1])
local version = stored and tonumber(string.match(stored, '^%d+')) or 0
if version ~= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%d ', version + 1) .. ARGV[4])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[5])
for i = 7, #ARGV, 2 do
  local weekly = ARGV[i] == '2'
  redis.call('RPUSH', weekly and KEYS[5] or KEYS[4], ARGV[i + 1])
  redis.call('HSETNX', KEYS[6], weekly and 'weeklyWaitingSince' or 'waitingSince', ARGV[6])
end
return 1
`;

export function createRecords(redis: Redis): Records {
  const commit = defineScript(redis, 'pinwatchCommit', commitScript);
  return {
    async load({ account, domain }) {
      const keys = accountKeys(account);
      const [settings, stored] = await Promise.all([
        redis.hget(keys.domains, domain),
        redis.hget(keys.records, domain),
      ]);
      if (settings === null) return null;
      const { version, record } = parseRecord(stored);
      return { domain: JSON.parse(settings) as Domain, record, token: { settings, version } };
    },

    async commit({ account, domain }, token, record, status, transitions, now) {
      const keys = accountKeys(account);
      const stored = await commit(
        [keys.domains, keys.records, keys.statuses, keys.notices, keys.weeklyNotices, keys.outbox],
        [
          domain,
          token.settings,
          token.version,
          JSON.stringify(record),
          JSON.stringify(status),
          now,
          ...transitions.flatMap(noticeArguments),
        ],
      );
      return stored === 1 ? 'stored' : 'conflict';
    },
  };
}

function noticeArguments(transition: Transition): (string | number)[] {
  return [isWeekly(transition.kind) ? 2 : 1, JSON.stringify(transition)];
}

/** A record written by an older version may lack a newer field: the blank one fills in. */
function parseRecord(stored: string | null): { version: number; record: DomainRecord } {
  if (stored === null) return { version: 0, record: blankRecord };
  const space = stored.indexOf(' ');
  const record: DomainRecord = { ...blankRecord, ...(JSON.parse(stored.slice(space + 1)) as DomainRecord) };
  return { version: Number(stored.slice(0, space)), record };
}
