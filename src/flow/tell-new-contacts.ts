import { rfc3339 } from '../core/clock.ts';
import type { Domain } from '../core/domain.ts';
import { explainedStanding } from '../core/explain.ts';
import { type Incident, incidentKinds, type Transition } from '../core/incident.ts';
import { isMuted } from '../core/mute.ts';
import { isWeekly, type Pace } from '../core/outbox.ts';
import type { AdminStore } from './admin/admin-store.ts';
import { ownProbing } from './check-domain.ts';
import type { Contacts, Outbox } from './outbox.ts';
import type { DomainRef } from './probe-store.ts';
import { Unreadable } from './unreadable.ts';

export interface StandingPorts {
  readonly adminStore: Pick<AdminStore, 'openDomains' | 'domain' | 'record'>;
  readonly outbox: Outbox;
  readonly clock: () => number;
}

/**
 * Tells whoever has become a contact what is open, at once and alone. What a letter is about to tell everybody is left to
 * that letter, for it goes to whoever is a contact then.
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

/** What is open and has been told, and stands in no letter for everybody. */
async function standing(
  account: string,
  { adminStore, outbox, clock }: StandingPorts,
): Promise<Transition[]> {
  const [pace, inLetters] = [await outbox.pace(account), await outbox.incidentsInLetters(account)];
  const at = clock();
  const told: Transition[] = [];
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
        const isTold = incident !== undefined && incident.toldAt > 0 && !waits(incident, pace);
        if (isTold && !inLetters.has(incident.id)) {
          const { id, severity, since } = incident;
          told.push({
            ...{ incident: id, kind, transition: 'reminder', severity, domain: name },
            ...{ since: rfc3339(since), at: rfc3339(at), check, ...ownProbing(domain) },
            ...explainedStanding(kind, record),
          });
        }
      }
    }
  }
  return told;
}

/** null: there is none, or none that can be read, which has been told. */
async function readable(ref: DomainRef, adminStore: Pick<AdminStore, 'domain'>): Promise<Domain | null> {
  try {
    return (await adminStore.domain(ref))?.value ?? null;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** Its last notice came after the oldest of those that wait for a letter: it is one of them. */
function waits({ kind, toldAt }: Incident, { waitingSince, weeklyWaitingSince }: Pace): boolean {
  const since = isWeekly(kind) ? weeklyWaitingSince : waitingSince;
  return since > 0 && toldAt >= since;
}
