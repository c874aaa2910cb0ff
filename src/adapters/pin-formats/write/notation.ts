/** What a notation can say. Whatever it can't is a reason to refuse, never something to leave out. */
import type { PinPlace } from '../../../core/pin-set.ts';

/** The hosts of one entry; `one-label-or-self` is a name and what is one label below it. */
export type Coverage = 'exact' | 'one-label' | 'one-label-or-self' | 'any-depth';

export interface Notation {
  /** Whose rules these are, for a sentence: `Android`. */
  readonly enforcer: string;
  /** Which entries count if several cover a host. `one host`: the text names none, and holds the pins of one. */
  readonly resolution: 'most-specific' | 'union' | 'both' | 'one host';
  readonly covers: readonly Coverage[];
  /** Entries are keyed by their name: a name has only one. */
  readonly oneEntryPerName: boolean;
  readonly at: readonly PinPlace[];
  readonly hashes: 'keys' | 'certificates';
  /** A mismatch can be observed alone. */
  readonly observes: boolean;
  /** Which names below a pinned one can be left unpinned: single ones, or with all names below them. */
  readonly excludes: 'none' | 'exact' | 'any-depth';
  /**
   * When pinning ends on a day that is written as a date: hours after the day's start in UTC. `varies`: not at the same
   * moment in all apps. null: the notation has no such day.
   */
  readonly endsAfter: number | 'varies' | null;
  /** Fewer different pins of a name are refused by the app. */
  readonly leastPins: { readonly enforced: 1 | 2; readonly observed: 1 | 2 };
}
