import type { Cluster, Redis } from 'ioredis';
import {
  awayAfterMs,
  forgottenAfterMs,
  type KnownRegion,
  mostRegions,
  parseRegion,
} from '../../core/region.ts';
import type { RegionStore } from '../../flow/looks/watch-regions.ts';
import { regionsKey, regionWorkersKey } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: the regions and the workers. ARGV: how long a worker and a region count, in milliseconds; and either nothing, or a
 * worker's id, its region, and whether it stays. All times are by the clock of Redis, as those of machines may differ.
 * Returns the time, each region with its last moment, and the region of each worker.
 */
const announceScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] then
  redis.call('HSET', KEYS[1], ARGV[4], now)
  if ARGV[5] == '1' then
    redis.call('HSET', KEYS[2], ARGV[3], now .. ' ' .. ARGV[4])
  else
    redis.call('HDEL', KEYS[2], ARGV[3])
  end
end
local answer = { tostring(now), {}, {} }
local workers = redis.call('HGETALL', KEYS[2])
for index = 1, #workers, 2 do
  local at, region = string.match(workers[index + 1], '^(%d+) (.+)$')
  -- A time ahead was written before the clock was set back.
  if at and math.abs(now - tonumber(at)) <= tonumber(ARGV[1]) then
    table.insert(answer[3], region)
  else
    redis.call('HDEL', KEYS[2], workers[index])
  end
end
local regions = redis.call('HGETALL', KEYS[1])
for index = 1, #regions, 2 do
  local at = tonumber(regions[index + 1])
  if at and at > now then
    at = now
    redis.call('HSET', KEYS[1], regions[index], now)
  end
  if at and now - at <= tonumber(ARGV[2]) then
    table.insert(answer[2], regions[index])
    table.insert(answer[2], tostring(at))
  else
    redis.call('HDEL', KEYS[1], regions[index])
  end
end
return answer
`;

export function createRegionStore(redis: Redis | Cluster): RegionStore {
  const announce = defineScript(redis, 'pinwatchRegions', announceScript);
  const run = async (...worker: readonly string[]): Promise<KnownRegion[]> => {
    const limits = [awayAfterMs, forgottenAfterMs];
    const [now, regions = [], workers = []] = (await announce(
      [regionsKey, regionWorkersKey],
      [...limits, ...worker],
    )) as [string, string[], string[]];
    return regionsIn(Number(now), regions, workers);
  };
  return {
    read: () => run(),
    announce: (id, region) => run(id, region, '1'),
    async leave(id, region) {
      await run(id, region, '0');
    },
  };
}

/**
 * If there are too many: those with workers first, and always the same of them. What is open in one that comes and goes would
 * open and close with it.
 */
function regionsIn(now: number, regions: readonly string[], workers: readonly string[]): KnownRegion[] {
  const known = regions.flatMap((name, index): KnownRegion[] => {
    const silentMs = now - Number(regions[index + 1]);
    if (index % 2 === 1 || !parseRegion(name).ok) return [];
    return [{ name, workers: workers.filter((region) => region === name).length, silentMs }];
  });
  return known
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, mostRegions)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function rank({ workers, silentMs }: KnownRegion): number {
  return workers > 0 ? -1 : silentMs;
}
