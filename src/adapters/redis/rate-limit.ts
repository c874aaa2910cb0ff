import type { Cluster, Redis } from 'ioredis';

/**
 * As the script of @fastify/rate-limit (11.2), which defines its own under this name where there is none: counts a request
 * and says how many there were in the window, and for how long it still lasts. A window that lasts longer than it can was
 * begun before the clock of Redis was set back, and ends when it can at the latest.
 * KEYS: counter; ARGV: window in milliseconds, then what is not used here
 */
const countScript = `
local window = tonumber(ARGV[1])
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > window then
  redis.call('PEXPIRE', KEYS[1], window)
  left = window
end
return { count, left }
`;

export function defineRateLimit(redis: Redis | Cluster): void {
  redis.defineCommand('rateLimit', { numberOfKeys: 1, lua: countScript });
}
