import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { dueAtOnce, type LetterState } from '../../core/addressee.ts';
import type { Account } from '../../core/domain.ts';
import type { Notice } from '../../core/notice.ts';
import { type Pace, paceFields } from '../../core/outbox.ts';
import type { Outbox, StoredLetter } from '../../flow/outbox.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { createClaims } from './letter-claims.ts';
import { type LetterMeta, readMeta, writeMeta } from './letter-meta.ts';
import { defineScript } from './script.ts';

/**
 * Moves what waits into one letter; does nothing if the pace, or the letter to join, is not the one that was read
 * (another process was faster). The body is assembled as text: Lua's JSON library would turn empty arrays into
 * objects.
 * KEYS: notices, weekly notices, outbox, letters, bodies, claims
 * ARGV: waitingSince, weeklyWaitingSince, lastLetterAt, with weekly (1/0), now, letter id, letter JSON without its notices,
 *       the stored JSON of the letter that grows ('' for a new one)
 */
const cutScript = `
local pace = redis.call('HMGET', KEYS[3], 'waitingSince', 'weeklyWaitingSince', 'lastLetterAt')
for i = 1, 3 do
  if (tonumber(pace[i] or 0) or 0) ~= tonumber(ARGV[i]) then return 0 end
end
local body, before = '', 0
if ARGV[8] ~= '' then
  if redis.call('HGET', KEYS[4], ARGV[6]) ~= ARGV[8] or redis.call('HEXISTS', KEYS[6], ARGV[6]) == 1 then return 0 end
  body = string.sub(redis.call('HGET', KEYS[5], ARGV[6]), 2, -2) .. ','
  before = tonumber(string.match(ARGV[8], '"notices":(%d+)')) or 0
end
local notices = redis.call('LRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
if redis.call('HEXISTS', KEYS[3], 'alarmSince') == 1 then redis.call('HSET', KEYS[3], 'lastAlarmAt', ARGV[5]) end
redis.call('HDEL', KEYS[3], 'waitingSince', 'alarmSince', 'criticalSince')
if ARGV[4] == '1' then
  local weekly = redis.call('LRANGE', KEYS[2], 0, -1)
  for _, notice in ipairs(weekly) do table.insert(notices, notice) end
  redis.call('DEL', KEYS[2])
  redis.call('HDEL', KEYS[3], 'weeklyWaitingSince')
  redis.call('HSET', KEYS[3], 'lastWeeklyAt', ARGV[5])
end
if #notices == 0 then return 0 end
redis.call('HSET', KEYS[3], 'lastLetterAt', ARGV[5])
redis.call('HSET', KEYS[4], ARGV[6], string.format('{"notices":%d,', before + #notices) .. string.sub(ARGV[7], 2))
redis.call('HSET', KEYS[5], ARGV[6], '[' .. body .. table.concat(notices, ',') .. ']')
return 1
`;

/**
 * KEYS: outbox, letters, bodies
 * ARGV: the contacts known before ('' for none), those known now, then for a letter its id, JSON and body
 */
const introduceScript = `
if (redis.call('HGET', KEYS[1], 'contacts') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'contacts', ARGV[2])
if ARGV[3] then
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
  redis.call('HSET', KEYS[3], ARGV[3], ARGV[5])
end
return 1
`;

/** Notices may be large, and many: only whose they are is sent. KEYS: notices, weekly notices */
const waitingScript = `
local incidents = {}
for _, key in ipairs(KEYS) do
  for _, notice in ipairs(redis.call('LRANGE', key, 0, -1)) do
    local incident = string.match(notice, '^{"incident":"([^"]*)"')
    if incident then table.insert(incidents, incident) end
  end
end
return incidents
`;

