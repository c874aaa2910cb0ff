import type { Cluster, Redis } from 'ioredis';
import type { BoundedRecordsPorts } from '../../flow/bounded-records.ts';
import { domainLocals, domainLua } from './domain-lua.ts';
import { domainKeys } from './keys.ts';
import { defineScript } from './script.ts';
import { rootsOf, settingsText } from './stored-domain.ts';

/**
 * KEYS: as domain-lua.ts has them
 * ARGV: domain, expected settings, next settings, its roots
 */
const rewriteScript = `
${domainLocals(1)}
${domainLua}
local before = redis.call('HGET', domains, ARGV[1])
if before ~= ARGV[2] then return 0 end
count()
put(ARGV[1], before, ARGV[3], ARGV[4])
return 1
`;

export function createRewrite(redis: Redis | Cluster): BoundedRecordsPorts['rewrite'] {
  const rewrite = defineScript(redis, 'pinwatchRewrite', rewriteScript);
  return async ({ account, domain }, expected, next) => {
    const roots = rootsOf(next)?.pem ?? '';
    await rewrite(domainKeys(account), [domain, expected, settingsText(next), roots]);
  };
}
