import type { Domain } from '../core/domain.ts';
import type { DomainStatus } from '../core/domain-status.ts';
import type { Transition } from '../core/incident.ts';
import type { Platform } from '../core/platforms.ts';
import type { DomainRecord } from '../core/record.ts';
import type { NotifySettings } from '../core/settings.ts';

/** Names a domain: the account's name and `domainName()`. */
export interface DomainRef {
  readonly account: string;
  readonly domain: string;
}

/** A domain as it is registered now, with its record; `token` is the store's, for compare-and-set. */
export interface LoadedDomain {
  readonly domain: Domain;
  readonly record: DomainRecord;
  /** The settings in which the account differs from the installation. */
  readonly notify: Partial<NotifySettings>;
  /** The account's platforms, whose rules apply; undefined: those of the installation. */
  readonly platforms: readonly Platform[] | undefined;
  readonly token: { readonly settings: string; readonly version: number };
}

/** The domain's side of the store. Every method rejects if the store can't be used; the job is then retried. */
export interface ProbeStore {
  /** null: no longer registered. */
  load(ref: DomainRef): Promise<LoadedDomain | null>;
  /**
   * Stores the record, its status and the notices owed in one atomic step.
   * `conflict`: settings or record changed since `load`, nothing was stored.
   */
  commit(
    ref: DomainRef,
    token: LoadedDomain['token'],
    record: DomainRecord,
    status: DomainStatus,
    transitions: readonly Transition[],
    now: number,
  ): Promise<'stored' | 'conflict'>;
}
