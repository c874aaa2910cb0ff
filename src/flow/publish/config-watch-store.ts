import type { ConfigRecord, ConfigTransition } from '../../core/config-incident.ts';

/** What is known of the signed configurations as apps get them. Every method rejects if the store can't be used. */
export interface ConfigWatchStore {
  /** `token` is for compare-and-set. A record that can't be read is reported, and counts as none. */
  load(account: string): Promise<{ readonly record: ConfigRecord; readonly token: string }>;
  /** Stores the record and the notices owed in one atomic step, if the record is still the one that was loaded. */
  commit(
    account: string,
    token: string,
    record: ConfigRecord,
    transitions: readonly ConfigTransition[],
    now: number,
  ): Promise<'stored' | 'conflict'>;
}
