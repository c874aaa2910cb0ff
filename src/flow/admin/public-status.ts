/** Whether the apps of an account can connect, for anyone, if the account is set so. */
import { type Harm, harmOf } from '../../core/harm.ts';
import { createLru } from '../../core/lru.ts';
import { isMuted } from '../../core/mute.ts';
import { isRecent } from '../../core/stored-time.ts';
import type { WatchStatusPorts } from './watch-status.ts';

export interface PublicStatus {
  readonly account: string;
  /** The worst of its domains that are not muted; `unknown` also if it has none, or none was probed. */
  readonly harm: Harm;
  /** Milliseconds since the epoch: when a domain of it was last probed; 0 for never. */
  readonly probedAt: number;
}

/** Anyone may ask at any rate: the store is asked this often, for each account. */
const freshMs = 15_000;
const mostRemembered = 1_000;

/** null: there is no such account, or its status is not public; a caller can't tell which. */
export function createPublicStatus({
  adminStore,
  shared,
  clock,
}: Pick<WatchStatusPorts, 'shared' | 'clock'> & {
  readonly adminStore: Pick<WatchStatusPorts['adminStore'], 'account'>;
}): (account: string) => Promise<PublicStatus | null> {
  const known = createLru<{ readonly at: number; readonly status: Promise<PublicStatus | null> }>(
    mostRemembered,
  );

  async function read(account: string): Promise<PublicStatus | null> {
    const stored = await adminStore.account(account);
    if (stored?.value.publicStatus !== true) return null;
    const now = clock();
    const statuses = (await shared.statusesOf(account)).map(({ status }) => status);
    const probedAt = statuses.reduce((newest, { lastProbeAt }) => Math.max(newest, lastProbeAt), 0);
    const harms = statuses.filter((status) => !isMuted(status, now)).map(harmOf);
    const isKnown = probedAt > 0 && !harms.includes('unknown');
    return { account, harm: harms.includes('fail') ? 'fail' : isKnown ? 'none' : 'unknown', probedAt };
  }

  return async (account) => {
    const found = known.get(account);
    if (found !== undefined && isRecent(found.at, clock(), freshMs)) return found.status;
    const status = read(account);
    known.set(account, { at: clock(), status });
    // A failure is answered, and the next request asks again.
    status.catch(() => known.delete(account));
    return status;
  };
}
