import { isAwaited, isUnread, nextAttemptAt } from '../core/addressee.ts';
import { grouped } from '../core/grouped.ts';
import { heldBack, orderOf, type Reader } from '../core/letter-order.ts';
import { channelKinds, type NotifyChannel } from '../core/notify-channel.ts';
import type { Outbox, StoredLetter } from './outbox.ts';

/** A letter, and those that have to reach a recipient before it, whatever their age. */
export interface OrderedLetter {
  readonly letter: StoredLetter;
  readonly after: readonly StoredLetter[];
}

/** When to look again after such a letter. */
const nextRoundMs = 1_000;
/** Its sender may be dead, and the claim lasts longer. */
const claimedRoundMs = 5_000;

/**
 * The letters of an account, the oldest first, in the order that incidents have: an end is not told before its beginning. What
 * has to wait for another letter is put into a letter of its own, so that nothing else waits with it.
 */
export async function inOrder(
  account: string,
  outbox: Outbox,
  channels: readonly NotifyChannel[],
): Promise<readonly OrderedLetter[]> {
  const letters = await outbox.letters(account);
  const groups = grouped(letters, ({ channel = '' }) => channel).filter(({ length }) => length > 1);
  // The usual case: nothing waits for anything.
  if (groups.length === 0) return letters.map((letter) => ({ letter, after: [] }));
  const contents = await outbox.contents(account, groups.flat());
  const after = new Map<string, readonly StoredLetter[]>();
  for (const group of groups) {
    const reader = readerOf(group[0].channel, channels);
    const known = group.map((letter) => ({ letter, transitions: contents.get(letter.id) ?? [] }));
    for (const { letter, transitions } of known) {
      const others = known.filter((one) => one.letter !== letter);
      const { before, urgent, later } = orderOf(transitions, others, reader);
      if (before.length === 0) continue;
      if (urgent.length === 0) {
        after.set(
          letter.id,
          before.map((one) => one.letter),
        );
      } else if (isUnread(letter) && (await outbox.setApart(account, letter, urgent, later))) {
        return inOrder(account, outbox, channels);
      }
    }
  }
  return letters.map((letter) => ({ letter, after: after.get(letter.id) ?? [] }));
}

function readerOf(name: string | undefined, channels: readonly NotifyChannel[]): Reader {
  const channel = channels.find((one) => one.name === name);
  return channel !== undefined && channelKinds[channel.type].follows ? 'program' : 'people';
}

/** The contacts that may get the letter now, and when to look again after the others; null: there are none. */
export function inTurn(
  { letter, after }: OrderedLetter,
  contacts: readonly string[],
  now: number,
): { readonly contacts: readonly string[]; readonly againAt: number | null } {
  const held = heldBack(letter, after, contacts);
  if (held.length === 0) return { contacts, againAt: null };
  const awaited = held.map((contact) => after.filter((one) => isAwaited(one, contact)));
  const pauseMs = awaited.flat().some(({ isClaimed }) => isClaimed) ? claimedRoundMs : nextRoundMs;
  const times = held.map((contact, index) =>
    Math.max(now, ...(awaited[index] ?? []).map((one) => nextAttemptAt(one, [contact], now) ?? now)),
  );
  const againAt = Math.min(...times) + pauseMs;
  return { contacts: contacts.filter((contact) => !held.includes(contact)), againAt };
}
