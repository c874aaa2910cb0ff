import {
  type AttemptOutcome,
  attempted,
  interrupted,
  isDone,
  isLastAttempt,
  mayGrow,
  nextAttemptAt,
  recipientsDue,
} from '../core/addressee.ts';
import { nextLetter } from '../core/outbox.ts';
import type { NotifySettings } from '../core/settings.ts';
import type { Journal } from './journal.ts';
import type { Delivery, Letter, Mailer } from './mailer.ts';
import type { Claim, OpenLetter, Outbox, StoredLetter } from './outbox.ts';
import { type StandingPorts, tellNewContacts } from './tell-new-contacts.ts';

export interface DeliverPorts extends StandingPorts {
  readonly outbox: Outbox;
  readonly mailer: Mailer;
  readonly clock: () => number;
  readonly journal: Journal;
  /** Rejects when the signal aborts it. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a round waits for the mail server, in milliseconds. What takes longer goes on without it. */
  readonly patienceMs: number;
  /** Takes what goes on after the round, which resolves with when to come again (as the round does), and may reject. */
  readonly linger: (work: Promise<number | null>) => void;
}

/** A process that is killed while sending holds its letter up for so long. */
const claimMs = 45_000;
/** When to look again at a letter that another process has: it may have been killed, some time ago. */
const claimedRetryMs = 15_000;
/** Beyond this another process cuts the letter. */
const mostConflicts = 3;
const conflictRetryMs = 1_000;
/** No mail server that means well takes as long. One that drips words is never silent, and would take for ever. */
const longestSendMs = 1_800_000;

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
  const nextLetterAt = await cutWhatIsDue(account, rules, ports);
  const letters = await outbox.letters(account);
  const sending = letters.map((letter) => send(account, letter, contacts.now, ports, signal));
  const times = await inTime(sending, ports, signal);
  return earliest([...times, nextLetterAt]);
}

/**
 * While nobody has got the last letter, what comes up joins it instead of piling up letters; unless it is being sent, for
 * then it may be taken. When the next letter is due; null: nothing waits.
 */
async function cutWhatIsDue(
  account: string,
  rules: NotifySettings,
  { outbox, clock }: DeliverPorts,
): Promise<number | null> {
  for (let conflicts = 0; ; conflicts += 1) {
    const pace = await outbox.pace(account);
    const next = nextLetter(pace, rules);
    const now = clock();
    if (next === null || next.dueAt > now) return next?.dueAt ?? null;
    // Other processes are at it.
    if (conflicts === mostConflicts) return now + conflictRetryMs;
    const letters = await outbox.letters(account);
    const unread = letters.filter((letter) => !letter.isClaimed && mayGrow(letter, now)).at(-1);
    await outbox.cut(account, pace, next.weekly, now, unread ?? null);
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

/** One attempt at one letter, if it is due; when to come again for it. */
async function send(
  account: string,
  stored: StoredLetter,
  contacts: readonly string[],
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<number | null> {
  const { outbox, clock } = ports;
  const isIdle = recipientsDue(stored, contacts, clock()).length === 0 && !isDone(stored, contacts, clock());
  if (isIdle) return nextAttemptAt(stored, contacts, clock());
  const claim = await outbox.claim(account, stored.id, claimMs);
  if (claim === null) return clock() + claimedRetryMs;
  const { silentForMs, letter: found } = claim;
  const letter =
    silentForMs === null
      ? found
      : { ...found, addressees: interrupted(found, contacts, silentForMs, clock()) };
  const after = { ...letter, addressees: await attempt(account, letter, contacts, claim, ports, signal) };
  await claim.settle(isDone(after, contacts, clock()) ? null : after.addressees);
  return nextAttemptAt(after, contacts, clock());
}

/** Sends it to those who are due; what became of it. */
async function attempt(
  account: string,
  letter: OpenLetter,
  contacts: readonly string[],
  claim: Claim,
  { mailer, clock, pause, journal }: DeliverPorts,
  signal: AbortSignal,
): Promise<OpenLetter['addressees']> {
  const { id, transitions, createdAt, audience } = letter;
  const recipients = recipientsDue(letter, contacts, clock());
  if (recipients.length === 0) return letter.addressees;
  const everyone = audience === null ? contacts : contacts.filter((contact) => audience.includes(contact));
  const isIntroduction = audience !== null;
  const mail: Letter = {
    ...{ id, account, recipients, everyone, transitions, createdAt, isIntroduction },
    sentAt: clock(),
  };
  const over = new AbortController();
  const kept = keep(claim, pause, over.signal);
  const deliveries = await mailer
    .send(mail, AbortSignal.any([signal, AbortSignal.timeout(longestSendMs)]))
    .finally(() => over.abort());
  await kept;
  const now = clock();
  let { addressees } = letter;
  for (const delivery of deliveries) {
    const told = isLastAttempt(letter, delivery.recipient, now) ? giveUp(delivery) : delivery;
    addressees = attempted({ ...letter, addressees }, delivery.recipient, outcomeOf(delivery), now);
    journal(delivered(account, mail, told, now));
  }
  return addressees;
}

/** Renews the claim for as long as the mail server takes. */
async function keep(claim: Claim, pause: DeliverPorts['pause'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Rejects when the letter has been sent. A store that can't be used now may be there again before the claim runs out.
    const isTime = await pause(claimMs / 3, signal).then(
      () => true,
      () => false,
    );
    if (isTime) await claim.extend().catch(() => {});
  }
}

function outcomeOf(delivery: Delivery): AttemptOutcome {
  return delivery.outcome !== 'sent' && delivery.perhapsTaken ? 'perhaps_taken' : delivery.outcome;
}

function giveUp(delivery: Delivery): Delivery {
  if (delivery.outcome !== 'failed_temporary') return delivery;
  return { ...delivery, outcome: 'failed_permanent', reason: `given up after 5 days: ${delivery.reason}` };
}

function delivered(account: string, letter: Letter, delivery: Delivery, now: number) {
  const { recipient, outcome } = delivery;
  const delays = letter.transitions.map(({ at }) => Math.max(0, (now - Date.parse(at)) / 1000));
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

function earliest(times: readonly (number | null)[]): number | null {
  const some = times.filter((time) => time !== null);
  return some.length === 0 ? null : Math.min(...some);
}
