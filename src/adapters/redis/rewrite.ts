import type { Cluster, Redis } from 'ioredis';
import type { BoundedRecordsPorts } from '../../flow/bounded-records.ts';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';

/** KEYS: domains; ARGV: domain, expected settings, next settings */
const rewriteScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`;

export function createRewrite(redis: Redis | Cluster): BoundedRecordsPorts['rewrite'] {
  const rewrite = defineScript(redis, 'pinwatchRewrite', rewriteScript);
  return async ({ account, domain }, expected, next) => {
    await rewrite([accountKeys(account).domains], [domain, expected, JSON.stringify(next)]);
  };
}
