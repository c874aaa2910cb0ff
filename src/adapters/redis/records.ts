import type { Cluster, Redis } from 'ioredis';
import type { Account, Domain } from '../../core/domain.ts';
import type { Transition } from '../../core/incident.ts';
import { waitsAs } from '../../core/outbox.ts';
import { blankRecord, type DomainRecord } from '../../core/record.ts';
import { completed } from '../../core/stored-record.ts';
import type { PastTransition } from '../../flow/admin/registrar.ts';
import type { Records } from '../../flow/records.ts';
import { accountKeys, historyKey } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * Compare-and-set: the settings and the record's version must still be those that were loaded.
 * KEYS: domains, records, statuses, notices, weekly notices, outbox, history
 * ARGV: domain, settings, version, record, status, now, history limit,
 *       then for each transition: the times that it sets in the outbox (see core/outbox.ts) with spaces between, its notice,
 *       its line in the history
 */
const commitScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
local stored = redis.call('HGET', KEYS[2], ARGV[1])
local version = stored and tonumber(string.match(stored, '^%d+')) or 0
if version ~= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%d ', version + 1) .. ARGV[4])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[5])
for i = 8, #ARGV, 3 do
  redis.call('RPUSH', ARGV[i] == 'weeklyWaitingSince' and KEYS[5] or KEYS[4], ARGV[i + 1])
  for time in string.gmatch(ARGV[i], '%a+') do redis.call('HSETNX', KEYS[6], time, ARGV[6]) end
  redis.call('LPUSH', KEYS[7], ARGV[i + 2])
  redis.call('LTRIM', KEYS[7], 0, tonumber(ARGV[7]) - 1)
end
return 1
`;

/**
 * What a probe needs to know, in one command instead of three.
 * KEYS: domains, records, account; ARGV: domain
 */
const loadScript = `
return { redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[1]), redis.call('GET', KEYS[3]) }
`;

/** Transitions kept of one domain: years of a quiet one, days of one that flaps. */
const historyLimit = 500;

export function createRecords(redis: Redis | Cluster): Records {
  const load = defineScript(redis, 'pinwatchLoad', loadScript);
  const commit = defineScript(redis, 'pinwatchCommit', commitScript);
  return {
    async load({ account, domain }) {
      const keys = accountKeys(account);
      const [settings, stored, owner] = (await load(
        [keys.domains, keys.records, keys.account],
        [domain],
      )) as Loaded;
      if (settings === null) return null;
      const { version, record } = parseRecord(stored);
      const { notify = {}, platforms } = JSON.parse(owner ?? '{}') as Partial<Account>;
      const token = { settings, version };
      return { domain: JSON.parse(settings) as Domain, record, notify, platforms, token };
    },

    async commit({ account, domain }, token, record, status, transitions, now) {
      const keys = accountKeys(account);
      const stored = await commit(
        [
          ...[keys.domains, keys.records, keys.statuses, keys.notices, keys.weeklyNotices, keys.outbox],
          historyKey(account, domain),
        ],
        [
          domain,
          token.settings,
          token.version,
          JSON.stringify(record),
          JSON.stringify(status),
          now,
          historyLimit,
          ...transitions.flatMap(noticeArguments),
        ],
      );
      return stored === 1 ? 'stored' : 'conflict';
    },
  };
}

type Loaded = readonly [settings: string | null, record: string | null, account: string | null];

function noticeArguments(transition: Transition): (string | number)[] {
  const { incident, kind, transition: what, severity, domain, since, at, check } = transition;
  const codes = check.findings.map(({ code }) => code);
  const past: PastTransition = { incident, kind, transition: what, severity, domain, since, at, codes };
  return [waitsAs(transition).join(' '), JSON.stringify(transition), JSON.stringify(past)];
}

export function parseRecord(stored: string | null): { version: number; record: DomainRecord } {
  if (stored === null) return { version: 0, record: blankRecord };
  const space = stored.indexOf(' ');
  const record = completed(JSON.parse(stored.slice(space + 1)) as Partial<DomainRecord>);
  return { version: Number(stored.slice(0, space)), record };
}
