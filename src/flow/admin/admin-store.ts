import type { AuditEntry } from '../../core/audit.ts';
import type { Verdict } from '../../core/check.ts';
import type { Account, Domain } from '../../core/domain.ts';
import type { DomainStatus } from '../../core/domain-status.ts';
import type { Explanation } from '../../core/explanation.ts';
import type { Transition } from '../../core/incident.ts';
import type { Limits, ReachedLimit } from '../../core/limits.ts';
import type { DomainRecord } from '../../core/record.ts';
import type { DomainRef } from '../probe-store.ts';

/** What is stored, and its text: the token of compare-and-set, and what an ETag is made of. */
export interface Stored<T> {
  readonly value: T;
  readonly text: string;
}

/** A transition without what is for the mail alone: what a domain's history keeps. */
export type PastTransition = Omit<Transition, 'check' | 'own' | keyof Explanation> & {
  readonly codes: readonly string[];
};

/** A domain as a list shows it: without its own roots. */
export interface ListedDomain {
  readonly name: string;
  /** null: what is stored can't be read. */
  readonly value: Domain | null;
  readonly status: DomainStatus | null;
}

export interface DomainPageRequest {
  /** The last name of the page before; null for the first page. */
  readonly after: string | null;
  readonly limit: number;
  /** null: any. */
  readonly verdict: Verdict | null;
}

export interface DomainPage {
  /** Sorted by name; perhaps fewer than asked for, or none, although there are more. */
  readonly domains: readonly ListedDomain[];
  /** What the next page comes after; null: there is none. */
  readonly next: string | null;
}

/** The registry as admins change it. Every method rejects when the store can't be used. */
export interface AdminStore {
  /** Of the last probe of each of these domains, as far as there was one. */
  verdicts(account: string, domains: readonly string[]): Promise<ReadonlyMap<string, Verdict | null>>;
  /** Names of all accounts, sorted. */
  accountNames(): Promise<string[]>;
  /** null: there is none of that name. One that can't be read has nobody to tell. */
  account(name: string): Promise<Stored<Account> | null>;
  /** What it costs goes by the page, and not by how many domains there are. Empty for an unknown account. */
  domainPage(account: string, request: DomainPageRequest): Promise<DomainPage>;
  /** The names of the domains with an open incident, some at a time. */
  openDomains(account: string): AsyncIterable<readonly string[]>;
  /** Rejects with `Unreadable` where it is there and can't be read. */
  domain(ref: DomainRef): Promise<Stored<Domain> | null>;
  /** The text as which it would be stored. */
  textOf(domain: Domain): string;
  /** Those of `among` that are registered, or with null all, sorted. */
  domainNames(account: string, among: readonly string[] | null): Promise<string[]>;
  /** null: never probed. */
  record(ref: DomainRef): Promise<DomainRecord | null>;
  /**
   * Writes what is next and the audit entry in one atomic step, if what is stored is still `expected` (null: nothing).
   * `next` null deletes, for an account with all that is its own.
   */
  saveAccount(
    name: string,
    expected: string | null,
    next: Account | null,
    audit: AuditEntry,
  ): Promise<'stored' | 'conflict'>;
  /**
   * As `saveAccount`; a domain that goes takes its record and history along. With `limits`, nothing is stored where the
   * account would go beyond one, which is given.
   */
  saveDomain(
    ref: DomainRef,
    expected: string | null,
    next: Domain | null,
    audit: AuditEntry,
    limits?: Limits,
  ): Promise<'stored' | 'conflict' | ReachedLimit>;
  /** Newest first. */
  history(ref: DomainRef, limit: number): Promise<PastTransition[]>;
  /** Of one account, or with null of the installation (accounts and tokens). Newest first. */
  auditTrail(account: string | null, limit: number): Promise<AuditEntry[]>;
  audit(account: string | null, entry: AuditEntry): Promise<void>;
}
