import { mayGrow, recipientsDue } from '../core/addressee.ts';
import { earliest } from '../core/earliest.ts';
import { channelKinds } from '../core/notify-channel.ts';
import { nextLetter } from '../core/outbox.ts';
import type { NotifySettings } from '../core/settings.ts';
import { inOrder, type OrderedLetter } from './letter-order.ts';
import type { ChannelLetter, Destinations, Outbox, StoredLetter } from './outbox.ts';
import { type RepeatPorts, repeatAlerts } from './repeat-alerts.ts';
import { type SendPorts, sendLetter } from './send-letter.ts';
import { type ChannelPorts, sendToChannel } from './send-to-channel.ts';
import { tellNewChannels } from './tell-new-channels.ts';
import { type IntroducePorts, tellNewContacts } from './tell-new-contacts.ts';

export interface DeliverPorts extends SendPorts, ChannelPorts, IntroducePorts, RepeatPorts {
  readonly outbox: Outbox;
  /** How long a round waits for the mail server, in milliseconds. What takes longer continues after the round. */
  readonly patienceMs: number;
  /** Makes the digest of the account if it is due. Left out: there are no digests. */
  readonly makeDigest?: (account: string, rules: NotifySettings) => Promise<void>;
  /** Takes work that continues after the round. It resolves with the time of the next round, or rejects. */
  readonly linger: (work: Promise<number | null>) => void;
}

/** Beyond this, another process cuts the letter. */
const mostConflicts = 3;
const conflictRetryMs = 1_000;

/**
 * Sends what an account is owed and is due. Returns when to come again, in milliseconds since the epoch; null:
 * nothing left.
 *
 * At least once: a letter is stored before it is sent and removed after; its id, and so its Message-ID, never changes.
 * Letters are sent concurrently, and none delays another one or the round.
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
  const failures = await failuresOf([
    () => tellNewContacts(account, contacts, ports),
    () => tellNewChannels(account, contacts, ports),
    async () => ports.makeDigest?.(account, rules),
  ]);
  const nextLetterAt = await cutWhatIsDue(account, contacts, rules, ports);
  const letters = await inOrder(account, outbox, contacts.channels);
  const { mails, ofChannels } = byDestination(letters);
  const sending = [
    ...mails.map((letter) => sendLetter(account, letter, contacts, ports, signal)),
    ...ofChannels.flatMap((some) => sendToOne(account, some, contacts.channels, ports, signal)),
    repeatAlerts(account, contacts.channels, ports, signal),
  ];
  const times = await inTime(sending, ports, signal);
  // Only now: a mismatch must not wait for what is less urgent.
  for (const failure of failures) throw failure;
  return earliest([...times, nextLetterAt]);
}

/** Does all of it, one after another, whatever fails. */
async function failuresOf(steps: readonly (() => Promise<void>)[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  return failures;
}

function byDestination(letters: readonly OrderedLetter[]) {
  const channels = new Set(letters.flatMap(({ letter }) => letter.channel ?? []));
  const to = (name: string | undefined) => letters.filter(({ letter }) => letter.channel === name);
  return { mails: to(undefined), ofChannels: [...channels].map(to) };
}

/** A channel's letters: none waits for another, unless their order matters. */
function sendToOne(
  account: string,
  letters: readonly OrderedLetter[],
  channels: Destinations['channels'],
  ports: ChannelPorts,
  signal: AbortSignal,
): Promise<number | null>[] {
  const channel = channels.find(({ name }) => name === letters[0]?.letter.channel);
  if (channel !== undefined && channelKinds[channel.type].alerts !== undefined) {
    return [sendInOrder(account, letters, channels, ports, signal)];
  }
  return letters.map(
    async (letter) => (await sendToChannel(account, letter, channels, ports, signal)).nextAt,
  );
}

/**
 * The oldest first: a late letter must not open an alert again that a later one has closed. One that waits for the end of the
 * quiet hours, or for another letter, is passed over, because what is critical does not wait.
 */
async function sendInOrder(
  account: string,
  letters: readonly OrderedLetter[],
  channels: Destinations['channels'],
  ports: ChannelPorts,
  signal: AbortSignal,
): Promise<number | null> {
  const times: (number | null)[] = [];
  for (const letter of letters) {
    const { nextAt, isHeld } = await sendToChannel(account, letter, channels, ports, signal);
    times.push(nextAt);
    if (nextAt !== null && !isHeld) break;
  }
  return earliest(times);
}

/**
 * While nobody has received the last letter, new notices join it instead of piling up letters, unless it is being sent
 * and may be accepted. If it is about to be sent again, nothing waits any longer: it carries the news, too.
 * Returns when the next letter is due; null: nothing waits.
 */
async function cutWhatIsDue(
  account: string,
  { now: contacts, channels }: Destinations,
  rules: NotifySettings,
  { outbox, clock }: DeliverPorts,
): Promise<number | null> {
  for (let conflicts = 0; ; conflicts += 1) {
    const pace = await outbox.pace(account);
    const now = clock();
    const next = nextLetter(pace, rules, now);
    if (next === null) return null;
    // What waits for another letter takes nothing in.
    const letters = (await inOrder(account, outbox, channels)).flatMap(({ letter, after }) =>
      after.length === 0 ? [letter] : [],
    );
    const unread = growing(letters, undefined, now);
    const isDue = next.dueAt <= now;
    const goesOut = unread !== undefined && recipientsDue(unread, contacts, now).length > 0;
    if (!isDue && !(goesOut && pace.waitingSince > 0)) return next.dueAt;
    // Other processes are cutting it.
    if (conflicts === mostConflicts) return now + conflictRetryMs;
    await outbox.cut(
      account,
      pace,
      isDue && next.weekly,
      now,
      unread ?? null,
      forChannels(channels, letters, now),
    );
  }
}

function forChannels(
  channels: Destinations['channels'],
  letters: readonly StoredLetter[],
  now: number,
): ChannelLetter[] {
  return channels.map(({ name }) => ({ channel: name, into: growing(letters, name, now) ?? null }));
}

/** The latest letter of a channel, or of the mail, that takes in new notices. */
function growing(
  letters: readonly StoredLetter[],
  channel: string | undefined,
  now: number,
): StoredLetter | undefined {
  return letters.filter((one) => one.channel === channel && !one.isClaimed && mayGrow(one, now)).at(-1);
}

/** Waits for all of it as long as the round may; the rest continues on its own. */
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
  // An aborted round keeps waiting: the mailer ends what it sends.
  const late = pause(patienceMs, AbortSignal.any([signal, over.signal])).catch(
    () => new Promise<never>(() => {}),
  );
  await Promise.race([Promise.allSettled(sending), late]);
  over.abort();
  for (const work of open) linger(work);
  return Promise.all(sending.filter((work) => !open.has(work)));
}
