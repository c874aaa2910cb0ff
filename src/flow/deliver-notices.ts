import { mayGrow, recipientsDue } from '../core/addressee.ts';
import { nextLetter } from '../core/outbox.ts';
import type { NotifySettings } from '../core/settings.ts';
import { type SendPorts, sendLetter } from './send-letter.ts';
import { type StandingPorts, tellNewContacts } from './tell-new-contacts.ts';

export interface DeliverPorts extends SendPorts, StandingPorts {
  /** How long a round waits for the mail server, in milliseconds. What takes longer goes on without it. */
  readonly patienceMs: number;
  /** Takes what goes on after the round, which resolves with when to come again (as the round does), and may reject. */
  readonly linger: (work: Promise<number | null>) => void;
}

/** Beyond this another process cuts the letter. */
const mostConflicts = 3;
const conflictRetryMs = 1_000;

/**
 * Sends what an account is owed and due, and says when to come again (milliseconds since the epoch; null: nothing left).
 *
 * At least once: a letter is stored before it is sent and removed after; its id, and so its Message-ID, never changes.
 * Letters are sent side by side, and none holds another one up, nor the round.
 */
export async function deliverNotices(
  account: string,
  rules: NotifySettings,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<number | null> {
  const { outbox } = ports;
  const contacts = await outbox.contacts(account);
  if (contacts === null) return null;
  await tellNewContacts(account, contacts, ports);
  const nextLetterAt = await cutWhatIsDue(account, contacts.now, rules, ports);
  const letters = await outbox.letters(account);
  const sending = letters.map((letter) => sendLetter(account, letter, contacts.now, ports, signal));
  const times = await inTime(sending, ports, signal);
  return earliest([...times, nextLetterAt]);
}

/**
 * While nobody has got the last letter, what comes up joins it instead of piling up letters; unless it is being sent, for
 * then it may be taken. And if it is about to be sent again, nothing waits any longer: it tells the news, too.
 * When the next letter is due; null: nothing waits.
 */
async function cutWhatIsDue(
  account: string,
  contacts: readonly string[],
  rules: NotifySettings,
  { outbox, clock }: DeliverPorts,
): Promise<number | null> {
  for (let conflicts = 0; ; conflicts += 1) {
    const pace = await outbox.pace(account);
    const now = clock();
    const next = nextLetter(pace, rules, now);
    if (next === null) return null;
    const letters = await outbox.letters(account);
    const unread = letters.filter((letter) => !letter.isClaimed && mayGrow(letter, now)).at(-1);
    const isDue = next.dueAt <= now;
    const goesOut = unread !== undefined && recipientsDue(unread, contacts, now).length > 0;
    if (!isDue && !(goesOut && pace.waitingSince > 0)) return next.dueAt;
    // Other processes are at it.
    if (conflicts === mostConflicts) return now + conflictRetryMs;
    await outbox.cut(account, pace, isDue && next.weekly, now, unread ?? null);
  }
}

/** Waits for all of it as long as the round may; the rest goes on by itself. */
async function inTime(
  sending: readonly Promise<number | null>[],
  { pause, patienceMs, linger }: DeliverPorts,
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const open = new Set(sending);
  for (const work of sending) {
    const ended = () => open.delete(work);
    work.then(ended, ended);
  }
  const over = new AbortController();
  // An aborted round waits on: the mailer ends what it sends.
  const late = pause(patienceMs, AbortSignal.any([signal, over.signal])).catch(
    () => new Promise<never>(() => {}),
  );
  await Promise.race([Promise.allSettled(sending), late]);
  over.abort();
  for (const work of open) linger(work);
  return Promise.all(sending.filter((work) => !open.has(work)));
}

function earliest(times: readonly (number | null)[]): number | null {
  const some = times.filter((time) => time !== null);
  return some.length === 0 ? null : Math.min(...some);
}
