import type { Cluster, Redis } from 'ioredis';
import type { SeenStore, StoreReading } from '../../core/store-identity.ts';
import { firstSchema, storeSchema } from '../../core/store-schema.ts';
import type { IdentityStore } from '../../flow/store-guard.ts';
import { missedKey, storeKey, tokensKey, unreadableTokensKey } from './keys.ts';
import { defineScript } from './script.ts';
import { runTransaction } from './transaction.ts';

/**
 * All at one moment: the answer that no tokens exist must come from the store whose identity it gives.
 * KEYS: store, missed, tokens
 */
const readScript = `
-- A key of the wrong type counts as missing, except for the tokens: whether there are any is then unknown.
local function orNone(result) return type(result) == 'table' and result['err'] and {} or result end
local tokens = redis.pcall('HLEN', KEYS[3])
return {
  orNone(redis.pcall('HMGET', KEYS[1], 'id', 'generation', 'follows', 'schema', 'hadTokens')),
  orNone(redis.pcall('HGETALL', KEYS[2])),
  type(tokens) == 'number' and tokens or -1,
}
`;

/** Tokens that an older version made, or that an adoption found, are noted, too. KEYS: store, tokens; ARGV: id */
const tickScript = `
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return false end
local tokens = redis.pcall('HLEN', KEYS[2])
if type(tokens) == 'number' and tokens > 0 then redis.call('HSET', KEYS[1], 'hadTokens', 1) end
return redis.call('HINCRBY', KEYS[1], 'generation', 1)
`;

/** KEYS: store; ARGV: schema. A key of the wrong type stays: adopting the store replaces it. */
const raiseScript = `
if redis.call('TYPE', KEYS[1])['ok'] ~= 'hash' and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local known = tonumber(redis.call('HGET', KEYS[1], 'schema') or 0) or 0
if known < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'schema', ARGV[1]) end
return 1
`;

type Fields = readonly (string | null)[];

export function createIdentityStore(redis: Redis | Cluster): IdentityStore {
  const read = defineScript(redis, 'pinwatchStore', readScript);
  const tick = defineScript(redis, 'pinwatchTick', tickScript);
  const raise = defineScript(redis, 'pinwatchRaise', raiseScript);
  return {
    async read() {
      const [fields, missed, tokens] = (await read([storeKey, missedKey, tokensKey], [])) as [
        Fields,
        string[],
        number,
      ];
      const tokensUnreadable = tokens < 0;
      const tokensLost = tokens === 0 && fields[4] === '1';
      return {
        identity: identityOf(fields),
        missed: missedOf(missed),
        hasTokens: tokens !== 0,
        tokensUnreadable,
        tokensLost,
        schema: Number(fields[3] ?? firstSchema),
      };
    },

    async raise(schema) {
      await raise([storeKey], [schema]);
    },

    async found(id) {
      await redis.hsetnx(storeKey, 'id', id);
    },

    async miss({ id, generation }) {
      await redis.hset(missedKey, id, generation);
    },

    async tick(id) {
      const generation = await tick([storeKey, tokensKey], [id]);
      return typeof generation === 'number' ? generation : null;
    },

    async adopt({ id, generation, follows }) {
      // Whatever their types.
      if (!['hash', 'none'].includes(await redis.type(tokensKey)))
        await redis.rename(tokensKey, unreadableTokensKey);
      const step = redis.multi().del(storeKey, missedKey);
      const fields = { id, generation, follows: follows.join(' '), schema: storeSchema };
      await runTransaction(step.hset(storeKey, fields));
    },
  };
}

function identityOf([id = null, generation, follows]: Fields): StoreReading['identity'] {
  if (id === null) return null;
  return { id, generation: Number(generation ?? 0), follows: (follows ?? '').split(' ').filter(Boolean) };
}

/** Names and values alternating, as HGETALL returns them within a script. */
function missedOf(entries: readonly string[]): SeenStore[] {
  const missed: SeenStore[] = [];
  for (let at = 0; at + 1 < entries.length; at += 2) {
    missed.push({ id: entries[at] ?? '', generation: Number(entries[at + 1]) });
  }
  return missed;
}
