import type { ProvisionedAccount } from '../core/domain.ts';
import type { Journal } from './journal.ts';
import type { DomainRef } from './probe-store.ts';

export interface ProvisioningStore {
  /** Names of all accounts. */
  accounts(): Promise<string[]>;
  /**
   * Makes the provisioned part of the registry equal to `accounts`, one account at a time in one atomic step each.
   * What was provisioned before and is no longer there is removed, with its record. Returns what is new or changed.
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
  /** Notifies a new contact of open incidents and undelivered notices. */
  readonly nudge: (account: string, waitMs: number) => Promise<void>;
  readonly journal: Journal;
}

/** Brings the file's accounts and domains into the registry, and has the new and changed domains probed soon. */
export async function provision(
  accounts: readonly ProvisionedAccount[],
  { provisioning, probeSoon, nudge, journal }: ProvisionPorts,
): Promise<void> {
  const { added, changed, removed, recontacted } = await provisioning.provision(accounts);
  await probeSoon([...added, ...changed]);
  for (const account of recontacted) await nudge(account, 0);
  journal({
    kind: 'provisioned',
    accounts: accounts.length,
    domains: accounts.reduce((sum, account) => sum + account.domains.length, 0),
    added: added.length,
    changed: changed.length,
    removed: removed.length,
  });
}
