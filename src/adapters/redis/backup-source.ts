/**
 * Reads the store for a backup, while it is used. What one step reads is of one moment: the tokens; and of each account up to
 * `domainsAtOnce` domains, with all of the rest in the step of the last of them. So a smaller account is of one moment. A
 * larger one is read domain by domain as they were, and the rest after them: a notice that is owed for a stored incident is
 * never missed, as it is stored in one step with the record. The other way round, it could be lost.
 */
import type { Cluster, Redis } from 'ioredis';
import { daysKept, lastDays } from '../../core/adoption.ts';
import type { BackupEntry } from '../../core/backup-format.ts';
import type { BackupSource } from '../../flow/backup/back-up.ts';
import { backupValue } from './backup-value.ts';
import { createIdentityStore } from './identity.ts';
import {
  type AccountKind,
  accountKinds,
  formOf,
  type KeptType,
  type KeyKind,
  keptType,
  type SeveralKind,
  type SharedKind,
  severalKinds,
  sharedKinds,
} from './key-kinds.ts';
import {
  accountKeys,
  accountsKey,
  adoptionKey,
  auditKey,
  channelsKey,
  configsKey,
  historyKey,
  sweepKey,
  tokensKey,
  tokenUseKey,
} from './keys.ts';
import { isMisuse } from './misuse.ts';
import { defineScript } from './script.ts';

const domainsAtOnce = 250;

/** Values of one entry, about; a value is never split. */
const entryBytes = 1024 * 1024;

/**
 * Every key that is named, with its type and time to live, and some domains with what they name.
 * KEYS: domains, records, statuses, roots, applied pin sets, then any
 * ARGV: names of domains
 * Returns the domains (name, settings, record, status), the roots and the sets that they name (id, text), and of each
 * other key type, time to live in milliseconds and value; 0 if there is none.
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
return { domains, flat(roots), flat(sets), others }
`;

/** A key to read, as what. */
interface Wanted {
  readonly key: string;
  readonly kind: string;
  readonly of?: string;
  readonly type: KeptType;
}

type Found = readonly [type: Buffer, ttl: number, value: Buffer | readonly Buffer[]] | 0;

/** By domain, and read with them. */
const ofDomains: readonly AccountKind[] = ['domains', 'records', 'statuses', 'roots', 'applied'];

const sharedKeys = {
  accounts: accountsKey,
  tokens: tokensKey,
  tokenUse: tokenUseKey,
  audit: auditKey,
  channels: channelsKey,
  sweep: sweepKey,
} as const satisfies Partial<Record<SharedKind, string>>;

export function createBackupSource(redis: Redis | Cluster): BackupSource {
  const read = defineScript(redis, 'pinwatchBackup', readScript, 'bytes');
  const identityStore = createIdentityStore(redis);

  /** Accounts, and those that are gone whose signed configurations apps go on using. */
  async function accountNames(): Promise<string[]> {
    const lists = await Promise.all([
      orNone(redis.smembers(accountsKey)),
      orNone(redis.hvals(channelsKey)),
      orNone(redis.zrange(configsKey, '0', '-1')),
    ]);
    return [...new Set(lists.flat())].sort();
  }

  async function step(
    account: string,
    names: readonly string[],
    wanted: readonly Wanted[],
  ): Promise<readonly [Buffer[], Buffer[], Buffer[], Found[]]> {
    const keys = accountKeys(account);
    const fixed = [keys.domains, keys.records, keys.statuses, keys.roots, keys.applied];
    return (await read([...fixed, ...wanted.map(({ key }) => key)], names)) as [
      Buffer[],
      Buffer[],
      Buffer[],
      Found[],
    ];
  }

  /** The names of the domains, some at a time, by name. */
  async function* namePages(account: string): AsyncGenerator<readonly string[]> {
    const { names, domains } = accountKeys(account);
    const [indexed, count] = await Promise.all([
      redis.zcard(names).catch(noneOfType),
      redis.hlen(domains).catch(noneOfType),
    ]);
    if (indexed !== count) {
      // The index is rebuilt when it is needed, but not by a backup.
      const all = await orNone(redis.hkeys(domains));
      for (let at = 0; at < all.length; at += domainsAtOnce) yield all.slice(at, at + domainsAtOnce);
      return;
    }
    let from = '-';
    for (;;) {
      const page = await redis.zrangebylex(names, from, '+', 'LIMIT', 0, domainsAtOnce);
      if (page.length > 0) yield page;
      if (page.length < domainsAtOnce) return;
      from = `(${page.at(-1)}`;
    }
  }

  async function* accountEntries(
    account: string,
    now: number,
    skipped: string[],
  ): AsyncGenerator<BackupEntry> {
    const [knownRoots, knownSets] = [new Set<string>(), new Set<string>()];
    let waiting: readonly string[] = [];
    async function* entriesOf(
      names: readonly string[],
      wanted: readonly Wanted[],
    ): AsyncGenerator<BackupEntry> {
      const histories = names.map((name) => wantedOf('history', historyKey(account, name), name));
      const [rows, roots, sets, others] = await step(account, names, [...histories, ...wanted]);
      // What domains name comes before them, once.
      yield* pairs(account, 'roots', unknown(roots, knownRoots));
      yield* pairs(account, 'applied', unknown(sets, knownSets));
      for (const [kind, at] of [
        ['domains', 1],
        ['records', 2],
        ['statuses', 3],
      ] as const) {
        const fields: Buffer[] = [];
        for (let row = 0; row + 3 < rows.length; row += 4) {
          const [name, value] = [rows[row], rows[row + at]];
          if (Buffer.isBuffer(name) && Buffer.isBuffer(value)) fields.push(name, value);
        }
        yield* pairs(account, kind, fields);
      }
      const all = [...histories, ...wanted];
      for (const [index, found] of others.entries()) {
        const one = all[index];
        if (one !== undefined) yield* entries(account, one, found, now, skipped);
      }
    }
    for await (const page of namePages(account)) {
      if (waiting.length > 0) yield* entriesOf(waiting, []);
      waiting = page;
    }
    yield* entriesOf(waiting, restOf(account, now));
  }

  return {
    async store() {
      const { identity, schema } = await identityStore.read();
      return { identity, schema };
    },

    async *entries(now, skipped) {
      const accounts = await accountNames();
      // By the same script; without names, the first keys are not read.
      for (const [kind, key] of Object.entries(sharedKeys)) {
        const type = keptType(sharedKinds[kind as keyof typeof sharedKeys]);
        if (type === null) continue;
        const [, , , [found = 0 as const]] = (await read([key, key, key, key, key, key], [])) as [
          unknown,
          unknown,
          unknown,
          Found[],
        ];
        yield* entries(undefined, { key, kind, type }, found, now, skipped);
      }
      for (const account of accounts) yield* accountEntries(account, now, skipped);
    },
  };
}