export function createOutbox(redis: Redis | Cluster): Outbox {
  const cut = defineScript(redis, 'pinwatchCut', cutScript);
  const introduce = defineScript(redis, 'pinwatchIntroduce', introduceScript);
  const waiting = defineScript(redis, 'pinwatchWaiting', waitingScript);

  async function contacts(account: string) {
    const keys = accountKeys(account);
    const [owner, known] = await Promise.all([redis.get(keys.account), redis.hget(keys.outbox, 'contacts')]);
    if (owner === null) return null;
    return { now: contactsOf(owner), known: known === null ? null : (JSON.parse(known) as string[]) };
  }

  async function letters(account: string): Promise<StoredLetter[]> {
    const keys = accountKeys(account);
    const stored = Object.entries(await redis.hgetall(keys.letters));
    if (stored.length === 0) return [];
    const claimed = await redis.hkeys(keys.letterClaims);
    return stored
      .map(([id, text]) => readLetter(text, claimed.includes(id)))
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  return {
    contacts,
    letters,
    claim: createClaims(redis),

    async owes(account) {
      const keys = accountKeys(account);
      const counts = await Promise.all([
        redis.llen(keys.notices),
        redis.llen(keys.weeklyNotices),
        redis.hlen(keys.letters),
      ]);
      if (counts.some((count) => count > 0)) return true;
      const found = await contacts(account);
      return found?.known != null && JSON.stringify(found.known) !== JSON.stringify(found.now);
    },

    async pace(account) {
      const stored = await redis.hgetall(accountKeys(account).outbox);
      return Object.fromEntries(
        paceFields.map((name) => [name, Number(stored[name] ?? 0)]),
      ) as unknown as Pace;
    },

    async cut(account, pace, weekly, now, into) {
      const keys = accountKeys(account);
      const fresh = { id: randomUUID(), createdAt: now, addressees: [], audience: null };
      const letter = into === null ? fresh : { ...into, addressees: dueAtOnce(into.addressees, now) };
      const done = await cut(
        [keys.notices, keys.weeklyNotices, keys.outbox, keys.letters, keys.letterBodies, keys.letterClaims],
        [
          pace.waitingSince,
          pace.weeklyWaitingSince,
          pace.lastLetterAt,
          weekly ? 1 : 0,
          now,
          letter.id,
          writeMeta(letter),
          into?.token ?? '',
        ],
      );
      return done === 1;
    },

    async incidentsOwed(account) {
      const keys = accountKeys(account);
      // First: what is moved into a letter meanwhile is found there.
      const waits = (await waiting([keys.notices, keys.weeklyNotices], [])) as string[];
      const forAll = (await letters(account)).filter(({ audience }) => audience === null);
      const bodies =
        forAll.length === 0 ? [] : await redis.hmget(keys.letterBodies, ...forAll.map(({ id }) => id));
      const inLetters = bodies.flatMap((body) => JSON.parse(body ?? '[]') as Notice[]);
      return new Set([...waits, ...inLetters.map(({ incident }) => incident)]);
    },

    async introduce(account, { now: contacts, known }, audience, transitions, now) {
      const keys = accountKeys(account);
      const letter: LetterState = { id: randomUUID(), createdAt: now, addressees: [], audience };
      await introduce(
        [keys.outbox, keys.letters, keys.letterBodies],
        [
          known === null ? '' : JSON.stringify(known),
          JSON.stringify(contacts),
          ...(transitions.length > 0
            ? [letter.id, writeMeta(letter, transitions.length), JSON.stringify(transitions)]
            : []),
        ],
      );
    },
  };
}

function readLetter(stored: string, isClaimed: boolean): StoredLetter {
  return { ...readMeta(parseObject(stored) as unknown as LetterMeta), isClaimed, token: stored };
}

/** Nobody for an unreadable account, so contacts set later count as new. The admin store reports the account. */
function contactsOf(owner: string): readonly string[] {
  const read = attempt(() => (parseObject(owner) as Partial<Account>).contacts);
  return read.ok && Array.isArray(read.value) ? read.value : [];
}
