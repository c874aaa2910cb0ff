import type { DayCounts } from '../../core/adoption.ts';

/** Installs by version, to be added to what is stored. */
export type NewInstalls = ReadonlyMap<number, number>;

/** Counts of installs in the store. Every method rejects if the store can't be used. */
export interface AdoptionStore {
  /** Adds to what this and other servers have counted on that day. */
  add(account: string, day: string, installs: NewInstalls): Promise<void>;
  /** Replaces a day's counts, as of a log that has all of them. */
  replace(account: string, day: string, installs: NewInstalls): Promise<void>;
  /** In the order of `days`; a day without counts has no versions. */
  days(account: string, days: readonly string[]): Promise<DayCounts[]>;
}
