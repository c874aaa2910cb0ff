import { Unreadable } from '../unreadable.ts';

/**
 * Does something for each account, some at a time. An account that can't be read was reported, and holds up no other.
 * Rejects at the end with the first other failure.
 */
export async function eachAccount<A>(
  accounts: readonly A[],
  atOnce: number,
  work: (account: A) => Promise<void>,
): Promise<void> {
  const waiting = [...accounts];
  const failures: unknown[] = [];
  const next = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      await work(one).catch((error) => {
        if (!(error instanceof Unreadable)) failures.push(error);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, accounts.length) }, next));
  if (failures.length > 0) throw failures[0];
}
