import { isUnread, nextAttemptAt } from '../core/addressee.ts';
import { grouped } from '../core/grouped.ts';
import { apart, heldBack, toldBefore } from '../core/letter-order.ts';
import type { Outbox, StoredLetter } from './outbox.ts';

/** A letter, and those that have to reach a recipient before it. */
export interface OrderedLetter {
  readonly letter: StoredLetter;
  readonly after: readonly StoredLetter[];
}

/** When to look again after an older letter. */
const nextRoundMs = 1_000;
/** Its sender may be dead, and the claim lasts longer. */
const claimedRoundMs = 5_000;

/**
 * The letters of an account, the oldest first, in the order that incidents have: an end is not told before its beginning. What
 * has to wait for an older letter is put into a letter of its own, so that nothing else waits with it.
 */
export async function inOrder(account: string, outbox: Outbox): Promise<readonly OrderedLetter[]> {
  const letters = await outbox.letters(account);
  const groups = grouped(letters, ({ channel = '' }) => channel).filter(({ length }) => length > 1);
  // As good as always.
  if (groups.length === 0) return letters.map((letter) => ({ letter, after: [] }));
  const contents = await outbox.contents(account, groups.flat());
  const after = new Map<string, readonly StoredLetter[]>();
  for (const group of groups) {
    const known = group.map((letter) => ({ letter, transitions: contents.get(letter.id) ?? [] }));
    for (const [index, { letter, transitions }] of known.entries()) {
      const older = toldBefore(transitions, known.slice(0, index));
      if (older.length === 0) continue;
      const { urgent, later } = apart(transitions, older);
      if (urgent.length === 0) {
        const before = older.map((one) => one.letter);
        after.set(letter.id, before);
      } else if (isUnread(letter) && (await outbox.setApart(account, letter, urgent, later))) {
        return inOrder(account, outbox);
      }
    }
  }
  return letters.map((letter) => ({ letter, after: after.get(letter.id) ?? [] }));
}

/** The contacts that may get the letter now, and when to look again after the others; null: there are none. */
export function inTurn(
  { letter, after }: OrderedLetter,
  contacts: readonly string[],
  now: number,
): { readonly contacts: readonly string[]; readonly againAt: number | null } {
  const held = heldBack(letter, after, contacts);
  if (held.length === 0) return { contacts, againAt: null };
  const pauseMs = after.some(({ isClaimed }) => isClaimed) ? claimedRoundMs : nextRoundMs;
  const times = after.map((one) => nextAttemptAt(one, held, now) ?? now);
  const againAt = Math.max(now, Math.min(...times)) + pauseMs;
  return { contacts: contacts.filter((contact) => !held.includes(contact)), againAt };
}
