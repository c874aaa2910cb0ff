import { severities } from '../core/finding.ts';
import type { Notice } from '../core/notice.ts';
import { channelKinds } from '../core/notify-channel.ts';
import type { Destinations } from './outbox.ts';
import { standingNotices } from './standing-notices.ts';
import type { IntroducePorts } from './tell-new-contacts.ts';

/** Of one letter; the gravest. It is a message to read, stored once for each new channel. */
const mostTold = 200;

/**
 * Notifies new channels of what is open, once, in a letter of their own. What waits for a letter is left to that one,
 * which every channel gets. Channels whose alerts lapse need none: repeat-alerts.ts tells them what is open.
 */
export async function tellNewChannels(
  account: string,
  { channels, known: knownContacts, knownChannels: known }: Destinations,
  ports: IntroducePorts,
): Promise<void> {
  const now = channels.map(({ name }) => name);
  const isSame = known?.length === now.length && now.every((name, index) => name === known[index]);
  if (isSame) return;
  // An account that was never looked at has reported nothing yet.
  const before = known ?? (knownContacts === null ? now : []);
  const fresh = channels
    .filter(({ name, type }) => !before.includes(name) && channelKinds[type].alerts !== 'lapsing')
    .map(({ name }) => name);
  const open = fresh.length === 0 ? [] : await standing(account, ports);
  await ports.outbox.introduceChannels(account, { now, known }, fresh, open, ports.clock());
}

async function standing(account: string, ports: IntroducePorts): Promise<Notice[]> {
  const waiting = await ports.outbox.incidentsWaiting(account);
  const told: Notice[] = [];
  for await (const notice of standingNotices(account, ports, { withMuted: false })) {
    if (!waiting.has(notice.incident)) told.push(notice);
  }
  const rank = ({ severity }: Notice) => severities.indexOf(severity);
  return told.sort((a, b) => rank(a) - rank(b)).slice(0, mostTold);
}
