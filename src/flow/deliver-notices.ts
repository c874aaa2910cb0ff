import type { Transition } from '../core/incident.ts';
import { giveUpAfterMs, nextLetter, type Pace, retryAfterMs } from '../core/outbox.ts';
import type { NotifySettings } from '../core/settings.ts';
import type { Journal } from './journal.ts';
import type { Delivery, Letter, Mailer } from './mailer.ts';

/** A letter that is not delivered to everybody yet. Times are milliseconds since the epoch. */
export interface OpenLetter extends Letter {
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

/** The account's side of the store. Every method rejects when the store can't be used. */
export interface Outbox {
  /** A notice waits for a letter, or a letter for its delivery. */
  owes(account: string): Promise<boolean>;
  pace(account: string): Promise<Pace>;
  letters(account: string): Promise<OpenLetter[]>;
  /**
   * Moves what waits into one new letter to the account's contacts, in one atomic step.
   * null: nothing waits, or somebody else has cut it (`pace` is not the stored one any more).
   */
  cut(account: string, pace: Pace, weekly: boolean, now: number): Promise<OpenLetter | null>;
  /** Takes a letter for `forMs`, so that one process at a time sends it; false: somebody else has it. */
  claim(account: string, letter: OpenLetter, now: number, forMs: number): Promise<boolean>;
  /** Stores what is still owed, and gives the letter free; with nobody left, the letter is gone. */
  settle(account: string, letter: OpenLetter): Promise<void>;
}

export interface DeliverPorts {
  readonly outbox: Outbox;
  readonly mailer: Mailer;
  readonly clock: () => number;
  readonly journal: Journal;
}

/** Longer than a mail server may take; a process killed while sending holds its letter up for so long. */
const claimMs = 45_000;
const sendTimeoutMs = 40_000;
/** When to look again at a letter that another process has: it may have been killed, some time ago. */
const claimedRetryMs = 15_000;

/**
 * Sends what an account is owed and due, and says when to come again (milliseconds since the epoch; null: nothing left).
 *
 * At least once: a letter is stored before it is sent and removed after; its id, and so its Message-ID, never changes.
 */
export async function deliverNotices(
  account: string,
  rules: NotifySettings,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<number | null> {
  const { outbox, clock } = ports;
  const open: OpenLetter[] = [];
  for (const letter of await outbox.letters(account)) {
    const after = letter.nextAttemptAt <= clock() ? await send(account, letter, ports, signal) : letter;
    if (after) open.push(after);
  }
  // While nobody has got the last letter, what comes up joins the next one instead of piling up letters.
  const blocked = open.some((letter) => letter.recipients.length === letter.everyone.length);
  const pace = await outbox.pace(account);
  const next = nextLetter(pace, rules);
  let nextLetterAt = next?.dueAt ?? null;
  if (next && !blocked && next.dueAt <= clock()) {
    const letter = await outbox.cut(account, pace, next.weekly, clock());
    const after = letter && (await send(account, letter, ports, signal));
    if (after) open.push(after);
    nextLetterAt = nextLetter(await outbox.pace(account), rules)?.dueAt ?? null;
  }
  const attempts = open.map((letter) => letter.nextAttemptAt);
  const times =
    nextLetterAt === null || (blocked && attempts.length > 0) ? attempts : [...attempts, nextLetterAt];
  return times.length === 0 ? null : Math.min(...times);
}

/** One attempt at one letter; what is left of it, or null. */
async function send(
  account: string,
  letter: OpenLetter,
  { outbox, mailer, clock, journal }: DeliverPorts,
  signal: AbortSignal,
): Promise<OpenLetter | null> {
  if (!(await outbox.claim(account, letter, clock(), claimMs))) {
    return { ...letter, nextAttemptAt: clock() + claimedRetryMs };
  }
  const deliveries = await mailer.send(letter, AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]));
  const now = clock();
  const hopeless = now - letter.createdAt > giveUpAfterMs;
  const outcomes = deliveries.map((delivery) => (hopeless ? giveUp(delivery) : delivery));
  const recipients = outcomes
    .filter(({ outcome }) => outcome === 'failed_temporary')
    .map(({ recipient }) => recipient);
  const attempts = letter.attempts + 1;
  const after = { ...letter, recipients, attempts, nextAttemptAt: now + retryAfterMs(attempts) };
  await outbox.settle(account, after);
  for (const delivery of outcomes) journal(delivered(account, letter, delivery, now));
  return recipients.length === 0 ? null : after;
}

function giveUp(delivery: Delivery): Delivery {
  if (delivery.outcome !== 'failed_temporary') return delivery;
  return { ...delivery, outcome: 'failed_permanent', reason: `given up after 5 days: ${delivery.reason}` };
}

function delivered(account: string, letter: Letter, delivery: Delivery, now: number) {
  const { recipient, outcome } = delivery;
  const delays = letter.transitions.map(({ at }: Transition) => Math.max(0, (now - Date.parse(at)) / 1000));
  return {
    kind: 'delivered' as const,
    account,
    letter: letter.id,
    recipient,
    outcome,
    detail: delivery.outcome === 'sent' ? delivery.receipt : delivery.reason,
    notices: letter.transitions.length,
    delays,
  };
}
