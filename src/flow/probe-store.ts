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
  readonly token: StoreToken;
}

/** What a domain was when it was loaded: equal for as long as neither it, its account nor its record was changed. */
export interface StoreToken {
  /** A hash of the domain's settings. */
  readonly settings: string;
  /** Of the record; see `nextVersion`. */
  readonly version: number;
  /** The account's own settings. */
  readonly account: string;
}

/**
 * The version of a record that is stored now, after that one. Milliseconds since the epoch, so that no two records of a domain
 * have the same: a store that loses its last moment, or a domain that is registered again, would otherwise count
 * up to a version that another process remembers as something else.
 */
export function nextVersion(version: number, now: number): number {
  return version < mostVersion ? Math.max(version + 1, now) : now;
}

/** Its digits can be read back. Anything above is damage: no clock comes to it in 30,000 years. */
const mostVersion = 999_999_999_999_999;

/** A domain of a batch as the store has it: `same` as it was at the known token, which saves reading it again. */
export type Found =
  | { readonly is: 'gone' }
  | { readonly is: 'same' }
  | { readonly is: 'loaded'; readonly loaded: LoadedDomain };

/** That a probe has seen the same as the last one. */
export interface Touch {
  readonly ref: DomainRef;
  readonly token: StoreToken;
  readonly status: DomainStatus;
}

/** The domain's side of the store. Every method rejects if the store can't be used; the job is then retried. */
export interface ProbeStore {
  /** null: no longer registered. */
  load(ref: DomainRef): Promise<LoadedDomain | null>;
  /** One answer for each, in their order. */
  loadMany(
    wanted: readonly { readonly ref: DomainRef; readonly known: StoreToken | undefined }[],
  ): Promise<readonly Found[]>;
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
  /** Stores the statuses alone, each if its domain is still what it was. One answer for each, in their order. */
  touch(touches: readonly Touch[]): Promise<readonly ('stored' | 'conflict')[]>;
}
