import { attempted, interrupted, isLastAttempt, nextAttemptAt, recipientsDue } from '../core/addressee.ts';
import { sentTo } from '../core/chosen-channels.ts';
import type { Notice } from '../core/notice.ts';
import { heldForMs, type NotifyChannel, wantedBy } from '../core/notify-channel.ts';
import { tellableAt } from '../core/transition-times.ts';
import type { Journal } from './journal.ts';
import { inTurn, type OrderedLetter } from './letter-order.ts';
import type { Letter } from './mailer.ts';
import type { ChannelDelivery, Notifier } from './notifier.ts';
import type { Claim, OpenLetter, Outbox } from './outbox.ts';

export interface ChannelPorts {
  readonly outbox: Outbox;
  readonly notifier: Notifier;
  readonly clock: () => number;
  readonly journal: Journal;
}

export interface Attempt {
  /** When to come again for it, in milliseconds since the epoch; null: it is over. */
  readonly nextAt: number | null;
  /** It waits for the end of the channel's quiet hours, or for another letter. */
  readonly isHeld: boolean;
}

const over: Attempt = { nextAt: null, isHeld: false };

const longestQuietPauseMs = 60_000;
/** Longer than an attempt takes, so it needs no renewal. */
const claimMs = 45_000;
const longestSendMs = 30_000;
/** When to check a letter that another process has again: that process may have been killed. */
const claimedRetryMs = 15_000;

/**
 * Makes one attempt at one letter to a channel, if it is due. The channel is looked up at each attempt, so a corrected
 * URL counts at the next one, and what is owed to a removed channel is dropped.
 */
export async function sendToChannel(
  account: string,
  ordered: OrderedLetter,
  channels: readonly NotifyChannel[],
  ports: ChannelPorts,
  signal: AbortSignal,
): Promise<Attempt> {
  const { outbox, clock, journal } = ports;
  const { letter: stored } = ordered;
  const name = stored.channel ?? '';
  const channel = channels.find((one) => one.name === name);
  const isIdle = channel !== undefined && recipientsDue(stored, [name], clock()).length === 0;
  if (isIdle) return { nextAt: nextAttemptAt(stored, [name], clock()), isHeld: false };
  const { againAt } = inTurn(ordered, channel === undefined ? [] : [name], clock());
  if (againAt !== null) return { nextAt: againAt + quietPauseMs(channel, clock()), isHeld: true };
  const claim = await outbox.claim(account, stored.id, claimMs);
  if (claim === null) return { nextAt: clock() + claimedRetryMs, isHeld: false };
  const { letter } = claim;
  if (channel === undefined) {
    await claim.settle(null);
    const { length: notices } = letter.transitions;
    journal({ kind: 'channel_dropped', account, channel: name, letter: letter.id, notices });
    return over;
  }
  const names = channels.map((one) => one.name);
  const wanted = wantedBy(channel, sentTo(name, letter.transitions, names));
  return settleAttempt(account, channel, claim, wanted, ports, signal);
}

/** What a letter waits for may itself wait until the morning. */
function quietPauseMs(channel: NotifyChannel | undefined, now: number): number {
  return channel === undefined ? 0 : Math.min(heldForMs(channel, [], now), longestQuietPauseMs);
}

async function settleAttempt(
  account: string,
  channel: NotifyChannel,
  claim: Claim,
  wanted: readonly Notice[],
  { notifier, clock, journal }: ChannelPorts,
  signal: AbortSignal,
): Promise<Attempt> {
  const names = [channel.name];
  const { silentForMs, letter: found } = claim;
  const letter: OpenLetter =
    silentForMs === null ? found : { ...found, addressees: interrupted(found, names, silentForMs, clock()) };
  const heldMs = heldForMs(channel, wanted, clock());
  const isDue = recipientsDue(letter, names, clock()).length > 0;
  if (wanted.length === 0) {
    await claim.settle(null);
    return over;
  }
  if (heldMs > 0 || !isDue) {
    await claim.settle(letter.addressees);
    const nextAt = heldMs > 0 ? clock() + heldMs : nextAttemptAt(letter, names, clock());
    return { nextAt, isHeld: heldMs > 0 };
  }
  const message = messageOf(account, channel, { ...letter, transitions: wanted }, clock());
  const delivery = await notifier.send(
    channel,
    message,
    AbortSignal.any([signal, AbortSignal.timeout(longestSendMs)]),
  );
  const now = clock();
  const isOver = delivery.outcome !== 'failed_temporary' || isLastAttempt(letter, channel.name, now);
  const askedMs = delivery.outcome === 'sent' ? undefined : delivery.retryAfterMs;
  const addressees = attempted(letter, channel.name, delivery.outcome, now, askedMs);
  await claim.settle(isOver ? null : addressees);
  journal(told(account, channel, message, isOver ? giveUp(delivery) : delivery));
  return isOver ? over : { nextAt: nextAttemptAt({ ...letter, addressees }, names, now), isHeld: false };
}

function messageOf(account: string, { name }: NotifyChannel, letter: OpenLetter, sentAt: number): Letter {
  const { id, createdAt } = letter;
  const transitions = letter.transitions.map((transition) => tellableAt(transition, sentAt));
  return { id, account, recipients: [name], everyone: [name], transitions, createdAt, sentAt };
}

function giveUp(delivery: ChannelDelivery): ChannelDelivery {
  if (delivery.outcome !== 'failed_temporary') return delivery;
  return { outcome: 'failed_permanent', reason: `given up after 5 days: ${delivery.reason}` };
}

function told(account: string, channel: NotifyChannel, letter: Letter, delivery: ChannelDelivery) {
  return {
    kind: 'channel_delivered' as const,
    account,
    channel: channel.name,
    type: channel.type,
    letter: letter.id,
    outcome: delivery.outcome,
    detail: delivery.outcome === 'sent' ? delivery.receipt : delivery.reason,
    notices: letter.transitions.length,
  };
}
