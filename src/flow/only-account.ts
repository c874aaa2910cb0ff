/** Whether there is only one account, from a read of the registry that is rarely older than this. */
const staleMs = 10_000;

/**
 * Called for each probe, so it answers at once from what is known and refreshes in the background. false until the
 * first read is done, and after a failed one: then there may be other accounts.
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
      // Redis is away: callers that depend on it report that.
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
