import type { BlindRecord, BlindTransition } from '../core/blind-incident.ts';

/** Whether pinwatch sees an account's domains. Every method rejects if the store can't be used. */
export interface SightStore {
  /** `token` is for compare-and-set. A record that can't be read is reported, and counts as none. */
  load(account: string): Promise<{ readonly record: BlindRecord; readonly token: string }>;
  /** Stores the record and the notice owed in one atomic step, if the record is still the one that was loaded. */
  commit(
    account: string,
    token: string,
    record: BlindRecord,
    transitions: readonly BlindTransition[],
    now: number,
  ): Promise<'stored' | 'conflict'>;
}
