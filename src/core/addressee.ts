/**
 * Who gets a letter and when, and its state for each address.
 *
 * Contacts are looked up at each attempt, so that a corrected address gets what the mistyped one did not. A contact
 * without an entry is owed the letter at once. From then on:
 *
 * - **owed → sent.** The mail server has accepted it.
 * - **owed → owed.** It could not be sent, and is retried with growing pauses of up to 5 minutes. If the server may
 *   have accepted it and only its answer was lost, each repeat may be another copy, so repeats come at longer and
 *   longer intervals.
 * - **owed → refused.** The server says that there is no such mailbox. While no contact has got the letter, refused
 *   addresses are still retried: someone has to be told.
 * - **owed → given up.** After 5 days.
 */

import { hasCome, mostSkewMs } from './stored-time.ts';

/** Times are milliseconds since the epoch. */
export interface Addressee {
  readonly address: string;
  readonly state: 'owed' | 'sent' | 'refused' | 'given_up';
  readonly attempts: number;
  /** Attempts after which the server may have accepted it without saying so. */
  readonly copies: number;
  readonly nextAttemptAt: number;
  /** A pause that the other side has asked for, in milliseconds. */
  readonly askedMs?: number;
}

/** The state of a letter's delivery. */
export interface LetterState {
  readonly id: string;
  readonly createdAt: number;
  readonly addressees: readonly Addressee[];
  /** The only recipients: new contacts, who are told what is open. null: every contact. */
  readonly audience: readonly string[] | null;
  /** The notification channel that it goes to, its only addressee. Left out: it is a mail. */
  readonly channel?: string;
}

/** The result of one attempt for one address. */
export type AttemptOutcome = 'sent' | 'failed_temporary' | 'failed_permanent' | 'perhaps_taken';

/** RFC 5321, section 4.5.4.1: give up no sooner than after 4 to 5 days. */
export const giveUpAfterMs = 5 * 86_400_000;
/** But not because the machine was asleep for that long: at least this many attempts, which take 3.5 hours. */
const leastAttempts = 50;
/** About as many as in 5 days: ends it even if its age is unknown. */
const mostAttempts = 1_500;
/** As many as the intervals allow in 5 days, and a limit in case of a bug in them. */
const mostCopies = 20;

/** Pause before a letter is retried (exponential, 2 s to 5 min): short after a hiccup, long in an outage. */
export function retryAfterMs(attempts: number): number {
  return Math.min(2_000 * 2 ** Math.max(0, attempts - 1), 300_000);
}

/**
 * Pause before a letter that may have been accepted is sent again: 45 s at first, then each 1.6 times the last; 19
 * copies in 5 days.
 */
export function repeatAfterMs(copies: number): number {
  return Math.round(45_000 * 1.6 ** Math.max(0, copies - 1));
}

/** The contacts that a letter is still owed to. */
export function owedTo(letter: LetterState, contacts: readonly string[]): string[] {
  const nobodyHasIt = !letter.addressees.some(({ state }) => state === 'sent');
  const among = letter.audience;
  return contacts.filter((contact) => {
    if (among !== null && !among.includes(contact)) return false;
    const state = entryOf(letter, contact)?.state ?? 'owed';
    return state === 'owed' || (state === 'refused' && nobodyHasIt);
  });
}

/** Those of them whose next attempt is due. */
export function recipientsDue(letter: LetterState, contacts: readonly string[], now: number): string[] {
  return owedTo(letter, contacts).filter((contact) => dueAt(letter, contact, now) <= now);
}

/** When the next attempt is due; null if none is. */
export function nextAttemptAt(letter: LetterState, contacts: readonly string[], now: number): number | null {
  const times = owedTo(letter, contacts).map((contact) => dueAt(letter, contact, now));
  return times.length === 0 ? null : Math.min(...times);
}

function dueAt(letter: LetterState, contact: string, now: number): number {
  const entry = entryOf(letter, contact);
  if (entry === undefined) return 0;
  return hasCome(entry.nextAttemptAt, now, longestPause(entry))
    ? Math.min(entry.nextAttemptAt, now)
    : entry.nextAttemptAt;
}

/**
 * A longer wait means that the clock was ahead. An extra copy is worse than one that is late because two clocks differ.
 */
