import type { Cluster, Redis } from 'ioredis';
import type { Account } from '../../core/domain.ts';
import type { Transition } from '../../core/incident.ts';
import { createLru } from '../../core/lru.ts';
import type { PastTransition } from '../../flow/admin/admin-store.ts';
import {
  type DomainRef,
  type Found,
  nextVersion,
  type ProbeStore,
  type StoreToken,
} from '../../flow/probe-store.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys, historyKey } from './keys.ts';
import { forms, noticeForms } from './notice-forms.ts';
import { oweKeys, oweLocals, oweLua } from './owe-lua.ts';
import { packed } from './packed.ts';
import { parseRecord } from './record-text.ts';
import { defineScript } from './script.ts';
import { parseStatus, statusText } from './status-text.ts';
import { parseSettings, settingsHash } from './stored-domain.ts';

/**
 * Compare-and-set: the settings and the record's version must still be those that were loaded.
 *
 * The size of a record depends on what servers present, and an account chooses its servers: beyond its allowance,
 * records get their short form, which omits certificates and keeps verdicts. So do waiting notices if there are many.
 * KEYS: domains, records, statuses, notices, weekly notices, outbox, history, usage
 * ARGV: domain, hash of its settings, version, record, short record ('' for none), status, now, history limit, next version,
 *       then for each transition: the times that it sets in the outbox (see core/outbox.ts), separated by spaces, its
 *       notice, its short notice, its line in the history
 */
const commitScript = `
${oweLocals(4)}
${oweLua}
local settings = redis.call('HGET', KEYS[1], ARGV[1])
if not settings or redis.sha1hex(settings) ~= ARGV[2] then return 0 end
local stored = redis.call('HGET', KEYS[2], ARGV[1])
local version = stored and tonumber(string.match(stored, '^%d+')) or 0
if version ~= tonumber(ARGV[3]) then return 0 end
local domains = redis.call('HLEN', KEYS[1])
if redis.call('HEXISTS', KEYS[8], 'records') == 0 then
  local all = 0
  for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do all = all + redis.call('HSTRLEN', KEYS[2], name) end
  redis.call('HSET', KEYS[8], 'records', all)
end
local before = stored and #stored or 0
local next = ARGV[9] .. ' '
local allowance = 16777216 + 32768 * domains
if ARGV[5] ~= '' and tonumber(redis.call('HGET', KEYS[8], 'records')) - before + #ARGV[4] > allowance then
  next = next .. ARGV[5]
else
  next = next .. ARGV[4]
end
redis.call('HINCRBY', KEYS[8], 'records', #next - before)
redis.call('HSET', KEYS[2], ARGV[1], next)
redis.call('HSET', KEYS[3], ARGV[1], ARGV[6])
if #ARGV < 10 then return 1 end
-- Any other type is useless here: set it aside, or the domain could never report anything again.
local kind = redis.call('TYPE', KEYS[7])['ok']
if kind ~= 'list' and kind ~= 'none' then redis.call('RENAME', KEYS[7], KEYS[7] .. ':unreadable') end
local kept = math.max(50, math.min(tonumber(ARGV[8]), math.floor(500000 / math.max(1, domains))))
for i = 10, #ARGV, 4 do
  owe(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[7])
  redis.call('LPUSH', KEYS[7], ARGV[i + 3])
  redis.call('LTRIM', KEYS[7], 0, kept - 1)
end
return 1
`;

/**
 * What probes need to know of domains of one account, in one command.
 * KEYS: domains, records, account, roots, statuses, applied pin sets
 * ARGV: for each domain its name, and the known hash of its settings and version of its record ('' for none)
 * Gives the account, then for each domain its settings (0 if they and the record are as known), record, roots, status and
 * pin sets.
 */
