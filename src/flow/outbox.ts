import type { LetterState } from '../core/addressee.ts';
import type { Notice } from '../core/notice.ts';
import type { NotifyChannel } from '../core/notify-channel.ts';
import type { Pace } from '../core/outbox.ts';

/** A letter that has not been delivered to everyone yet. */
export interface StoredLetter extends LetterState {
  /** A process is sending it, or died while sending it. */
  readonly isClaimed: boolean;
  /** The store's token for compare-and-set. */
  readonly token: string;
}

/** A letter with its content. */
export interface OpenLetter extends LetterState {
  readonly transitions: readonly Notice[];
}

/** The people that an account notifies. */
export interface Contacts {
  readonly now: readonly string[];
  /** As of the last check: contacts added since are notified of what is open. null: never checked. */
  readonly known: readonly string[] | null;
}

/** Whom and what an account's notices go to. */
export interface Destinations extends Contacts {
  readonly channels: readonly NotifyChannel[];
  /** Their names as of the last check: a new channel is told what is open. null: never checked. */
  readonly knownChannels: readonly string[] | null;
  /** How many domains the account has. */
  readonly domains: number;
}

/** A letter for one notification channel, in which the notices go to `into`, or to a new one. */
export interface ChannelLetter {
  readonly channel: string;
  readonly into: StoredLetter | null;
}

/** A letter that only this process may send, until the claim expires. Its methods reject if the store can't be used. */
export interface Claim {
  /** As it is stored now. */
  readonly letter: OpenLetter;
  /** If another process died while sending: how long ago its last sign of life was, in milliseconds; else null. */
  readonly silentForMs: number | null;
  /** Renews the claim; false: another process has it by now. */
  extend(): Promise<boolean>;
  /** Stores the outcome of the letter and releases it; null: the letter is finished. */
  settle(addressees: LetterState['addressees'] | null): Promise<void>;
}

/** The account's side of the store. Every method rejects if the store can't be used. */
export interface Outbox {
  /**
   * Whether a notice waits for a letter, a letter for its delivery, a new contact or channel to be told what is open, or an alert
   * for its repetition.
   */
  owes(account: string): Promise<boolean>;
  /** null: no such account exists. */
  contacts(account: string): Promise<Destinations | null>;
  pace(account: string): Promise<Pace>;
  /** The oldest first, without their content. */
  letters(account: string): Promise<StoredLetter[]>;
  /** By the letter's id; those that are gone or unreadable are left out. */
  contents(
    account: string,
    letters: readonly StoredLetter[],
  ): Promise<ReadonlyMap<string, readonly Notice[]>>;
  /**
   * Leaves `stay` in a letter and puts `go`, the rest of it, into another one of the same age, in one atomic step. false:
   * the letter is no longer the stored one, or is being sent.
   */
  setApart(
    account: string,
    letter: StoredLetter,
    stay: readonly Notice[],
    go: readonly Notice[],
  ): Promise<boolean>;
  /**
   * Moves what waits into one letter, in one atomic step: into a new one, or into `into`, which is then due at once.
   * Each channel gets a copy in a letter of its own. false: nothing waits, or another process was faster (`pace` or a
   * letter is no longer the stored one).
   */
  cut(
    account: string,
    pace: Pace,
    weekly: boolean,
    now: number,
    into: StoredLetter | null,
    channels?: readonly ChannelLetter[],
  ): Promise<boolean>;
  /** Claims a letter for `forMs`, so that one process at a time sends it; null: another one has it, or it is gone. */
  claim(account: string, id: string, forMs: number): Promise<Claim | null>;
  /** When the alerts of services that forget them were last repeated; 0: nothing was open. */
  alertsAt(account: string): Promise<number>;
  setAlertsAt(account: string, at: number): Promise<void>;
  /** The ids of the incidents that wait to be put into a letter, which every channel gets. */
  incidentsWaiting(account: string): Promise<ReadonlySet<string>>;
  /**
   * Stores the names of the current channels, together with a letter to each new one; without transitions there is none.
   * Nothing is stored if another process was faster.
   */
  introduceChannels(
    account: string,
    names: { readonly now: readonly string[]; readonly known: readonly string[] | null },
    fresh: readonly string[],
    transitions: readonly Notice[],
    now: number,
  ): Promise<void>;
  /** The ids of the incidents in letters for all contacts, and of those that wait for such a letter. */
  incidentsOwed(account: string): Promise<ReadonlySet<string>>;
  /**
   * Stores the current contacts, together with the letter to the new ones; without transitions there is no letter.
   * Nothing is stored if another process was faster.
   */
  introduce(
    account: string,
    contacts: Contacts,
    audience: readonly string[],
    transitions: readonly Notice[],
    now: number,
  ): Promise<void>;
}
