import type { Principal } from '../../core/access.ts';
import { createLru, type Lru } from '../../core/lru.ts';
import { isRecent } from '../../core/stored-time.ts';
import type { Tokens } from './tokens.ts';

/** What was known of tokens before the store went away stays good for so long. */
const rememberMs = 600_000;
const mostRemembered = 1_000;

/** What was known when the store was last asked; several may share it. */
interface Memory {
  readonly known: Lru<{ readonly principal: Principal; readonly at: number }>;
  hadTokens: boolean | null;
}

/** The store did not answer in time; it may be away and not be known to be yet. */
export class Unanswered extends Error {}

/**
 * Whose a token is, also while the store is away or does not answer: then by what it was when last asked, so that metrics
 * can be scraped through an outage. Nothing is lost by it, for without the store no token can be revoked either.
 */
export function createWhois(
  tokens: Pick<Tokens, 'any' | 'verify'>,
  isAway: () => boolean,
  clock: () => number,
  memory: Memory = { known: createLru(mostRemembered), hadTokens: null },
) {
  const { known } = memory;
  return {
    memory,
    /** The store has not been asked yet, so that nothing of it can be shown either. */
    isUnknown: () => memory.hadTokens === null && isAway(),
    async hasTokens(): Promise<boolean> {
      if (!isAway()) memory.hadTokens = await orElse(tokens.any(), memory.hadTokens);
      return memory.hadTokens ?? true;
    },
    async whois(token: string): Promise<Principal | null> {
      const now = clock();
      const remembered = known.get(token);
      const before = remembered && isRecent(remembered.at, now, rememberMs) ? remembered.principal : null;
      const principal = isAway() ? unanswered : await orElse(tokens.verify(token, now), unanswered);
      if (principal === unanswered) return before;
      if (principal === null) known.delete(token);
      else {
        known.set(token, { principal, at: now });
        memory.hadTokens = true;
      }
      return principal;
    },
  };
}

const unanswered = Symbol('unanswered');

/** What `answer` gives, or `otherwise` if the store does not answer. */
async function orElse<T, U>(answer: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Unanswered) return otherwise;
    throw error;
  }
}
