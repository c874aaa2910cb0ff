import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { AuditEntry } from '../../core/audit.ts';
import type { Account } from '../../core/domain.ts';
import { statusOf } from '../../core/domain-status.ts';
import { type Limits, limitNames } from '../../core/limits.ts';
import type { AdminStore, PastTransition } from '../../flow/admin/admin-store.ts';
import { type ReportUnreadable, Unreadable } from '../../flow/unreadable.ts';
import { auditLimit } from './audit-limit.ts';
import { domainLocals, domainLua } from './domain-lua.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys, accountsKey, auditKey, domainKeyCount, domainKeys, historyKey } from './keys.ts';
import { oweKeys, oweLocals } from './owe-lua.ts';
import { createPages } from './pages.ts';
import { parseRecord } from './record-text.ts';
import { removalLua, removalOf } from './removal.ts';
import { defineScript } from './script.ts';
import { statusText } from './status-text.ts';
import { parseSettings, rootsNamed, rootsOf, setsNamed, setsText, settingsText } from './stored-domain.ts';
import { runTransaction } from './transaction.ts';

/** Beyond this, the domain is probed faster than it can be changed. */
const mostAttempts = 10;

/**
 * KEYS: account, audit, then all other keys of the account
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
 * The status for the metrics is written at once, from the settings and the record that was read; \`again\`: a probe has
 * stored a newer record. A limit that the change would exceed is returned by name.
 * KEYS: account, history of the domain, audit, then as domain-lua.ts and owe-lua.ts have them
 * ARGV: domain, expected ('' for none), next ('' deletes), its roots, version of the record, status, audit entry, audit
 *       limit, then the limits on domains, pins and bytes ('' for none), its pin sets as a JSON object, and their
 *       revision ('' for whatever it is) with a token for what becomes pending, now, then for each notice of what ends
 *       with a deleted domain its times in the outbox, separated by spaces, its text and its short form
 */
const saveDomainScript = `
${domainLocals(4)}
${oweLocals(4 + domainKeyCount)}
${domainLua}
${removalLua}
if redis.call('EXISTS', KEYS[1]) == 0 then return 'conflict' end
local before = redis.call('HGET', domains, ARGV[1])
if (before or '') ~= ARGV[2] then return 'conflict' end
if versionOf(ARGV[1]) ~= tonumber(ARGV[5]) then return 'again' end
count()
if ARGV[3] == '' then
  take(ARGV[1], before)
  redis.call('DEL', KEYS[2])
  for i = 16, #ARGV, 3 do owe(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[15]) end
else
  if ARGV[9] ~= '' then
    local now = redis.call('HLEN', domains)
    if not before and now + 1 > tonumber(ARGV[9]) then return 'domains' end
    local pins = pinsOf(ARGV[3]) - pinsOf(before)
    if pins > 0 and tonumber(redis.call('HGET', usage, 'pins')) + pins > tonumber(ARGV[10]) then return 'pins' end
    local bytes = #ARGV[3] - lengthOf(before)
    local old, new = rootsOf(before), rootsOf(ARGV[3])
    if old ~= new then
      if new ~= '' and redis.call('HEXISTS', roots, new) == 0 then bytes = bytes + #ARGV[4] end
      if old ~= '' and redis.call('HGET', uses, old) == '1' then bytes = bytes - redis.call('HSTRLEN', roots, old) end
    end
    if bytes > 0 and tonumber(redis.call('HGET', usage, 'bytes')) + bytes > tonumber(ARGV[11]) then return 'storedBytes' end
  end
  put(ARGV[1], before, ARGV[3], ARGV[4], cjson.decode(ARGV[12]))
  if ARGV[14] ~= '' then resolvedAt(ARGV[13], ARGV[14]) end
  redis.call('HSET', statuses, ARGV[1], ARGV[6])
end
redis.call('LPUSH', KEYS[3], ARGV[7])
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[8]) - 1)
return 'stored'
`;

