import type { Notice } from '../core/notice.ts';
import type { Contacts, Outbox } from './outbox.ts';
import { type StandingPorts, standingNotices } from './standing-notices.ts';

export interface IntroducePorts extends StandingPorts {
  readonly outbox: Outbox;
}

/**
 * Notifies new contacts of what is open, at once and in a letter of their own. Incidents in a letter for everyone are
 * left to that letter, because it goes to all contacts at the time of sending.
 */
export async function tellNewContacts(
  account: string,
  contacts: Contacts,
  ports: IntroducePorts,
): Promise<void> {
  const { now, known } = contacts;
  const isSame = known?.length === now.length && now.every((contact, index) => contact === known[index]);
  if (isSame) return;
  const fresh = known === null ? [] : now.filter((contact) => !known.includes(contact));
  const open = fresh.length === 0 ? [] : await standing(account, ports);
  await ports.outbox.introduce(account, contacts, fresh, open, ports.clock());
}

/** Open incidents that were reported, and are neither in a letter for everyone nor waiting for one. */
async function standing(account: string, ports: IntroducePorts): Promise<Notice[]> {
  const owed = await ports.outbox.incidentsOwed(account);
  const told: Notice[] = [];
  for await (const notice of standingNotices(account, ports, { withMuted: false })) {
    if (!owed.has(notice.incident)) told.push(notice);
  }
  return told;
}
