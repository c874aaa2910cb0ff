import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { ConfigState, ConfigVersion } from '../../core/config-state.ts';
import type { ImportedSet } from '../../core/imported-set.ts';
import { createLru } from '../../core/lru.ts';
import type { PinSet } from '../../core/pin-set.ts';
import { publishedSet } from '../../core/published-sets.ts';
import type { AccountSets, PinSetStore } from '../../flow/pin-set-store.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { auditLimit } from './audit-limit.ts';
import { domainLocals, domainLua } from './domain-lua.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys, domainKeys } from './keys.ts';
import { createPages } from './pages.ts';
import { defineScript } from './script.ts';
import { setsText, withSets } from './stored-domain.ts';

/**
 * Stores, replaces and removes pin sets, and makes all domains of the account pending. A limit that would be exceeded is
 * returned by name.
 * KEYS: account, audit, then as domain-lua.ts has them
 * ARGV: expected revision ('' for none), next revision, audit limit, limit on bytes ('' for none), how many audit entries,
 *       these, then for each import \`text\`, the name that it is under and its text ('' deletes), for each set \`set\`,
 *       its name and its JSON ('' deletes)
 */
const saveScript = `
${domainLocals(3)}
${domainLua}
if redis.call('EXISTS', KEYS[1]) == 0 then return 'conflict' end
if (redis.call('HGET', pinState, 'revision') or '') ~= ARGV[1] then return 'conflict' end
count()
local first = 6 + tonumber(ARGV[5])
local keyOf = { text = pinTexts, set = pinSets }
local by = 0
for i = first, #ARGV, 3 do
  by = by + #ARGV[i + 2] - redis.call('HSTRLEN', keyOf[ARGV[i]], ARGV[i + 1])
end
local now = tonumber(redis.call('HGET', usage, 'bytes'))
if ARGV[4] ~= '' and by > 0 and now + by > tonumber(ARGV[4]) then return 'storedBytes' end
for i = first, #ARGV, 3 do
  if ARGV[i + 2] == '' then
    redis.call('HDEL', keyOf[ARGV[i]], ARGV[i + 1])
  else
    redis.call('HSET', keyOf[ARGV[i]], ARGV[i + 1], ARGV[i + 2])
  end
end
add('bytes', by)
redis.call('HSET', pinState, 'revision', ARGV[2], 'pending', ARGV[2])
for i = 6, first - 1 do redis.call('LPUSH', KEYS[2], ARGV[i]) end
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[3]) - 1)
return 'stored'
`;

/**
 * Gives domains their pin sets, each if its settings are still the expected ones.
 * KEYS: as domain-lua.ts has them
 * ARGV: revision, the sets by fingerprint as a JSON object, then for each domain its name, expected and next settings
 * Gives -1 if the revision is another one; else 1 for each that was stored.
 */
const applyScript = `
${domainLocals(1)}
${domainLua}
if (redis.call('HGET', pinState, 'revision') or '') ~= ARGV[1] then return -1 end
count()
local sets = cjson.decode(ARGV[2])
local stored = {}
for i = 3, #ARGV, 3 do
  local before = redis.call('HGET', domains, ARGV[i])
  local is = before == ARGV[i + 1]
  if is then put(ARGV[i], before, ARGV[i + 2], '', sets) end
  table.insert(stored, is and 1 or 0)
end
return stored
`;

/** KEYS: state of the pin sets; ARGV: what was pending */
const endScript = `
if redis.call('HGET', KEYS[1], 'pending') == ARGV[1] then redis.call('HDEL', KEYS[1], 'pending') end
return 1
`;

/** Accounts whose sets are remembered: adding thousands of domains reads them once. */
const mostRemembered = 20;

