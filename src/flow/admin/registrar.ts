import type { AuditEntry } from '../../core/audit.ts';
import type { Account, Domain } from '../../core/domain.ts';
import type { Explanation } from '../../core/explanation.ts';
import type { Transition } from '../../core/incident.ts';
import type { DomainRecord } from '../../core/record.ts';
import type { DomainStatus } from '../../core/series.ts';
import type { DomainRef } from '../records.ts';

/** What is stored, and its text: the token of compare-and-set, and what an ETag is made of. */
export interface Stored<T> {
  readonly value: T;
  readonly text: string;
}

/** A transition without what is for the mail alone: what a domain's history keeps. */
export type PastTransition = Omit<Transition, 'check' | 'own' | keyof Explanation> & {
  readonly codes: readonly string[];
};

export interface RegisteredDomain extends Stored<Domain> {
  readonly name: string;
  readonly status: DomainStatus | null;
}

/** The registry as admins change it. Every method rejects when the store can't be used. */
export interface Registrar {
  /** Names of all accounts, sorted. */
  accountNames(): Promise<string[]>;
  /** null: there is none of that name. */
  account(name: string): Promise<Stored<Account> | null>;
  /** Sorted by name; empty for an unknown account. */
  domains(account: string): Promise<RegisteredDomain[]>;
  domain(ref: DomainRef): Promise<Stored<Domain> | null>;
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
  /** As `saveAccount`; a domain that goes takes its record and history along. */
  saveDomain(
    ref: DomainRef,
    expected: string | null,
    next: Domain | null,
    audit: AuditEntry,
  ): Promise<'stored' | 'conflict'>;
  /** Newest first. */
  history(ref: DomainRef, limit: number): Promise<PastTransition[]>;
  /** Of one account, or with null of the installation (accounts and tokens). Newest first. */
  auditTrail(account: string | null, limit: number): Promise<AuditEntry[]>;
  audit(account: string | null, entry: AuditEntry): Promise<void>;
}
