import { sentTo } from '../core/chosen-channels.ts';
import type { Notice } from '../core/notice.ts';
import { alertAgainMs, channelKinds, type NotifyChannel, wantedBy } from '../core/notify-channel.ts';
import { endOfWait } from '../core/stored-time.ts';
import type { Journal } from './journal.ts';
import type { Notifier } from './notifier.ts';
import type { Outbox } from './outbox.ts';
import { type StandingPorts, standingNotices } from './standing-notices.ts';

export interface RepeatPorts extends StandingPorts {
  readonly outbox: Pick<Outbox, 'alertsAt' | 'setAlertsAt'>;
  readonly notifier: Notifier;
  readonly journal: Journal;
}

/** At least as long as the next repeat is away: what takes longer is sent again anyway. */
const longestSendMs = alertAgainMs;

/**
 * Tells services whose alerts lapse what is open, again and again. What is open is read from the records, so a service
 * that has lost its alerts gets them back, and a new channel gets those that are open. A repeat that fails is not sent
 * again before the next one.
 *
 * Alerts of a muted domain are repeated, too: without them the service would report a recovery. Returns when to come
 * again; null: nothing is open, or no channel needs it.
 */
export async function repeatAlerts(
  account: string,
  channels: readonly NotifyChannel[],
  ports: RepeatPorts,
  signal: AbortSignal,
): Promise<number | null> {
  const { outbox, clock } = ports;
  const lapsing = channels.filter(({ type }) => channelKinds[type].alerts === 'lapsing');
  const before = await outbox.alertsAt(account);
  if (lapsing.length === 0) {
    if (before > 0) await outbox.setAlertsAt(account, 0);
    return null;
  }
  const now = clock();
  const dueAt = endOfWait(before, alertAgainMs, now);
  if (before > 0 && dueAt > now) return dueAt;
  const open: Notice[] = [];
  for await (const notice of standingNotices(account, ports, { withMuted: true })) open.push(notice);
  await outbox.setAlertsAt(account, open.length === 0 ? 0 : now);
  if (open.length === 0) return null;
  const names = channels.map(({ name }) => name);
  await Promise.all(lapsing.map((channel) => repeat(account, channel, names, open, now, ports, signal)));
  return now + alertAgainMs;
}

async function repeat(
  account: string,
  channel: NotifyChannel,
  names: readonly string[],
  open: readonly Notice[],
  now: number,
  { notifier, journal }: RepeatPorts,
  signal: AbortSignal,
): Promise<void> {
  const { name, type } = channel;
  const transitions = wantedBy(channel, sentTo(name, open, names));
  if (transitions.length === 0) return;
  const to = [name];
  const letter = { id: `${account}-${now}`, account, recipients: to, everyone: to, transitions };
  const delivery = await notifier.send(
    channel,
    { ...letter, createdAt: now, sentAt: now },
    AbortSignal.any([signal, AbortSignal.timeout(longestSendMs)]),
  );
  journal({
    kind: 'channel_repeated',
    ...{ account, channel: name, type, outcome: delivery.outcome, notices: transitions.length },
    detail: delivery.outcome === 'sent' ? delivery.receipt : delivery.reason,
  });
}
