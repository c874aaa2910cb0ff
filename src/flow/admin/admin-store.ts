import type { AuditEntry } from '../../core/audit.ts';
import type { Verdict } from '../../core/check.ts';
import type { Account, Domain } from '../../core/domain.ts';
import type { DomainStatus } from '../../core/domain-status.ts';
import type { Explanation } from '../../core/explanation.ts';
import type { Transition } from '../../core/incident.ts';
import type { Limits, ReachedLimit } from '../../core/limits.ts';
import type { DomainRecord } from '../../core/record.ts';
import type { DomainRef } from '../probe-store.ts';

/** What is stored, and its text, which serves as the token for compare-and-set and as the source of the ETag. */
export interface Stored<T> {
  readonly value: T;
  readonly text: string;
}

/** A transition as a domain's history keeps it: without what only the mail needs. */
export type PastTransition = Omit<Transition, 'check' | 'own' | keyof Explanation> & {
  readonly codes: readonly string[];
};

/** A domain as shown in a list: without its own roots. */
export interface ListedDomain {
  readonly name: string;
  /** null: the stored value can't be read. */
  readonly value: Domain | null;
  readonly status: DomainStatus | null;
}

export interface DomainPageRequest {
  /** The last name of the previous page; null for the first page. */
  readonly after: string | null;
  readonly limit: number;
  /** null: any. */
  readonly verdict: Verdict | null;
}

export interface DomainPage {
  /** Sorted by name. May be fewer than asked for, or none, even if there are more. */
  readonly domains: readonly ListedDomain[];
  /** Where the next page starts; null: there is none. */
  readonly next: string | null;
}

/** The registry as admins change it. Every method rejects if the store can't be used. */
export interface AdminStore {
  /** The verdict of the last probe of each of these domains; domains without a probe are left out. */
  verdicts(account: string, domains: readonly string[]): Promise<ReadonlyMap<string, Verdict | null>>;
  /** Names of all accounts, sorted. */
  accountNames(): Promise<string[]>;
  /** null: no account has that name. An unreadable one has no contacts. */
  account(name: string): Promise<Stored<Account> | null>;
  /** The cost depends on the page, not on the number of domains. Empty for an unknown account. */
  domainPage(account: string, request: DomainPageRequest): Promise<DomainPage>;
  /** The names of the domains with an open incident, some at a time. */
  openDomains(account: string): AsyncIterable<readonly string[]>;
  /** Rejects with `Unreadable` if it exists and can't be read. */
  domain(ref: DomainRef): Promise<Stored<Domain> | null>;
  /** The text that would be stored. */
  textOf(domain: Domain): string;
  /** Those of `among` that are registered, or all if null, sorted. */
  domainNames(account: string, among: readonly string[] | null): Promise<string[]>;
  /** null: never probed. */
  record(ref: DomainRef): Promise<DomainRecord | null>;
  /**
   * Writes `next` and the audit entry in one atomic step, if what is stored is still `expected` (null: nothing).
   * `next` null deletes an account and all that belongs to it.
   */
  saveAccount(
    name: string,
    expected: string | null,
    next: Account | null,
    audit: AuditEntry,
  ): Promise<'stored' | 'conflict'>;
  /**
   * As `saveAccount`; deleting a domain also deletes its record and history, and stores a notice of the end of each incident
   * that was told. With `limits`, nothing is stored if the account would exceed one; that limit is returned. `revision`: that of
   * the pin sets that were resolved for it; if they have changed since, it is pending.
   */
  saveDomain(
    ref: DomainRef,
    expected: string | null,
    next: Domain | null,
    audit: AuditEntry,
    limits?: Limits,
    revision?: string,
  ): Promise<'stored' | 'conflict' | ReachedLimit>;
  /** Newest first. */
  history(ref: DomainRef, limit: number): Promise<PastTransition[]>;
  /** Of one account, or if null of the installation (accounts and tokens). Newest first. */
  auditTrail(account: string | null, limit: number): Promise<AuditEntry[]>;
  audit(account: string | null, entry: AuditEntry): Promise<void>;
}
