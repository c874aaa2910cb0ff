import type { Cluster, Redis } from 'ioredis';
import type { BoundedProbeStorePorts } from '../../flow/bounded-probe-store.ts';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';
import { settingsHash } from './stored-domain.ts';

/** KEYS: domains, usage; ARGV: domain, expected settings, next settings */
const remuteScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if redis.call('HEXISTS', KEYS[2], 'bytes') == 1 then redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[3] - #ARGV[2]) end
return 1
`;

/** The rest of the settings stays as it is stored. */
export function createRemute(redis: Redis | Cluster): BoundedProbeStorePorts['remute'] {
  const remute = defineScript(redis, 'pinwatchRemute', remuteScript);
  return async ({ account, domain }, expected, mute) => {
    const { domains, usage } = accountKeys(account);
    const stored = await redis.hget(domains, domain);
    if (stored === null || settingsHash(stored) !== expected) return;
    const next = JSON.stringify({ ...(JSON.parse(stored) as object), ...mute });
    await remute([domains, usage], [domain, stored, next]);
  };
}