function longestPause(entry: Addressee): number {
  return pauseAfter(entry) + (entry.copies === 0 ? 0 : mostSkewMs);
}

function pauseAfter({ attempts, copies, askedMs = 0 }: Addressee): number {
  return Math.max(retryAfterMs(attempts), copies === 0 ? 0 : repeatAfterMs(copies), askedMs);
}

/** No contact is owed it any more. Without any contact, it waits for one. */
export function isDone(letter: LetterState, contacts: readonly string[], now: number): boolean {
  if (owedTo(letter, contacts).length > 0) return false;
  return contacts.length > 0 || letter.audience !== null || now - letter.createdAt > giveUpAfterMs;
}

/** Whether this address is given up if the current attempt fails. */
export function isLastAttempt(letter: LetterState, address: string, now: number): boolean {
  const { attempts = 0, copies = 0 } = entryOf(letter, address) ?? {};
  if (copies + 1 >= mostCopies || attempts + 1 >= mostAttempts) return true;
  return now - letter.createdAt > giveUpAfterMs && attempts + 1 >= leastAttempts;
}

/** The letter after an attempt at one address. `askedMs`: the least pause that the other side has asked for. */
export function attempted(
  letter: LetterState,
  address: string,
  outcome: AttemptOutcome,
  now: number,
  askedMs?: number,
): LetterState['addressees'] {
  const { askedMs: _asked, ...before } = entryOf(letter, address) ?? unseen(address);
  const state =
    outcome === 'sent'
      ? 'sent'
      : isLastAttempt(letter, address, now)
        ? 'given_up'
        : outcome === 'failed_permanent'
          ? 'refused'
          : 'owed';
  const entry = {
    ...before,
    state,
    attempts: before.attempts + 1,
    copies: before.copies + Number(outcome === 'perhaps_taken'),
    ...(askedMs === undefined ? {} : { askedMs }),
  } as const;
  const pause =
    outcome === 'perhaps_taken' || askedMs !== undefined ? pauseAfter(entry) : retryAfterMs(entry.attempts);
  return replaced(letter.addressees, { ...entry, nextAttemptAt: now + pause });
}

/**
 * The letter after the process that was sending it has died, last heard from `silentForMs` ago: the server may have
 * accepted it.
 */
export function interrupted(
  letter: LetterState,
  contacts: readonly string[],
  silentForMs: number,
  now: number,
): LetterState['addressees'] {
  return owedTo(letter, contacts).reduce((addressees, address) => {
    const before = entryOf(letter, address) ?? unseen(address);
    const copies = before.copies + 1;
    const pause = Math.max(0, repeatAfterMs(copies) - silentForMs);
    return replaced(addressees, { ...before, copies, nextAttemptAt: now + pause });
  }, letter.addressees);
}

/** How long a letter may take in new notices. So no notice waits for less than 4 days before it is given up. */
const growsForMs = 86_400_000;

/**
 * Whether what comes after it waits for it to reach this contact. If it may have been accepted twice, the contact is likely to
 * have it.
 */
export function isAwaited(letter: LetterState, contact: string): boolean {
  return owedTo(letter, [contact]).length > 0 && (entryOf(letter, contact)?.copies ?? 0) < 2;
}

/** No contact can have got it. */
export function isUnread({ addressees }: LetterState): boolean {
  return addressees.every(({ state, copies }) => state !== 'sent' && copies === 0);
}

/** No contact can have got it, so later notices may join it, instead of making another letter after an outage. */
export function mayGrow(letter: LetterState, now: number): boolean {
  return isUnread(letter) && letter.audience === null && now - letter.createdAt < growsForMs;
}

/** Retries all addresses at once. */
export function dueAtOnce(addressees: LetterState['addressees'], now: number): LetterState['addressees'] {
  return addressees.map((entry) => ({ ...entry, nextAttemptAt: Math.min(entry.nextAttemptAt, now) }));
}

function entryOf({ addressees }: LetterState, address: string): Addressee | undefined {
  return addressees.find((entry) => entry.address === address);
}

function unseen(address: string): Addressee {
  return { address, state: 'owed', attempts: 0, copies: 0, nextAttemptAt: 0 };
}

function replaced(addressees: LetterState['addressees'], entry: Addressee): LetterState['addressees'] {
  return [...addressees.filter(({ address }) => address !== entry.address), entry];
}
