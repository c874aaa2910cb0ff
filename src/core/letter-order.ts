/**
 * The order of letters to one destination. A letter can be late: the process that sent it was killed, or one of its recipients
 * could not be reached. Whoever gets the end of an incident first, and its beginning later, believes that it is open.
 */
import { isAwaited, type LetterState, owedTo } from './addressee.ts';
import type { Notice } from './notice.ts';

/** A letter that is not delivered to everyone yet, with its content. */
export interface WaitingLetter<Letter extends LetterState = LetterState> {
  readonly letter: Letter;
  readonly transitions: readonly Notice[];
}

/** The older letters that tell of an incident whose end this one tells. */
export function toldBefore<Letter extends LetterState>(
  transitions: readonly Notice[],
  older: readonly WaitingLetter<Letter>[],
): WaitingLetter<Letter>[] {
  const ended = new Set(transitions.filter(isEnd).map(({ incident }) => incident));
  return older.filter((one) => one.transitions.some(({ incident }) => ended.has(incident)));
}

/** The notices of a letter, by whether they have to come after one of the older letters. */
export function apart(
  transitions: readonly Notice[],
  older: readonly WaitingLetter[],
): { readonly urgent: readonly Notice[]; readonly later: readonly Notice[] } {
  const told = new Set(older.flatMap((one) => one.transitions.map(({ incident }) => incident)));
  const waits = (notice: Notice) => isEnd(notice) && told.has(notice.incident);
  return { urgent: transitions.filter((one) => !waits(one)), later: transitions.filter(waits) };
}

/** The contacts that get `letter` only after one of the older letters. */
export function heldBack(
  letter: LetterState,
  older: readonly LetterState[],
  contacts: readonly string[],
): string[] {
  return owedTo(letter, contacts).filter((contact) => older.some((one) => isAwaited(one, contact)));
}

function isEnd({ transition }: Notice): boolean {
  return transition === 'closed';
}