const loadScript = `
local found = { redis.call('GET', KEYS[3]) }
for i = 1, #ARGV, 3 do
  local settings = redis.call('HGET', KEYS[1], ARGV[i])
  local record = redis.call('HGET', KEYS[2], ARGV[i])
  local same = settings and record and ARGV[i + 1] ~= ''
  same = same and string.match(record, '^%d+') == ARGV[i + 2] and redis.sha1hex(settings) == ARGV[i + 1]
  local id = settings and not same and string.match(settings, '"roots":"(%x+)"')
  table.insert(found, same and 0 or settings)
  table.insert(found, not same and record)
  table.insert(found, id and redis.call('HGET', KEYS[4], id) or false)
  table.insert(found, not same and redis.call('HGET', KEYS[5], ARGV[i]) or false)
  local sets = {}
  local list = settings and not same and string.match(settings, '"sets":%[([^%]]*)%]') or ''
  for set in string.gmatch(list, '%x+') do table.insert(sets, redis.call('HGET', KEYS[6], set)) end
  table.insert(found, sets)
end
return found
`;

/**
 * Probes that saw the same as the last ones: what metrics and the next sweep see of them, and nothing else.
 * KEYS: domains, records, statuses; ARGV: for each its name, hash of settings, version, status. Gives 1 for each that was
 * stored.
 */
const touchScript = `
local stored = {}
for i = 1, #ARGV, 4 do
  local record = redis.call('HGET', KEYS[2], ARGV[i])
  local is = record and string.match(record, '^%d+') == ARGV[i + 2]
  local settings = is and redis.call('HGET', KEYS[1], ARGV[i])
  is = settings and redis.sha1hex(settings) == ARGV[i + 1]
  if is then redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 3]) end
  table.insert(stored, is and 1 or 0)
end
return stored
`;

/** Transitions kept per domain: years of a quiet one, days of a flapping one. Fewer if the account has thousands. */
const historyLimit = 500;

/** Accounts whose text is kept once for all of their domains that are remembered. */
const sharedOwners = 1_000;