export function createPinSetStore(redis: Redis | Cluster, report: ReportUnreadable = () => {}): PinSetStore {
  const save = defineScript(redis, 'pinwatchSavePinSets', saveScript);
  const apply = defineScript(redis, 'pinwatchApplyPinSets', applyScript);
  const end = defineScript(redis, 'pinwatchEndPending', endScript);
  const pages = createPages(redis, report);
  const known = createLru<Pick<AccountSets, 'revision' | 'sets' | 'published'>>(mostRemembered);

  function read(account: string, name: string, text: string): ImportedSet | null {
    const found = attempt(() => {
      const value = parseObject(text) as unknown as ImportedSet;
      if (typeof value.name === 'string' && Array.isArray(value.rules)) return value;
      throw new TypeError('expected a pin set with rules, found another value');
    });
    if (found.ok) return found.value;
    const { problem } = found;
    report({ key: accountKeys(account).pinSets, field: name, account, domain: null, problem });
    return null;
  }

  /** null: they can't be read. */
  async function publishedSets(account: string): Promise<readonly PinSet[] | null> {
    const { config, configVersions } = accountKeys(account);
    const state = await redis.hget(config, 'state');
    if (state === null) return [];
    const read = attempt(() => {
      const { published, field = [] } = parseObject(state) as unknown as ConfigState;
      return published === null
        ? null
        : { version: published.version, versions: [published.version, ...field] };
    });
    if (!read.ok) return null;
    if (read.value === null) return [];
    const { version, versions } = read.value;
    const texts = await redis.hmget(configVersions, ...versions.map(String));
    // A version that is no longer kept is no longer judged.
    const sets = attempt(() =>
      texts.flatMap((text) =>
        text === null ? [] : [publishedSet(parseObject(text) as unknown as ConfigVersion, version)],
      ),
    );
    return sets.ok ? sets.value : null;
  }

  return {
    async pinSets(account): Promise<AccountSets> {
      const keys = accountKeys(account);
      const [stored = null, pending = null] = await redis.hmget(keys.pinState, 'revision', 'pending');
      const revision = stored ?? '';
      const remembered = known.get(account);
      if (revision !== '' && remembered?.revision === revision) {
        return { ...remembered, pending, isComplete: true };
      }
      const published = await publishedSets(account);
      const texts = Object.entries(await redis.hgetall(keys.pinSets));
      const sets = texts
        .flatMap(([name, text]) => read(account, name, text) ?? [])
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const isComplete = sets.length === texts.length && published !== null;
      const found = { revision, sets, published: published ?? [] };
      // A set may have changed between the commands: then the revision has, too, and a change based on it fails.
      if (isComplete) known.set(account, found);
      return { ...found, pending, isComplete };
    },

    importedText: (account, of) => redis.hget(accountKeys(account).pinTexts, of),

    async savePinSets(account, revision, changes, audit, limits) {
      const { account: key, audit: trail } = accountKeys(account);
      const rows = changes.flatMap(({ of, text, put, remove }) => [
        ...(text === undefined ? [] : ['text', of, text ?? '']),
        ...put.flatMap((set) => ['set', set.name, JSON.stringify(set)]),
        ...remove.flatMap((name) => ['set', name, '']),
      ]);
      const next = randomUUID();
      const entries = audit.map((entry) => JSON.stringify(entry));
      const saved = await save(
        [key, trail, ...domainKeys(account)],
        [revision, next, auditLimit, limits?.storedBytes ?? '', entries.length, ...entries, ...rows],
      );
      if (saved === 'stored') return 'stored';
      return saved === 'storedBytes' && limits !== undefined
        ? { name: saved, value: limits[saved] }
        : 'conflict';
    },

    hostedDomains: (account, after) => pages.hosted(account, after),

    async applyPinSets(account, revision, domains) {
      const changes = domains.flatMap(({ name, text, pinSets }) => {
        const next = withSets(text, pinSets);
        return next === text ? [] : [{ name, text, next, pinSets }];
      });
      if (changes.length === 0) return { changed: [], conflicts: 0 };
      const stored = await apply(domainKeys(account), [
        revision,
        setsText(changes),
        ...changes.flatMap(({ name, text, next }) => [name, text, next]),
      ]);
      if (!Array.isArray(stored)) return 'outdated';
      const changed = changes.filter((_, index) => stored[index] === 1).map(({ name }) => name);
      return { changed, conflicts: changes.length - changed.length };
    },

    async endPending(account, pending) {
      await end([accountKeys(account).pinState], [pending]);
    },
  };
}
