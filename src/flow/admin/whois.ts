import type { Principal } from '../../core/access.ts';
import type { Tokens } from './tokens.ts';

/** What was known of tokens before the store went away stays good for so long. */
const rememberMs = 600_000;
const mostRemembered = 1_000;

/**
 * Whose a token is, also while the store is away: then by what it was when last asked, so that metrics can be scraped
 * through an outage. Nothing is lost by it, for without the store no token can be revoked either.
 */
export function createWhois(
  tokens: Pick<Tokens, 'any' | 'verify'>,
  isAway: () => boolean,
  clock: () => number,
) {
  const known = new Map<string, { readonly principal: Principal; readonly at: number }>();
  let hadTokens: boolean | null = null;
  return {
    /** The store has not been asked yet, so that nothing of it can be shown either. */
    isUnknown: () => hadTokens === null && isAway(),
    async hasTokens(): Promise<boolean> {
      if (!isAway()) hadTokens = await tokens.any();
      return hadTokens ?? true;
    },
    async whois(token: string): Promise<Principal | null> {
      const now = clock();
      if (isAway()) {
        const remembered = known.get(token);
        return remembered && now - remembered.at < rememberMs ? remembered.principal : null;
      }
      const principal = await tokens.verify(token, now);
      known.delete(token);
      if (principal !== null) {
        known.set(token, { principal, at: now });
        hadTokens = true;
      }
      const [oldest] = known.keys();
      if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest);
      return principal;
    },
  };
}
