import { rfc3339 } from '../../core/clock.ts';
import type { IncidentKind } from '../../core/condition.ts';
import { statusOf } from '../../core/domain-status.ts';
import { type Incident, incidentKinds } from '../../core/incident.ts';
import type { DomainRef, ProbeStore } from '../probe-store.ts';
import type { AdminStore } from './admin-store.ts';
import { auditOf } from './audit-of.ts';
import { type Actor, done, type Outcome, refuse } from './outcome.ts';

export interface IncidentPorts {
  readonly adminStore: AdminStore;
  readonly probeStore: ProbeStore;
  readonly clock: () => number;
}

export interface OpenIncident extends Incident {
  readonly domain: string;
}

/** All open incidents of an account, the longest open first. */
export async function openIncidents(account: string, { adminStore }: IncidentPorts): Promise<OpenIncident[]> {
  const open: OpenIncident[] = [];
  for await (const names of adminStore.openDomains(account)) {
    // One after another, because a record may be large and only a line of it is kept.
    for (const domain of names) {
      const record = await adminStore.record({ account, domain });
      for (const kind of incidentKinds) {
        const incident = record?.incidents[kind];
        if (incident) open.push({ ...incident, domain });
      }
    }
  }
  return open.sort((a, b) => a.since - b.since);
}

/** Somebody is working on it: no reminders until its facts change. */
export async function acknowledge(
  account: string,
  id: string,
  note: string,
  actor: Actor,
  ports: IncidentPorts,
): Promise<Outcome<OpenIncident>> {
  const found = (await openIncidents(account, ports)).find((incident) => incident.id === id);
  if (!found) return refuse('not_found', `no open incident "${id}"`);
  const ref = { account, domain: found.domain };
  const now = ports.clock();
  const acknowledged = { by: actor.name, at: rfc3339(now), note };
  // A probe may be recorded at the same time: its result is kept, with the acknowledgement added.
  for (;;) {
    const incident = await store(ref, found.kind, id, acknowledged, ports, now);
    if (incident === 'conflict') continue;
    if (incident === null) return refuse('not_found', `no open incident "${id}"`);
    const target = `${account}/${found.domain}`;
    await ports.adminStore.audit(
      account,
      auditOf('incident_acknowledged', target, `${found.kind}: ${note}`, actor, now),
    );
    return done({ ...incident, domain: found.domain });
  }
}

async function store(
  ref: DomainRef,
  kind: IncidentKind,
  id: string,
  acknowledged: NonNullable<Incident['acknowledged']>,
  { probeStore }: IncidentPorts,
  now: number,
): Promise<Incident | null | 'conflict'> {
  const loaded = await probeStore.load(ref);
  const incident = loaded?.record.incidents[kind];
  if (!loaded || incident?.id !== id) return null;
  const next = { ...incident, acknowledged };
  const record = { ...loaded.record, incidents: { ...loaded.record.incidents, [kind]: next } };
  const stored = await probeStore.commit(ref, loaded.token, record, statusOf(loaded.domain, record), [], now);
  return stored === 'stored' ? next : 'conflict';
}
