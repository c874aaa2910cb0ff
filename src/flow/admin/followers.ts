import { limitsOf, type ReachedLimit } from '../../core/limits.ts';
import type { AdminStore } from './admin-store.ts';

export interface Followers {
  /** Call `leave` when done. Gives the limit instead if the account has that many already. Per process. */
  enter(account: string): Promise<{ readonly leave: () => void } | { readonly limit: ReachedLimit }>;
}

/** Requests that follow probes, for minutes: each holds a connection, and checks its probes from time to time. */
export function createFollowers({
  adminStore,
}: {
  readonly adminStore: Pick<AdminStore, 'account'>;
}): Followers {
  const counts = new Map<string, number>();
  return {
    async enter(account) {
      const owner = await adminStore.account(account);
      const { followers } = limitsOf(owner?.value ?? {});
      const count = counts.get(account) ?? 0;
      if (count >= followers) return { limit: { name: 'followers', value: followers } };
      counts.set(account, count + 1);
      let isOver = false;
      const leave = () => {
        if (isOver) return;
        isOver = true;
        const left = (counts.get(account) ?? 1) - 1;
        if (left === 0) counts.delete(account);
        else counts.set(account, left);
      };
      return { leave };
    },
  };
}
