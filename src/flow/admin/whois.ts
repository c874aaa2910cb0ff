import type { Principal } from '../../core/access.ts';
import { createLru, type Lru } from '../../core/lru.ts';
import { isRecent } from '../../core/stored-time.ts';
import type { Tokens } from './tokens.ts';

/** How long what was known of tokens stays valid after the store went away. */
const rememberMs = 600_000;
const mostRemembered = 1_000;

/** What was known when the store was last asked; several callers may share it. */
interface Memory {
  readonly known: Lru<{ readonly principal: Principal; readonly at: number }>;
  hadTokens: boolean | null;
}

/** The store did not answer in time; it may be away without this being known yet. */
export class Unanswered extends Error {}

/**
 * Whose a token is, even while the store is away or does not answer: then the last known answer counts, so that metrics
 * can be scraped during an outage. This loses nothing, because without the store no token can be revoked either.
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
    /** The store has not been asked yet, so none of its data can be shown either. */
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

/** The result of `answer`, or `otherwise` if the store does not answer. */
async function orElse<T, U>(answer: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Unanswered) return otherwise;
    throw error;
  }
}
