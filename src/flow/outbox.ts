import type { LetterState } from '../core/addressee.ts';
import type { Transition } from '../core/incident.ts';
import type { Pace } from '../core/outbox.ts';

/** A letter that is not delivered to everybody yet. */
export interface StoredLetter extends LetterState {
  /** A process is sending it, or died while it did. */
  readonly isClaimed: boolean;
  /** The store's own, for compare-and-set. */
  readonly token: string;
}

/** A letter with what it tells. */
export interface OpenLetter extends LetterState {
  readonly transitions: readonly Transition[];
}

/** Whom an account tells. */
export interface Contacts {
  readonly now: readonly string[];
  /** As of the last look: whoever is new since is told what is open. null: nobody has looked before. */
  readonly known: readonly string[] | null;
}

/** A letter that this process alone may send, until the claim runs out. Its methods reject when the store can't be used. */
export interface Claim {
  /** As it is stored now. */
  readonly letter: OpenLetter;
  /** Another process died while it was sending: how long ago its last sign of life was, in milliseconds; null: none did. */
  readonly silentForMs: number | null;
  /** Starts the claim's time anew; false: somebody else has it by now. */
  extend(): Promise<boolean>;
  /** Stores what became of the letter, and gives it free; null: it is done with. */
  settle(addressees: LetterState['addressees'] | null): Promise<void>;
}

/** The account's side of the store. Every method rejects when the store can't be used. */
export interface Outbox {
  /** A notice waits for a letter, a letter for its delivery, or a new contact to be told what is open. */
  owes(account: string): Promise<boolean>;
  /** null: there is no such account. */
  contacts(account: string): Promise<Contacts | null>;
  pace(account: string): Promise<Pace>;
  /** The oldest first, without what they tell. */
  letters(account: string): Promise<StoredLetter[]>;
  /**
   * Moves what waits into one letter, in one atomic step: into a new one, or into this one, which is then due at once.
   * false: nothing waits, or somebody else was faster (`pace` or the letter is not the stored one any more).
   */
  cut(account: string, pace: Pace, weekly: boolean, now: number, into: StoredLetter | null): Promise<boolean>;
  /** Takes a letter for `forMs`, so that one process at a time sends it; null: somebody else has it, or it is gone. */
  claim(account: string, id: string, forMs: number): Promise<Claim | null>;
  /** The ids of the incidents that letters for every contact tell of, and of those that wait for such a letter. */
  incidentsOwed(account: string): Promise<ReadonlySet<string>>;
  /**
   * Stores whom the account tells by now, and with it the letter that tells the new ones; without transitions there is
   * none. Nothing is stored where somebody else was faster.
   */
  introduce(
    account: string,
    contacts: Contacts,
    audience: readonly string[],
    transitions: readonly Transition[],
    now: number,
  ): Promise<void>;
}
