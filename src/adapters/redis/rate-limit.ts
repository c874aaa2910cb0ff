import type { Cluster, Redis } from 'ioredis';

/**
 * Replaces the script of @fastify/rate-limit (11.2), which defines its own under this name only if there is none:
 * counts a request, and returns the requests in the window and how long it still lasts. A window with more time left
 * than its length began before the clock of Redis was set back, and is cut to its length.
 * KEYS: counter; ARGV: window in milliseconds, then values not used here
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