export function createAdminStore(redis: Redis | Cluster, report: ReportUnreadable = () => {}): AdminStore {
  const saveAccount = defineScript(redis, 'pinwatchSaveAccount', saveAccountScript);
  const saveDomain = defineScript(redis, 'pinwatchSaveDomain', saveDomainScript);
  const pages = createPages(redis, report);

  async function audit(account: string | null, entry: AuditEntry): Promise<void> {
    const key = account === null ? auditKey : accountKeys(account).audit;
    const step = redis.multi().lpush(key, JSON.stringify(entry));
    await runTransaction(step.ltrim(key, 0, auditLimit - 1));
  }

  /** The readable ones; the others are reported. */
  async function list<T>(key: string, limit: number, account: string | null): Promise<T[]> {
    const texts = await redis.lrange(key, 0, limit - 1);
    return texts.flatMap((text, index) => {
      const read = attempt(() => parseObject(text) as T);
      if (read.ok) return [read.value];
      report({ key, field: `entry ${index + 1}`, account, domain: null, problem: read.problem });
      return [];
    });
  }

  return {
    audit,
    accountNames: async () => (await redis.smembers(accountsKey)).sort(),

    async account(name) {
      const key = accountKeys(name).account;
      const text = await redis.get(key);
      if (text === null) return null;
      const read = attempt(() => {
        const value = parseObject(text) as unknown as Account;
        if (Array.isArray(value.contacts)) return value;
        throw new TypeError('expected a list of contacts, found none');
      });
      if (read.ok) return { value: read.value, text };
      report({ key, field: null, account: name, domain: null, problem: read.problem });
      // It exists, without contacts: setting contacts repairs it.
      return { value: { name, contacts: [] }, text };
    },

    domainPage: pages.page,
    openDomains: pages.open,
    domainNames: pages.names,
    verdicts: pages.verdicts,
    textOf: settingsText,

    async domain({ account, domain }) {
      const keys = accountKeys(account);
      const text = await redis.hget(keys.domains, domain);
      if (text === null) return null;
      const id = rootsNamed(text);
      const sets = setsNamed(text);
      const [pem, applied] = await Promise.all([
        id === null ? null : redis.hget(keys.roots, id),
        sets.length === 0 ? [] : redis.hmget(keys.applied, ...sets),
      ]);
      const read = attempt(() => parseSettings(text, pem, applied));
      if (read.ok) return { value: read.value, text };
      const value = { key: keys.domains, field: domain, account, domain, problem: read.problem };
      report(value);
      throw new Unreadable(value, text);
    },

    async record({ account, domain }) {
      const { records: key, statuses } = accountKeys(account);
      const [text, status] = await Promise.all([redis.hgetBuffer(key, domain), redis.hget(statuses, domain)]);
      if (text === null) return null;
      const { record, problem } = parseRecord(text, status);
      if (problem !== null) report({ key, field: domain, account, domain, problem });
      return record;
    },

    async saveAccount(name, expected, next, entry) {
      const { account, audit: trail, ...own } = accountKeys(name);
      const histories =
        next === null ? (await redis.hkeys(own.domains)).map((domain) => historyKey(name, domain)) : [];
      // Listed before it has settings, and until it has none: in between, it is an account without domains.
      if (expected === null) await redis.sadd(accountsKey, name);
      const saved = await saveAccount(
        [account, trail, ...(next === null ? [...Object.values(own), ...histories] : [])],
        [expected ?? '', next === null ? '' : JSON.stringify(next), JSON.stringify(entry), auditLimit],
      );
      if (saved !== 1) return 'conflict';
      if (next === null) {
        await redis.srem(accountsKey, name);
        // One of the same name may have been created in between: without its name in the set it would not be probed.
        if ((await redis.exists(account)) === 1) await redis.sadd(accountsKey, name);
      }
      if (next === null || expected === null) await audit(null, entry);
      return 'stored';
    },

    async saveDomain({ account, domain }, expected, next, entry, limits, revision) {
      const keys = accountKeys(account);
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const [stored, status] = await Promise.all([
          redis.hgetBuffer(keys.records, domain),
          redis.hget(keys.statuses, domain),
        ]);
        const { version, record } = parseRecord(stored, status);
        const removal = { at: Date.parse(entry.at), by: entry.by };
        const { notices } =
          next === null
            ? removalOf({ name: domain, settings: expected, record: stored, status }, removal)
            : { notices: [] };
        const saved = await saveDomain(
          [
            ...[keys.account, historyKey(account, domain), keys.audit],
            ...[...domainKeys(account), ...oweKeys(account)],
          ],
          [
            domain,
            expected ?? '',
            next === null ? '' : settingsText(next),
            next === null ? '' : (rootsOf(next)?.pem ?? ''),
            version,
            next === null ? '' : statusText(statusOf(next, record)),
            JSON.stringify(entry),
            auditLimit,
            ...limitArguments(limits),
            next === null ? '' : setsText([next]),
            ...(revision === undefined ? ['', ''] : [revision, randomUUID()]),
            removal.at,
            ...notices.flat(),
          ],
        );
        if (saved === 'again') continue;
        if (saved === 'stored') return 'stored';
        const name = limitNames.find((one) => one === saved);
        return name === undefined || limits === undefined ? 'conflict' : { name, value: limits[name] };
      }
      return 'conflict';
    },

    history: ({ account, domain }, limit) =>
      list<PastTransition>(historyKey(account, domain), limit, account).catch(emptyWhereMisused(account)),

    auditTrail: (account, limit) =>
      list<AuditEntry>(account === null ? auditKey : accountKeys(account).audit, limit, account),
  };

  /** A history of another type than a list counts as empty; the next transition sets it aside. */
  function emptyWhereMisused(account: string) {
    return (error: Error): [] => {
      if (!error.message.startsWith('WRONGTYPE')) throw error;
      const problem = 'expected a list, found another type';
      report({ key: `pinwatch:{${account}}:history`, field: null, account, domain: null, problem });
      return [];
    };
  }
}

function limitArguments(limits: Limits | undefined): (number | '')[] {
  return limits === undefined ? ['', '', ''] : [limits.domains, limits.pins, limits.storedBytes];
}
