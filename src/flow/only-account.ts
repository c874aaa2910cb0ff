/** Whether there is but one account, from a look at the registry that is seldom older than this. */
const staleMs = 10_000;

/**
 * Asked for each probe, so it answers at once by what is known, and looks again meanwhile. false until the first look has come
 * back, and after one that failed: then there may be others.
 */
export function createOnlyAccount(
  accounts: () => Promise<readonly string[]>,
  now: () => number,
): () => boolean {
  let isOnly = false;
  let lookedAt: number | null = null;

  async function look(): Promise<void> {
    try {
      isOnly = (await accounts()).length <= 1;
    } catch {
      // Redis is away: whoever needs it more says so.
      isOnly = false;
    }
  }

  return () => {
    const at = now();
    if (lookedAt === null || at - lookedAt >= staleMs) {
      lookedAt = at;
      void look();
    }
    return isOnly;
  };
}
