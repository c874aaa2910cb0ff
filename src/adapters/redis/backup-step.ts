import type { Cluster, Redis } from 'ioredis';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * Every key that is named, with its type and time to live, and some domains with what they name.
 * KEYS: domains, records, statuses, roots, applied pin sets, then any
 * ARGV: names of domains
 * Returns the domains (name, settings, record, status), the roots and the sets that they name (id, text), and of each
 * other key type, time to live in milliseconds and value; 0 if there is none; and how many domains there are.
 */
const readScript = `
local function isHash(key) return redis.call('TYPE', key)['ok'] == 'hash' end
local function fieldsOf(key, field) return isHash(key) and redis.call('HGET', key, field) end
local domains, roots, sets, others = {}, {}, {}, {}
for _, name in ipairs(ARGV) do
  local settings = fieldsOf(KEYS[1], name)
  if settings then
    for _, part in ipairs({ name, settings, fieldsOf(KEYS[2], name) or 0, fieldsOf(KEYS[3], name) or 0 }) do
      table.insert(domains, part)
    end
    local id = string.match(settings, '"roots":"(%x+)"')
    if id then roots[id] = fieldsOf(KEYS[4], id) or nil end
    for set in string.gmatch(string.match(settings, '"sets":%[([^%]]*)%]') or '', '%x+') do
      sets[set] = fieldsOf(KEYS[5], set) or nil
    end
  end
end
local function flat(map)
  local list = {}
  for id, text in pairs(map) do
    table.insert(list, id)
    table.insert(list, text)
  end
  return list
end
local readers = {
  string = function(key) return redis.call('GET', key) end,
  hash = function(key) return redis.call('HGETALL', key) end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  set = function(key) return redis.call('SMEMBERS', key) end,
}
for i = 6, #KEYS do
  local kind = redis.call('TYPE', KEYS[i])['ok']
  local reader = readers[kind]
  local value = 0
  if reader then value = { kind, redis.call('PTTL', KEYS[i]), reader(KEYS[i]) } end
  if kind ~= 'none' and not reader then value = { kind, -1, {} } end
  table.insert(others, value)
end
return { domains, flat(roots), flat(sets), others, isHash(KEYS[1]) and redis.call('HLEN', KEYS[1]) or 0 }
`;

/** 0: there is no such key. */
export type FoundKey = readonly [type: Buffer, ttl: number, value: Buffer | readonly Buffer[]] | 0;

/** What was read of one moment. */
export interface BackupStep {
  /** Name, settings, record and status of each, one after the other; what is missing is no Buffer. */
  readonly domains: readonly unknown[];
  /** Id and text of each, one after the other. */
  readonly roots: readonly Buffer[];
  readonly sets: readonly Buffer[];
  /** In the order of the keys that were asked for. */
  readonly found: readonly FoundKey[];
  /** How many domains the account has, asked for or not. */
  readonly count: number;
}

type Answer = readonly [unknown[], Buffer[], Buffer[], FoundKey[], number];

export function createBackupStep(redis: Redis | Cluster) {
  const read = defineScript(redis, 'pinwatchBackup', readScript, 'bytes');
  return {
    /** These domains of the account with what they name, and its other keys. */
    async ofAccount(
      account: string,
      names: readonly string[],
      others: readonly string[],
    ): Promise<BackupStep> {
      const keys = accountKeys(account);
      const ofDomains = [keys.domains, keys.records, keys.statuses, keys.roots, keys.applied];
      const [domains, roots, sets, found, count] = (await read([...ofDomains, ...others], names)) as Answer;
      return { domains, roots, sets, found, count };
    },

    async ofKey(key: string): Promise<FoundKey> {
      // By the same script: without names, the first keys are not read as domains.
      const [, , , [found = 0 as const]] = (await read([key, key, key, key, key, key], [])) as Answer;
      return found;
    },
  };
}
