import type { AppliedSet } from '../core/applied-set.ts';
import { createPublishedResolver } from '../core/published-sets.ts';
import { createSetIndex, type SetIndex } from '../core/set-index.ts';
import type { AccountSets, PinSetStore } from './pin-set-store.ts';
import type { DomainRef } from './probe-store.ts';

export interface ResolvePorts {
  readonly pinSetStore: Pick<PinSetStore, 'pinSets' | 'hostedDomains' | 'applyPinSets' | 'endPending'>;
  /** Probes these ahead of the schedule, but behind requested probes, for which a person waits. */
  readonly probeSoon: (refs: readonly DomainRef[]) => Promise<void>;
}

/** The sets that apply to a host: those that apps ship by name, then the versions of the signed configuration. */
export function createResolver({
  sets,
  published,
}: Pick<AccountSets, 'sets' | 'published'>): (host: string) => readonly AppliedSet[] {
  const indexes: readonly SetIndex[] = sets.map(createSetIndex);
  const ofVersions = createPublishedResolver(published);
  return (host) => [...indexes.flatMap((index) => index(host) ?? []), ...ofVersions(host)];
}

/** Beyond this, the sets change faster than they can be applied; the next call goes on. */
const mostRounds = 10;

/**
 * Gives the domains of an account the pin sets that apply to them, some domains at a time, if that is pending. Safe to
 * run twice, at the same time, and again after a crash: what is pending is stored with the sets, and is over only when
 * every domain has them.
 */
export async function resolvePinSets(
  account: string,
  { pinSetStore, probeSoon }: ResolvePorts,
): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const { revision, pending, isComplete, ...found } = await pinSetStore.pinSets(account);
    // Domains keep a set that can't be read now.
    if (pending === null || !isComplete) return;
    const resolve = createResolver(found);
    if (await resolveAll(account, revision, resolve, { pinSetStore, probeSoon })) {
      await pinSetStore.endPending(account, pending);
    }
  }
}

/** false: the sets have changed meanwhile. */
async function resolveAll(
  account: string,
  revision: string,
  resolve: (host: string) => readonly AppliedSet[],
  { pinSetStore, probeSoon }: ResolvePorts,
): Promise<boolean> {
  let after: string | null = null;
  let isDone = false;
  while (!isDone) {
    const page = await pinSetStore.hostedDomains(account, after);
    const resolved = page.domains.map((domain) => ({ ...domain, pinSets: resolve(domain.host) }));
    const applied = await pinSetStore.applyPinSets(account, revision, resolved);
    if (applied === 'outdated') return false;
    if (applied.changed.length > 0) await probeSoon(applied.changed.map((domain) => ({ account, domain })));
    // Somebody has changed some of them meanwhile: they are read again.
    if (applied.conflicts > 0) continue;
    after = page.next;
    isDone = after === null;
  }
  return true;
}

/** As `resolvePinSets`, for every account: after a restart, or a store that came back. */
export async function resolvePendingSets(accounts: readonly string[], ports: ResolvePorts): Promise<void> {
  for (let start = 0; start < accounts.length; start += accountsAtOnce) {
    const batch = accounts.slice(start, start + accountsAtOnce);
    await Promise.all(batch.map((account) => resolvePinSets(account, ports)));
  }
}

/** With thousands of accounts, one answer after another would take long. */
const accountsAtOnce = 20;
