import type { AppliedSet } from '../core/applied-set.ts';
import type { AuditEntry } from '../core/audit.ts';
import type { ImportChange } from '../core/import-changes.ts';
import type { ImportedSet } from '../core/imported-set.ts';
import type { Limits, ReachedLimit } from '../core/limits.ts';
import type { PinSet } from '../core/pin-set.ts';

/** All pin sets of an account, and their state. */
export interface AccountSets {
  /** By name. */
  readonly sets: readonly ImportedSet[];
  /** The versions of the signed configuration that apps may hold, from the newest. */
  readonly published: readonly PinSet[];
  /** Another one after each change of any of them; '' if there has never been one. */
  readonly revision: string;
  /** Some domains may not have them yet: a token of this state; null: all have them. */
  readonly pending: string | null;
  /** Some could not be read, and are left out. */
  readonly isComplete: boolean;
}

/** A domain whose sets may have to be resolved again. */
export interface HostedDomain {
  readonly name: string;
  readonly host: string;
  /** As it is stored, for compare-and-set. */
  readonly text: string;
}

export interface ResolvedDomain extends HostedDomain {
  readonly pinSets: readonly AppliedSet[];
}

/** The account's pin sets. Every method rejects if the store can't be used. */
export interface PinSetStore {
  pinSets(account: string): Promise<AccountSets>;
  /** The text that sets were imported from, by the name that it was imported under; null: there is none. */
  importedText(account: string, of: string): Promise<string | null>;
  /**
   * Makes the changes and the audit entries in one step, if the revision is still this one; from then on all domains of
   * the account are pending. With `limits`, nothing is stored if the account would exceed one.
   */
  savePinSets(
    account: string,
    revision: string,
    changes: readonly ImportChange[],
    audit: readonly AuditEntry[],
    limits?: Limits,
  ): Promise<'stored' | 'conflict' | ReachedLimit>;
  /** Some domains by name. Unreadable ones are left out. `next` null: these were the last ones. */
  hostedDomains(
    account: string,
    after: string | null,
  ): Promise<{ readonly domains: readonly HostedDomain[]; readonly next: string | null }>;
  /**
   * Gives each domain its sets, if it is still what it was; the names of those that have changed. `outdated`: the
   * revision is another one by now.
   */
  applyPinSets(
    account: string,
    revision: string,
    domains: readonly ResolvedDomain[],
  ): Promise<{ readonly changed: readonly string[]; readonly conflicts: number } | 'outdated'>;
  /** All domains have them. Nothing happens if a domain or a set has become pending meanwhile. */
  endPending(account: string, pending: string): Promise<void>;
}
