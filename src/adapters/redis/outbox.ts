import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Account } from '../../core/domain.ts';
import type { Transition } from '../../core/incident.ts';
import type { Outbox } from '../../flow/deliver-notices.ts';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';

/** What is stored of a letter beside its body; the body never changes, and is large. */
interface LetterMeta {
  readonly id: string;
  readonly recipients: readonly string[];
  readonly everyone: readonly string[];
  readonly createdAt: number;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  /** How many transitions its body tells. */
  readonly notices: number;
}

/**
 * Moves what waits into one letter; nothing where the pace is not the one that was read (another process was faster).
 * The body is put together as text: Lua's JSON library would turn empty arrays into objects.
 * KEYS: notices, weekly notices, outbox, letters, bodies
 * ARGV: waitingSince, weeklyWaitingSince, lastLetterAt, with weekly (1/0), now, letter id, letter JSON
 */
const cutScript = `
local pace = redis.call('HMGET', KEYS[3], 'waitingSince', 'weeklyWaitingSince', 'lastLetterAt')
for i = 1, 3 do
  if (tonumber(pace[i] or 0) or 0) ~= tonumber(ARGV[i]) then return false end
end
local notices = redis.call('LRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[3], 'waitingSince')
if ARGV[4] == '1' then
  local weekly = redis.call('LRANGE', KEYS[2], 0, -1)
  for _, notice in ipairs(weekly) do table.insert(notices, notice) end
  redis.call('DEL', KEYS[2])
  redis.call('HDEL', KEYS[3], 'weeklyWaitingSince')
  redis.call('HSET', KEYS[3], 'lastWeeklyAt', ARGV[5])
end
if #notices == 0 then return false end
redis.call('HSET', KEYS[3], 'lastLetterAt', ARGV[5])
local body = '[' .. table.concat(notices, ',') .. ']'
redis.call('HSET', KEYS[4], ARGV[6], string.format('{"notices":%d,', #notices) .. string.sub(ARGV[7], 2))
redis.call('HSET', KEYS[5], ARGV[6], body)
return body
`;

/** KEYS: letters, claims; ARGV: letter id, now, until */
const claimScript = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
local taken = redis.call('HGET', KEYS[2], ARGV[1])
if taken and tonumber(taken) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1
`;

/**
 * A letter that is gone stays gone: a process that was held up for longer than its claim must not bring it back, without a body.
 * KEYS: letters, bodies, claims; ARGV: letter id, letter JSON (empty: delivered)
 */
const settleScript = `
redis.call('HDEL', KEYS[3], ARGV[1])
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
elseif redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 1
`;

export function createOutbox(redis: Redis | Cluster): Outbox {
  const cut = defineScript(redis, 'pinwatchCut', cutScript);
  const claim = defineScript(redis, 'pinwatchClaim', claimScript);
  const settle = defineScript(redis, 'pinwatchSettle', settleScript);
  return {
    async owes(account) {
      const keys = accountKeys(account);
      const counts = await Promise.all([
        redis.llen(keys.notices),
        redis.llen(keys.weeklyNotices),
        redis.hlen(keys.letters),
      ]);
      return counts.some((count) => count > 0);
    },

    async pace(account) {
      const stored = await redis.hgetall(accountKeys(account).outbox);
      const time = (name: string) => Number(stored[name] ?? 0);
      return {
        waitingSince: time('waitingSince'),
        weeklyWaitingSince: time('weeklyWaitingSince'),
        lastLetterAt: time('lastLetterAt'),
        lastWeeklyAt: time('lastWeeklyAt'),
      };
    },

    async letters(account) {
      const keys = accountKeys(account);
      const stored = await redis.hgetall(keys.letters);
      const ids = Object.keys(stored);
      if (ids.length === 0) return [];
      const bodies = await redis.hmget(keys.letterBodies, ...ids);
      return ids.map((id, index) => ({
        ...(JSON.parse(stored[id] ?? '') as LetterMeta),
        account,
        transitions: JSON.parse(bodies[index] ?? '[]') as Transition[],
      }));
    },

    async cut(account, pace, weekly, now) {
      const keys = accountKeys(account);
      const { contacts } = JSON.parse((await redis.get(keys.account)) ?? '{"contacts":[]}') as Account;
      const id = randomUUID();
      const meta = {
        id,
        recipients: contacts,
        everyone: contacts,
        createdAt: now,
        attempts: 0,
        nextAttemptAt: now,
      };
      const body = await cut(
        [keys.notices, keys.weeklyNotices, keys.outbox, keys.letters, keys.letterBodies],
        [
          pace.waitingSince,
          pace.weeklyWaitingSince,
          pace.lastLetterAt,
          weekly ? 1 : 0,
          now,
          id,
          JSON.stringify(meta satisfies Omit<LetterMeta, 'notices'>),
        ],
      );
      if (typeof body !== 'string') return null;
      return { ...meta, account, transitions: JSON.parse(body) as Transition[] };
    },

    async claim(account, letter, now, forMs) {
      const keys = accountKeys(account);
      return (await claim([keys.letters, keys.letterClaims], [letter.id, now, now + forMs])) === 1;
    },

    async settle(account, { id, recipients, everyone, createdAt, attempts, nextAttemptAt, transitions }) {
      const keys = accountKeys(account);
      const done = recipients.length === 0;
      const notices = transitions.length;
      const meta: LetterMeta = { id, recipients, everyone, createdAt, attempts, nextAttemptAt, notices };
      await settle(
        [keys.letters, keys.letterBodies, keys.letterClaims],
        [id, done ? '' : JSON.stringify(meta)],
      );
    },
  };
}
