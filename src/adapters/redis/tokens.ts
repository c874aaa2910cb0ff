import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Principal } from '../../core/access.ts';
import type { Token, Tokens } from '../../flow/admin/tokens.ts';
import { tokensKey, tokenUseKey } from './keys.ts';

interface StoredToken extends Omit<Token, 'id' | 'lastUsedAt'> {
  /** SHA-256 of the secret, hex. A secret of 256 random bits needs no slow hash. */
  readonly hash: string;
}

const usedEveryMs = 60_000;

/** `pw_<id>_<secret>`: the id finds the hash that the secret is compared with. */
export function createTokens(redis: Redis | Cluster): Tokens {
  const notedAt = new Map<string, number>();
  return {
    any: async () => (await redis.hlen(tokensKey)) > 0,

    async create(token) {
      const id = randomBytes(6).toString('hex');
      const secret = randomBytes(32).toString('base64url');
      const stored: StoredToken = { ...token, hash: hashOf(secret).toString('hex') };
      await redis.hset(tokensKey, id, JSON.stringify(stored));
      return { token: { ...token, id, lastUsedAt: null }, text: `pw_${id}_${secret}` };
    },

    async list() {
      const [stored, used] = await Promise.all([redis.hgetall(tokensKey), redis.hgetall(tokenUseKey)]);
      const tokens = Object.entries(stored).map(([id, text]): Token => {
        const { hash: _hash, ...token } = JSON.parse(text) as StoredToken;
        const lastUsedAt = used[id] === undefined ? null : Number(used[id]);
        return { id, ...token, lastUsedAt };
      });
      return tokens.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
    },

    async revoke(id) {
      const gone = await redis.hdel(tokensKey, id);
      await redis.hdel(tokenUseKey, id);
      return gone === 1;
    },

    async verify(text, now): Promise<Principal | null> {
      const [, id = '', secret = ''] = /^pw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
      // Asked for at each request, so that a revoked token is refused by every process at once.
      const found = id === '' ? null : await redis.hget(tokensKey, id);
      const stored = found === null ? null : (JSON.parse(found) as StoredToken);
      // Compared in any case: an unknown id takes as long as a wrong secret.
      const expected = Buffer.from(stored?.hash ?? '0'.repeat(64), 'hex');
      const isRight = timingSafeEqual(hashOf(secret), expected);
      if (!isRight || stored === null) return null;
      if (stored.expiresAt !== null && now >= stored.expiresAt) return null;
      if (now - (notedAt.get(id) ?? 0) >= usedEveryMs) {
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
