import { abridged } from '../../core/abridged-check.ts';
import type { Check } from '../../core/check.ts';
import type { Transition } from '../../core/incident.ts';
import { waitsAs } from '../../core/outbox.ts';

/** Forty edges with both key types and a chain of four each, and some margin. */
const mostCharacters = 512 * 1024;
const shortCharacters = 16 * 1024;

/** The times that a notice sets in the outbox, separated by spaces, its text and its short form. */
export function noticeForms(transition: Transition): [string, string, string] {
  const texts = forms(transition, transition.check, (check) => ({ ...transition, check }));
  return [waitsAs(transition).join(' '), ...texts];
}

/** As JSON, and its short form, '' if it is short already. */
export function forms<T, C extends Check | null>(
  whole: T,
  check: C,
  withCheck: (check: Check) => T,
): [string, string] {
  const text = JSON.stringify(whole);
  if (check === null || text.length <= shortCharacters) return [text, ''];
  const bounded =
    text.length <= mostCharacters ? text : JSON.stringify(withCheck(abridged(check, mostCharacters)));
  return [bounded, JSON.stringify(withCheck(abridged(check, shortCharacters)))];
}
