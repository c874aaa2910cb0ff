import {
  type AttemptOutcome,
  attempted,
  interrupted,
  isDone,
  isLastAttempt,
  nextAttemptAt,
  recipientsDue,
} from '../core/addressee.ts';
import { mailChannel, sentTo } from '../core/chosen-channels.ts';
import { earliest } from '../core/earliest.ts';
import { tellableAt } from '../core/transition-times.ts';
import type { Journal } from './journal.ts';
import { inTurn, type OrderedLetter } from './letter-order.ts';
import type { Delivery, Letter, Mailer } from './mailer.ts';
import type { Claim, Destinations, OpenLetter, Outbox } from './outbox.ts';

export interface SendPorts {
  readonly outbox: Outbox;
  readonly mailer: Mailer;
  readonly clock: () => number;
  readonly journal: Journal;
  /** Rejects if the signal aborts it. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How long a process that is killed while sending blocks its letter. */
const claimMs = 45_000;
/** When to check a letter that another process has again: that process may have been killed. */
const claimedRetryMs = 15_000;
/** No well-behaved mail server takes this long. One that drips bytes is never silent, and would take forever. */
const longestSendMs = 1_800_000;

/**
 * Makes one attempt at one letter, if it is due. Some of its notices may only go to channels. Returns when to come again
 * for it.
 */
export async function sendLetter(
  account: string,
  ordered: OrderedLetter,
  { now: everyone, channels, domains }: Pick<Destinations, 'now' | 'channels' | 'domains'>,
  ports: SendPorts,
  signal: AbortSignal,
): Promise<number | null> {
  const { outbox, clock } = ports;
  const { letter: stored } = ordered;
  const { contacts, againAt } = inTurn(ordered, everyone, clock());
  const isIdle = recipientsDue(stored, contacts, clock()).length === 0 && !isDone(stored, everyone, clock());
  if (isIdle) return earliest([nextAttemptAt(stored, contacts, clock()), againAt]);
  const claim = await outbox.claim(account, stored.id, claimMs);
  if (claim === null) return clock() + claimedRetryMs;
  const { silentForMs, letter: found } = claim;
  const letter =
    silentForMs === null
      ? found
      : { ...found, addressees: interrupted(found, everyone, silentForMs, clock()) };
  const names = channels.map(({ name }) => name);
  const transitions = sentTo(mailChannel, letter.transitions, names);
  if (transitions.length === 0) {
    await claim.settle(null);
    return null;
  }
  const mail = { ...letter, transitions, account, domains };
  const after = { ...letter, addressees: await attempt(mail, contacts, everyone, claim, ports, signal) };
  await claim.settle(isDone(after, everyone, clock()) ? null : after.addressees);
  return earliest([nextAttemptAt(after, contacts, clock()), againAt]);
}

/** Sends it to those of `contacts` that are due, and returns the outcome. */
async function attempt(
  letter: OpenLetter & Pick<Letter, 'account' | 'domains'>,
  contacts: readonly string[],
  all: readonly string[],
  claim: Claim,
  { mailer, clock, pause, journal }: SendPorts,
  signal: AbortSignal,
): Promise<OpenLetter['addressees']> {
  const { account, id, createdAt, audience, domains = 0 } = letter;
  const recipients = recipientsDue(letter, contacts, clock());
  if (recipients.length === 0) return letter.addressees;
  const everyone = audience === null ? all : all.filter((contact) => audience.includes(contact));
  const isIntroduction = audience !== null;
  const sentAt = clock();
  const transitions = letter.transitions.map((transition) => tellableAt(transition, sentAt));
  const mail: Letter = {
    ...{ id, account, recipients, everyone, transitions, createdAt, isIntroduction, sentAt, domains },
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

/** Renews the claim while the mail server takes its time. */
async function keep(claim: Claim, pause: SendPorts['pause'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Rejects when the letter has been sent. A store that can't be used now may be back before the claim expires.
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
    outcome: delivery.outcome === 'sent' && delivery.isWritten ? ('written' as const) : outcome,
    detail: delivery.outcome === 'sent' ? delivery.receipt : delivery.reason,
    notices: letter.transitions.length,
    delays,
  };
}
