import type { ProvisionedAccount } from '../core/domain.ts';
import type { Journal } from './journal.ts';
import type { DomainRef } from './probe-store.ts';

export interface ProvisioningStore {
  /** Names of all accounts. */
  accounts(): Promise<string[]>;
  /**
   * Makes the provisioned part of the registry equal to `accounts`, some domains of an account at a time in one atomic step
   * each. What is equal is not written. What was provisioned before and is no longer there is removed, with its record;
   * a notice of the end of each incident that was told is stored with it.
   * Returns what is new or changed.
   */
  provision(accounts: readonly ProvisionedAccount[]): Promise<{
    added: readonly DomainRef[];
    changed: readonly DomainRef[];
    removed: readonly DomainRef[];
    /** Accounts whose contacts have changed. */
    recontacted: readonly string[];
  }>;
}

export interface ProvisionPorts {
  readonly provisioning: ProvisioningStore;
  /** Probes these ahead of the schedule, but behind requested probes, for which a person waits. */
  readonly probeSoon: (refs: readonly DomainRef[]) => Promise<void>;
  /** Notifies a new contact of open incidents and undelivered notices, and everyone of what ends with a removed domain. */
  readonly nudge: (account: string, waitMs: number) => Promise<void>;
  readonly journal: Journal;
}

/** Probes planned at a time: planning those of a file of 100,000 domains at once would block the process for seconds. */
const batchSize = 100;

/** Brings the file's accounts and domains into the registry, and has the new and changed domains probed soon. */
export async function provision(
  accounts: readonly ProvisionedAccount[],
  { provisioning, probeSoon, nudge, journal }: ProvisionPorts,
): Promise<void> {
  const { added, changed, removed, recontacted } = await provisioning.provision(accounts);
  for (const refs of [added, changed]) {
    for (let start = 0; start < refs.length; start += batchSize)
      await probeSoon(refs.slice(start, start + batchSize));
  }
  const owing = new Set([...recontacted, ...removed.map(({ account }) => account)]);
  for (const account of owing) await nudge(account, 0);
  journal({
    kind: 'provisioned',
    accounts: accounts.length,
    domains: accounts.reduce((sum, account) => sum + account.domains.length, 0),
    added: added.length,
    changed: changed.length,
    removed: removed.length,
  });
}