export function createProbeStore(redis: Redis | Cluster, report: ReportUnreadable = () => {}): ProbeStore {
  const load = defineScript(redis, 'pinwatchLoad', loadScript, 'bytes');
  const commit = defineScript(redis, 'pinwatchCommit', commitScript);
  const touch = defineScript(redis, 'pinwatchTouch', touchScript);

  const owners = createLru<string>(sharedOwners);

  function sharedOwner(text: string): string {
    const known = owners.get(text);
    if (known === undefined) owners.set(text, text);
    return known ?? text;
  }

  /** The metrics keep showing when it was last probed, and that it can't be. */
  async function markUnreadable(account: string, domain: string): Promise<void> {
    const { statuses } = accountKeys(account);
    const { status } = parseStatus((await redis.hget(statuses, domain)) ?? '');
    await redis.hset(statuses, domain, statusText({ ...status, unreadable: true }));
  }

  async function loadOf(
    account: string,
    wanted: readonly { readonly ref: DomainRef; readonly known: StoreToken | undefined }[],
  ): Promise<Found[]> {
    const keys = accountKeys(account);
    const [owner, ...rows] = (await load(
      [keys.domains, keys.records, keys.account, keys.roots, keys.statuses, keys.applied],
      wanted.flatMap(({ ref, known }) => [ref.domain, known?.settings ?? '', known?.version ?? '']),
    )) as (Buffer | null | 0 | (Buffer | null)[])[];
    const ownerText = sharedOwner(textOf(owner) ?? '');
    return Promise.all(
      wanted.map(({ ref, known }, index) => {
        const at = 5 * index;
        if (rows[at] === 0) {
          // The account has changed, which is read with the rest.
          if (ownerText !== known?.account) return loadAnew(ref);
          return { is: 'same' } as const;
        }
        const [settings, roots, status] = [textOf(rows[at]), textOf(rows[at + 2]), textOf(rows[at + 3])];
        if (settings === null) return { is: 'gone' } as const;
        const record = (rows[at + 1] || null) as Buffer | null;
        const sets = ((rows[at + 4] ?? []) as (Buffer | null)[]).map(textOf);
        return read(ref, { owner: ownerText, settings, record, roots, status, sets });
      }),
    );
  }

  async function loadAnew(ref: DomainRef): Promise<Found> {
    return (await loadOf(ref.account, [{ ref, known: undefined }]))[0] ?? { is: 'gone' };
  }

  async function read(
    ref: DomainRef,
    { owner, settings, record: stored, roots, status, sets }: Row,
  ): Promise<Found> {
    const { account, domain } = ref;
    const keys = accountKeys(account);
    const of = { account, domain };
    const value = attempt(() => parseSettings(settings, roots, sets));
    if (!value.ok) {
      report({ key: keys.domains, field: domain, ...of, problem: value.problem });
      await markUnreadable(account, domain);
      return { is: 'gone' };
    }
    const { version, record, problem } = parseRecord(stored, status);
    if (problem !== null) report({ key: keys.records, field: domain, ...of, problem });
    const own = attempt(() => parseObject(owner || '{}') as Partial<Account>);
    if (!own.ok) report({ key: keys.account, field: null, account, domain: null, problem: own.problem });
    const { notify = {}, platforms } = own.ok ? own.value : {};
    const token = { settings: settingsHash(settings), version, account: owner };
    const loaded = { domain: value.value, record, notify, platforms, token };
    return { is: 'loaded', loaded };
  }

  return {
    async load(ref) {
      const found = await loadAnew(ref);
      return found.is === 'loaded' ? found.loaded : null;
    },

    loadMany: (wanted) =>
      byAccount(
        wanted,
        ({ ref }) => ref.account,
        (account, some) => loadOf(account, some),
      ),

    touch: (touches) =>
      byAccount(
        touches,
        ({ ref }) => ref.account,
        async (account, some) => {
          const { domains, records, statuses } = accountKeys(account);
          const rows = some.flatMap(({ ref, token, status }) => [
            ...[ref.domain, token.settings, token.version],
            statusText(status),
          ]);
          const stored = (await touch([domains, records, statuses], rows)) as number[];
          return stored.map((one) => (one === 1 ? 'stored' : 'conflict'));
        },
      ),

    async commit({ account, domain }, token, record, status, transitions, now) {
      const keys = accountKeys(account);
      const stored = await commit(
        [
          keys.domains,
          keys.records,
          keys.statuses,
          ...oweKeys(account),
          historyKey(account, domain),
          keys.usage,
        ],
        [
          domain,
          token.settings,
          token.version,
          ...forms(record, record.lastCheck, (lastCheck) => ({ ...record, lastCheck })).map(packed),
          statusText(status),
          now,
          historyLimit,
          nextVersion(token.version, now),
          ...transitions.flatMap(noticeArguments),
        ],
      );
      return stored === 1 ? 'stored' : 'conflict';
    },
  };
}

/** What is stored of a domain, as text. */
interface Row {
  readonly owner: string;
  readonly settings: string;
  readonly record: Buffer | null;
  readonly roots: string | null;
  readonly status: string | null;
  /** The pin sets that the settings name, in their order. */
  readonly sets: readonly (string | null)[];
}

function textOf(bytes: Buffer | null | 0 | undefined | readonly unknown[]): string | null {
  return Buffer.isBuffer(bytes) ? bytes.toString() : null;
}

/** One command for each account, whose keys are together; the answers in the order of what was asked. */
async function byAccount<Item, Answer>(
  items: readonly Item[],
  accountOf: (item: Item) => string,
  ask: (account: string, some: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const groups = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    const account = accountOf(item);
    const places = groups.get(account);
    if (places === undefined) groups.set(account, [index]);
    else places.push(index);
  }
  const answers = new Array<Answer>(items.length);
  await Promise.all(
    [...groups].map(async ([account, places]) => {
      const found = await ask(
        account,
        places.map((index) => items[index] as Item),
      );
      for (const [at, index] of places.entries()) answers[index] = found[at] as Answer;
    }),
  );
  return answers;
}

function noticeArguments(transition: Transition): (string | number)[] {
  const { incident, kind, transition: what, severity, domain, since, at, check } = transition;
  const codes = check.findings.map(({ code }) => code);
  const past: PastTransition = { incident, kind, transition: what, severity, domain, since, at, codes };
  return [...noticeForms(transition), JSON.stringify(past)];
}
