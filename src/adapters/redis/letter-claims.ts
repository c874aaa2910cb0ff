/**
 * Claims on letters, so that one process at a time sends a letter. A claim expires by the clock of Redis, so that the
 * clocks of processes may differ, and a killed process blocks its letter no longer than its claim.
 */
import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Outbox } from '../../flow/outbox.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { parseBody } from './letter-body.ts';
import { type LetterMeta, readMeta, writeMeta } from './letter-meta.ts';
import { defineScript } from './script.ts';

/**
 * A claim that ends later than any can was made by a clock that has been set back since.
 * KEYS: letters, bodies, claims; ARGV: letter id, holder, for how many milliseconds
 * Returns the letter, its body, and how long ago the last sign of a holder was that never settled it ('' if none).
 */
const claimScript = `
local letter = redis.call('HGET', KEYS[1], ARGV[1])
if not letter then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local taken = redis.call('HGET', KEYS[3], ARGV[1])
local silent = ''
if taken then
  local ends, holder = string.match(taken, '^(%d+) ?(.*)$')
  ends = tonumber(ends) or 0
  if holder ~= ARGV[2] then
    if ends > now and ends <= now + tonumber(ARGV[3]) then return false end
    silent = string.format('%d', math.max(0, now + tonumber(ARGV[3]) - ends))
  end
end
redis.call('HSET', KEYS[3], ARGV[1], string.format('%d ', now + tonumber(ARGV[3])) .. ARGV[2])
return { letter, redis.call('HGET', KEYS[2], ARGV[1]), silent }
`;

/** As the one above, but returns no letter. */
const extendScript = `
local taken = redis.call('HGET', KEYS[1], ARGV[1])
if not taken or string.match(taken, ' (.*)$') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d ', now + tonumber(ARGV[3])) .. ARGV[2])
return 1
`;

/**
 * A letter that is gone stays gone: a process that was blocked for longer than its claim must not bring it back without
 * a body. If another process has the letter by now, only finishing it counts.
 * KEYS: letters, bodies, claims; ARGV: letter id, holder, letter JSON without its notices (empty: done with)
 */
const settleScript = `
local taken = redis.call('HGET', KEYS[3], ARGV[1])
local mine = not taken or string.match(taken, ' (.*)$') == ARGV[2]
if ARGV[3] == '' then
  for i = 1, 3 do redis.call('HDEL', KEYS[i], ARGV[1]) end
elseif mine then
  redis.call('HDEL', KEYS[3], ARGV[1])
  local stored = redis.call('HGET', KEYS[1], ARGV[1])
  local notices = stored and string.match(stored, '"notices":(%d+)')
  if notices then redis.call('HSET', KEYS[1], ARGV[1], '{"notices":' .. notices .. ',' .. string.sub(ARGV[3], 2)) end
end
return 1
`;

export function createClaims(redis: Redis | Cluster, report: ReportUnreadable): Outbox['claim'] {
  const claim = defineScript(redis, 'pinwatchClaim', claimScript);
  const extend = defineScript(redis, 'pinwatchExtend', extendScript);
  const settle = defineScript(redis, 'pinwatchSettle', settleScript);
  return async (account, id, forMs) => {
    const { letters, letterBodies, letterClaims } = accountKeys(account);
    const holder = randomUUID();
    const taken = (await claim([letters, letterBodies, letterClaims], [id, holder, forMs])) as Taken | null;
    if (taken === null) return null;
    const [meta, body, silent] = taken;
    const read = parseBody(body);
    if (!read.ok) {
      const remedy = 'nothing: the letter is dropped, and what is still open is told with the next reminder';
      report({ key: letterBodies, field: id, account, domain: null, problem: read.problem, remedy });
    }
    // One without notices is dropped.
    const letter = {
      ...readMeta(parseObject(meta) as unknown as LetterMeta),
      transitions: read.ok ? read.value : [],
    };
    return {
      letter,
      silentForMs: silent === '' ? null : Number(silent),
      extend: async () => (await extend([letterClaims], [id, holder, forMs])) === 1,
      async settle(addressees) {
        const after = addressees === null ? '' : writeMeta({ ...letter, addressees });
        await settle([letters, letterBodies, letterClaims], [id, holder, after]);
      },
    };
  };
}

type Taken = readonly [letter: string, body: string | null, silent: string];
