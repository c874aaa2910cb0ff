import type { AuditEntry } from '../../core/audit.ts';
import type { Candidate, ConfigState, ConfigVersion } from '../../core/config-state.ts';
import type { Stored } from '../admin/admin-store.ts';

/** What one save writes, in one atomic step. */
export interface ConfigSave {
  readonly state: ConfigState;
  /** The signed text; left out: it stays. */
  readonly bundle?: string;
  readonly version?: ConfigVersion;
  readonly audit?: AuditEntry;
  /** Other versions are judged now: all domains of the account are pending until their pin sets are resolved. */
  readonly resolve?: boolean;
}

/** Signed configurations in the store. Every method rejects if the store can't be used. */
export interface ConfigStore {
  /** null: no keys were installed for the account. */
  state(account: string): Promise<Stored<ConfigState> | null>;
  /**
   * Writes if the state is still `expected` (null: none), so that of several servers one wins. `taken`: another account
   * has this channel.
   */
  save(account: string, expected: string | null, save: ConfigSave): Promise<'stored' | 'conflict' | 'taken'>;
  /** Newest first, without those that are no longer kept. */
  versions(account: string): Promise<ConfigVersion[]>;
  version(account: string, version: number): Promise<ConfigVersion | null>;
  /** Drops those that are too old at `now`, and the oldest if there are too many. */
  keepCandidate(account: string, candidate: Candidate, now: number): Promise<void>;
  candidate(account: string, id: string): Promise<Candidate | null>;
  /** The accounts whose configuration was saved since `mark`, and the mark for the next call. null: all accounts. */
  changedSince(mark: number | null): Promise<{ readonly accounts: readonly string[]; readonly mark: number }>;
  /** Those of these accounts that have one. */
  states(accounts: readonly string[]): Promise<{ readonly account: string; readonly state: ConfigState }[]>;
  /** The signed text; null: nothing was published. */
  bundle(account: string): Promise<string | null>;
}
