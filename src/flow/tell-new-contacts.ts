import { rfc3339 } from '../core/clock.ts';
import type { Domain } from '../core/domain.ts';
import { explainedStanding } from '../core/explain.ts';
import { incidentKinds } from '../core/incident.ts';
import { isMuted } from '../core/mute.ts';
import type { Notice } from '../core/notice.ts';
import type { AdminStore } from './admin/admin-store.ts';
import { ownProbing } from './check-domain.ts';
import type { Contacts, Outbox } from './outbox.ts';
import type { DomainRef } from './probe-store.ts';
import type { ConfigWatchStore } from './publish/config-watch-store.ts';
import { Unreadable } from './unreadable.ts';

export interface StandingPorts {
  readonly adminStore: Pick<AdminStore, 'openDomains' | 'domain' | 'record'>;
  readonly watchStore: Pick<ConfigWatchStore, 'load'>;
  readonly outbox: Outbox;
  readonly clock: () => number;
}

/**
 * Notifies new contacts of what is open, at once and in a letter of their own. Incidents in a letter for everyone are
 * left to that letter, because it goes to all contacts at the time of sending.
 */
export async function tellNewContacts(
  account: string,
  contacts: Contacts,
  ports: StandingPorts,
): Promise<void> {
  const { now, known } = contacts;
  const isSame = known?.length === now.length && now.every((contact, index) => contact === known[index]);
  if (isSame) return;
  const fresh = known === null ? [] : now.filter((contact) => !known.includes(contact));
  const open = fresh.length === 0 ? [] : await standing(account, ports);
  await ports.outbox.introduce(account, contacts, fresh, open, ports.clock());
}

/** Open incidents that were reported, and are neither in a letter for everyone nor waiting for one. */
async function standing(
  account: string,
  { adminStore, watchStore, outbox, clock }: StandingPorts,
): Promise<Notice[]> {
  const owed = await outbox.incidentsOwed(account);
  const at = clock();
  const told: Notice[] = [];
  for await (const names of adminStore.openDomains(account)) {
    for (const name of names) {
      const ref = { account, domain: name };
      const domain = await readable(ref, adminStore);
      if (domain === null || isMuted(domain, at)) continue;
      const record = await adminStore.record(ref);
      const check = record?.lastCheck ?? null;
      if (record === null || check === null) continue;
      for (const kind of incidentKinds) {
        const incident = record.incidents[kind];
        if (incident !== undefined && incident.toldAt > 0 && !owed.has(incident.id)) {
          const { id, severity, since } = incident;
          told.push({
            ...{ incident: id, kind, transition: 'reminder', severity, domain: name },
            ...{ since: rfc3339(since), at: rfc3339(at), check, ...ownProbing(domain) },
            ...explainedStanding(kind, record, check, domain),
          });
        }
      }
    }
  }
  return [...told, ...(await standingConfigs(account, watchStore, owed, at))];
}

async function standingConfigs(
  account: string,
  watchStore: StandingPorts['watchStore'],
  owed: ReadonlySet<string>,
  at: number,
): Promise<Notice[]> {
  const { incidents, report: config } = (await watchStore.load(account)).record;
  if (config === null) return [];
  return Object.values(incidents)
    .filter(({ id }) => !owed.has(id))
    .map(({ id, kind, severity, since }) => ({
      ...{ incident: id, kind, transition: 'reminder', severity, config },
      ...{ since: rfc3339(since), at: rfc3339(at) },
    }));
}

/** null: none exists, or it can't be read, which has been reported. */
async function readable(ref: DomainRef, adminStore: Pick<AdminStore, 'domain'>): Promise<Domain | null> {
  try {
    return (await adminStore.domain(ref))?.value ?? null;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
