import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { type Principal, roles } from '../../core/access.ts';
import { asMeant, isRecent } from '../../core/stored-time.ts';
import type { Provision, Token, Tokens } from '../../flow/admin/tokens.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { storeKey, tokensKey, tokenUseKey } from './keys.ts';
import { defineScript } from './script.ts';

interface StoredToken extends Omit<Token, 'id' | 'lastUsedAt'> {
  /** SHA-256 of the secret, hex. A secret of 256 random bits needs no slow hash. */
  readonly hash: string;
}

const usedEveryMs = 60_000;

/**
 * Makes or revokes a token, if the condition for it still holds. The store notes that it has tokens until the last one is
 * revoked: if there is none in spite of that, they are lost.
 * KEYS: tokens, store
 * ARGV: id, token ('' revokes), id of the token that has to exist ('' for none), number of tokens ('' for any)
 */
const changeTokenScript = `
if ARGV[3] ~= '' and redis.call('HEXISTS', KEYS[1], ARGV[3]) == 0 then return 'not provided' end
if ARGV[4] ~= '' and redis.call('HLEN', KEYS[1]) ~= tonumber(ARGV[4]) then return 'not provided' end
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.pcall('HSET', KEYS[2], 'hadTokens', 1)
  return 'made'
end
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 'unknown' end
if redis.call('HLEN', KEYS[1]) == 0 then redis.pcall('HDEL', KEYS[2], 'hadTokens') end
return 'revoked'
`;

/**
 * Replaces a token, if it is still what was read.
 * KEYS: tokens; ARGV: id, expected, next
 */
const rewriteTokenScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`;

/** `pw_<id>_<secret>`: the id finds the hash that the secret is compared with. */
export function createTokens(redis: Redis | Cluster, report: ReportUnreadable = () => {}): Tokens {
  const notedAt = new Map<string, number>();
  const changeToken = defineScript(redis, 'pinwatchChangeToken', changeTokenScript);
  const rewriteToken = defineScript(redis, 'pinwatchRewriteToken', rewriteTokenScript);

  /**
   * When a token expires. If the clock was ahead when it was made, and has been set back since, the token is stored
   * again with its intended lifetime: otherwise it would stay valid for longer by as much as the clock was ahead.
   */
  async function expiryOf(id: string, text: string, token: StoredToken, now: number): Promise<number | null> {
    const { createdAt, expiresAt } = token;
    if (expiresAt === null) return null;
    const life = { begunAt: createdAt, endsAt: expiresAt };
    const meant = asMeant(life, now);
    if (meant === life) return expiresAt;
    const next = { ...token, createdAt: meant.begunAt, expiresAt: meant.endsAt };
    await rewriteToken([tokensKey], [id, text, JSON.stringify(next)]);
    return meant.endsAt;
  }

  const change = (id: string, token: string, provided: Provision) => {
    const needed = provided.kind === 'while' ? provided.id : '';
    return changeToken([tokensKey, storeKey], [id, token, needed, provided.kind === 'alone' ? 1 : '']);
  };
  /** An unreadable token lets nobody in. */
  function read(id: string, text: string): StoredToken | null {
    const read = attempt(() => {
      const value = parseObject(text) as unknown as StoredToken;
      if (typeof value.hash === 'string' && roles.includes(value.role)) return value;
      throw new TypeError('expected a hash and a role, found none');
    });
    if (read.ok) return read.value;
    report({ key: tokensKey, field: id, account: null, domain: null, problem: read.problem });
    return null;
  }

  return {
    any: async () => (await redis.hlen(tokensKey)) > 0,

    async create(token, provided) {
      const id = randomBytes(6).toString('hex');
      const secret = randomBytes(32).toString('base64url');
      const stored: StoredToken = { ...token, hash: hashOf(secret).toString('hex') };
      if ((await change(id, JSON.stringify(stored), provided)) !== 'made') return null;
      return { token: { ...token, id, lastUsedAt: null }, text: `pw_${id}_${secret}` };
    },

    async list() {
      const [stored, used] = await Promise.all([redis.hgetall(tokensKey), redis.hgetall(tokenUseKey)]);
      const tokens = Object.entries(stored).flatMap(([id, text]): Token[] => {
        const found = read(id, text);
        if (found === null) return [];
        const { hash: _hash, ...token } = found;
        const lastUsedAt = used[id] === undefined ? null : Number(used[id]);
        return [{ id, ...token, lastUsedAt }];
      });
      return tokens.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
    },

    async revoke(id, provided) {
      const outcome = (await change(id, '', provided)) as Awaited<ReturnType<Tokens['revoke']>>;
      if (outcome === 'revoked') await redis.hdel(tokenUseKey, id);
      return outcome;
    },

    async verify(text, now): Promise<Principal | null> {
      const [, id = '', secret = ''] = /^pw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
      // Read at each request, so that every process refuses a revoked token at once.
      const found = id === '' ? null : await redis.hget(tokensKey, id);
      const stored = found === null ? null : read(id, found);
      // Always compared, so that an unknown id takes as long as a wrong secret.
      const expected = Buffer.from(stored?.hash ?? '0'.repeat(64), 'hex');
      const isRight = timingSafeEqual(hashOf(secret), expected);
      if (!isRight || found === null || stored === null) return null;
      const expiresAt = await expiryOf(id, found, stored, now);
      if (expiresAt !== null && now >= expiresAt) return null;
      if (!isRecent(notedAt.get(id) ?? 0, now, usedEveryMs)) {
        notedAt.set(id, now);
        await redis.hset(tokenUseKey, id, now);
      }
      return { name: stored.name, role: stored.role, account: stored.account };
    },
  };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
