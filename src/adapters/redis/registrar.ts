import type { Cluster, Redis } from 'ioredis';
import type { AuditEntry } from '../../core/audit.ts';
import type { Account, Domain } from '../../core/domain.ts';
import { type DomainStatus, statusOf } from '../../core/series.ts';
import type { PastTransition, Registrar, Stored } from '../../flow/admin/registrar.ts';
import { accountKeys, accountsKey, auditKey, historyKey } from './keys.ts';
import { parseRecord } from './records.ts';
import { defineScript } from './script.ts';
import { runTransaction } from './transaction.ts';

/** Entries kept of an account's audit trail, and of the installation's. */
const auditLimit = 10_000;
/** Beyond this the domain is probed faster than it can be changed. */
const mostAttempts = 10;

/**
 * KEYS: account, audit, then all else that is the account's own
 * ARGV: expected ('' for none), next ('' deletes), audit entry, audit limit
 */
const saveAccountScript = `
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end
else
  redis.call('SET', KEYS[1], ARGV[2])
  redis.call('LPUSH', KEYS[2], ARGV[3])
  redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[4]) - 1)
end
return 1
`;

/**
 * What the metrics show follows at once from the settings and the record that was read; 2: a probe has stored another.
 * KEYS: account, domains, records, statuses, history of the domain, audit
 * ARGV: domain, expected ('' for none), next ('' deletes), version of the record, status, audit entry, audit limit
 */
const saveDomainScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local stored = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if stored ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  redis.call('HDEL', KEYS[4], ARGV[1])
  redis.call('DEL', KEYS[5])
else
  local record = redis.call('HGET', KEYS[3], ARGV[1])
  local version = record and tonumber(string.match(record, '^%d+')) or 0
  if version ~= tonumber(ARGV[4]) then return 2 end
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[5])
end
redis.call('LPUSH', KEYS[6], ARGV[6])
redis.call('LTRIM', KEYS[6], 0, tonumber(ARGV[7]) - 1)
return 1
`;

export function createRegistrar(redis: Redis | Cluster): Registrar {
  const saveAccount = defineScript(redis, 'pinwatchSaveAccount', saveAccountScript);
  const saveDomain = defineScript(redis, 'pinwatchSaveDomain', saveDomainScript);

  async function audit(account: string | null, entry: AuditEntry): Promise<void> {
    const key = account === null ? auditKey : accountKeys(account).audit;
    const step = redis.multi().lpush(key, JSON.stringify(entry));
    await runTransaction(step.ltrim(key, 0, auditLimit - 1));
  }

  return {
    audit,
    accountNames: async () => (await redis.smembers(accountsKey)).sort(),
    account: async (name) => stored<Account>(await redis.get(accountKeys(name).account)),

    async domains(account) {
      const keys = accountKeys(account);
      const [domains, statuses] = await Promise.all([
        redis.hgetall(keys.domains),
        redis.hgetall(keys.statuses),
      ]);
      return Object.entries(domains)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, text]) => ({
          name,
          text,
          value: JSON.parse(text) as Domain,
          status: statuses[name] === undefined ? null : (JSON.parse(statuses[name]) as DomainStatus),
        }));
    },

    domain: async ({ account, domain }) =>
      stored<Domain>(await redis.hget(accountKeys(account).domains, domain)),

    async domainNames(account, among) {
      const key = accountKeys(account).domains;
      if (among === null) return (await redis.hkeys(key)).sort();
      if (among.length === 0) return [];
      const stored = await redis.hmget(key, ...among);
      return among.filter((_, index) => stored[index] !== null);
    },

    async record({ account, domain }) {
      const text = await redis.hget(accountKeys(account).records, domain);
      return text === null ? null : parseRecord(text).record;
    },

    async saveAccount(name, expected, next, entry) {
      const { account, audit: trail, ...own } = accountKeys(name);
      const histories =
        next === null ? (await redis.hkeys(own.domains)).map((domain) => historyKey(name, domain)) : [];
      // Known before it has settings, and until it has none: an account in between is one without domains.
      if (expected === null) await redis.sadd(accountsKey, name);
      const saved = await saveAccount(
        [account, trail, ...(next === null ? [...Object.values(own), ...histories] : [])],
        [expected ?? '', next === null ? '' : JSON.stringify(next), JSON.stringify(entry), auditLimit],
      );
      if (saved !== 1) return 'conflict';
      if (next === null) {
        await redis.srem(accountsKey, name);
        // One of the same name may have been created in between: without its name in the set nobody would probe it.
        if ((await redis.exists(account)) === 1) await redis.sadd(accountsKey, name);
      }
      if (next === null || expected === null) await audit(null, entry);
      return 'stored';
    },

    async saveDomain({ account, domain }, expected, next, entry) {
      const keys = accountKeys(account);
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const stored = next === null ? null : await redis.hget(keys.records, domain);
        const { version, record } = parseRecord(stored);
        const saved = await saveDomain(
          [keys.account, keys.domains, keys.records, keys.statuses, historyKey(account, domain), keys.audit],
          [
            domain,
            expected ?? '',
            next === null ? '' : JSON.stringify(next),
            version,
            next === null ? '' : JSON.stringify(statusOf(next, record)),
            JSON.stringify(entry),
            auditLimit,
          ],
        );
        if (saved !== 2) return saved === 1 ? 'stored' : 'conflict';
      }
      return 'conflict';
    },

    async history({ account, domain }, limit) {
      const entries = await redis.lrange(historyKey(account, domain), 0, limit - 1);
      return entries.map((text) => JSON.parse(text) as PastTransition);
    },

    async auditTrail(account, limit) {
      const key = account === null ? auditKey : accountKeys(account).audit;
      return (await redis.lrange(key, 0, limit - 1)).map((text) => JSON.parse(text) as AuditEntry);
    },
  };
}

function stored<T>(text: string | null): Stored<T> | null {
  return text === null ? null : { value: JSON.parse(text) as T, text };
}