/** What an account has besides its domains. */
function restOf(account: string, now: number): Wanted[] {
  const keys = accountKeys(account);
  const once = Object.entries(accountKinds).flatMap(([kind, row]) =>
    ofDomains.includes(kind as AccountKind) ? [] : wanted(kind, keys[kind as AccountKind], row),
  );
  // A day on each side, for clocks that differ.
  const days = lastDays(now + 86_400_000, daysKept + 2);
  return [...once, ...days.map((day) => wantedOf('adoption', adoptionKey(account, day), day))];
}

function wanted(kind: string, key: string, row: KeyKind): Wanted[] {
  const type = keptType(row);
  return type === null ? [] : [{ key, kind, type }];
}

function wantedOf(kind: SeveralKind, key: string, of: string): Wanted {
  return { key, kind, of, type: severalKinds[kind].type };
}

function* unknown(flat: readonly Buffer[], known: Set<string>): Generator<Buffer> {
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const id = String(flat[at]);
    if (known.has(id)) continue;
    known.add(id);
    yield flat[at] as Buffer;
    yield flat[at + 1] as Buffer;
  }
}

function* entries(
  account: string | undefined,
  { key, kind, of, type }: Wanted,
  found: Found,
  now: number,
  skipped: string[],
): Generator<BackupEntry> {
  if (found === 0) return;
  const [stored, ttl, value] = found;
  if (String(stored) !== type) {
    skipped.push(`${key}: expected a ${type}, found a ${stored}`);
    return;
  }
  const head = { ...(account === undefined ? {} : { account }), kind, ...(of === undefined ? {} : { of }) };
  const expires = ttl < 0 ? {} : { expiresAt: now + ttl };
  const form = formOf(type);
  if (form === 'text') {
    yield { ...head, text: backupValue(value as Buffer), ...expires };
    return;
  }
  for (const part of parts(value as readonly Buffer[], form === 'fields' ? 2 : 1)) {
    yield { ...head, [form]: form === 'fields' ? pairsIn(part) : part.map(backupValue), ...expires };
  }
}

function* pairs(account: string, kind: AccountKind, flat: Iterable<Buffer>): Generator<BackupEntry> {
  for (const part of parts([...flat], 2)) yield { account, kind, fields: pairsIn(part) };
}

function pairsIn(flat: readonly Buffer[]): NonNullable<BackupEntry['fields']> {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    backupValue(flat[2 * index] as Buffer),
    backupValue(flat[2 * index + 1] as Buffer),
  ]);
}

/** In parts of about a megabyte, of whole groups of so many values. */
function* parts(values: readonly Buffer[], group: number): Generator<readonly Buffer[]> {
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < values.length; at += group) {
    for (const value of values.slice(at, at + group)) bytes += value.length;
    if (bytes < entryBytes) continue;
    yield values.slice(start, at + group);
    start = at + group;
    bytes = 0;
  }
  if (start < values.length) yield values.slice(start);
}

function noneOfType(error: Error): number {
  if (isMisuse(error)) return 0;
  throw error;
}

/** None if the key is of another type, which is reported when it is read. */
async function orNone(command: Promise<string[]>): Promise<string[]> {
  return command.catch((error: Error) => {
    if (isMisuse(error)) return [];
    throw error;
  });
}
