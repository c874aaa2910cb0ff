import type { Cluster, Redis } from 'ioredis';
import { lapseMs, type RosterStore } from '../../flow/roster.ts';
import { workersKey } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * Notes that a worker is alive, and lists all. One without a number gets the lowest one whose worker is gone, or else the
 * lowest one that is free. A time ahead of the clock is from before it was set back, and counts from now.
 * KEYS: workers; ARGV: name, or '' for none, and after how many milliseconds without a sign a worker is gone.
 */
const attendScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
local stored = redis.call('HGETALL', KEYS[1])
local seen, own, gone = {}, 0, 0
for index = 1, #stored, 2 do
  local number = tonumber(stored[index])
  local at, name = string.match(stored[index + 1], '^(%d+) (.+)$')
  if number and at then
    at = tonumber(at)
    if at > now then
      at = now
      redis.call('HSET', KEYS[1], number, string.format('%.0f', now) .. ' ' .. name)
    end
    seen[number] = at
    if name == ARGV[1] then own = number end
    if now - at > tonumber(ARGV[2]) and (gone == 0 or number < gone) then gone = number end
  else
    redis.call('HDEL', KEYS[1], stored[index])
  end
end
if ARGV[1] ~= '' then
  if own == 0 then own = gone end
  if own == 0 then
    own = 1
    while seen[own] do own = own + 1 end
  end
  seen[own] = now
  redis.call('HSET', KEYS[1], own, string.format('%.0f', now) .. ' ' .. ARGV[1])
end
local answer = { own }
for number, at in pairs(seen) do
  answer[#answer + 1] = number
  answer[#answer + 1] = now - at
end
return answer
`;

/** It counts as gone from now on. KEYS: workers; ARGV: name, and after how many milliseconds without a sign a worker is gone. */
const departScript = `
local time = redis.call('TIME')
local at = string.format('%.0f', time[1] * 1000 - ARGV[2] - 1000)
local stored = redis.call('HGETALL', KEYS[1])
for index = 1, #stored, 2 do
  local name = string.match(stored[index + 1], '^%d+ (.+)$')
  if name == ARGV[1] then redis.call('HSET', KEYS[1], stored[index], at .. ' ' .. name) end
end
`;

/** KEYS: workers; ARGV: number, and after how many milliseconds it may be forgotten: its number may be another's by now. */
const forgetScript = `
local time = redis.call('TIME')
local at = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) ')
if at and time[1] * 1000 - tonumber(at) > tonumber(ARGV[2]) then redis.call('HDEL', KEYS[1], ARGV[1]) end
`;

export function createRosterStore(redis: Redis | Cluster): RosterStore {
  const attend = defineScript(redis, 'pinwatchAttend', attendScript);
  const depart = defineScript(redis, 'pinwatchDepart', departScript);
  const forget = defineScript(redis, 'pinwatchForget', forgetScript);
  return {
    async attend(name) {
      const [own, ...flat] = (await attend([workersKey], [name ?? '', lapseMs])) as number[];
      const workers = Array.from({ length: flat.length / 2 }, (_, index) => ({
        number: flat[2 * index] ?? 0,
        quietMs: flat[2 * index + 1] ?? 0,
      }));
      return { own: own || null, workers: workers.sort((a, b) => a.number - b.number) };
    },

    async depart(name) {
      await depart([workersKey], [name, lapseMs]);
    },

    async forget(number, quietMs) {
      await forget([workersKey], [number, quietMs]);
    },
  };
}
