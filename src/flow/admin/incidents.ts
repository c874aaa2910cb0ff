import { type BlindIncident, type OpenBlind, openBlinds, withIncident } from '../../core/blind-incident.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { IncidentKind } from '../../core/condition.ts';
import type { ConfigIncident, ConfigReport } from '../../core/config-incident.ts';
import { statusOf } from '../../core/domain-status.ts';
import { type Incident, incidentKinds } from '../../core/incident.ts';
import type { DomainRef, ProbeStore } from '../probe-store.ts';
import type { ConfigWatchStore } from '../publish/config-watch-store.ts';
import type { SightStore } from '../sight-store.ts';
import type { AdminStore } from './admin-store.ts';
import { auditOf } from './audit-of.ts';
import { type Actor, done, type Outcome, refuse } from './outcome.ts';

export interface IncidentPorts {
  readonly adminStore: AdminStore;
  readonly probeStore: ProbeStore;
  readonly watchStore: ConfigWatchStore;
  readonly sightStore: SightStore;
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

/** Those of its signed configuration, the longest open first. */
export async function openConfigIncidents(
  account: string,
  { watchStore }: Pick<IncidentPorts, 'watchStore'>,
): Promise<{ readonly incidents: readonly ConfigIncident[]; readonly report: ConfigReport | null }> {
  const { incidents, report } = (await watchStore.load(account)).record;
  return { incidents: Object.values(incidents).sort((a, b) => a.since - b.since), report };
}

/** Those about pinwatch itself, which sees nothing of the account, or not from everywhere. */
export async function openWatch(
  account: string,
  { sightStore }: Pick<IncidentPorts, 'sightStore'>,
): Promise<readonly OpenBlind[]> {
  return openBlinds((await sightStore.load(account)).record);
}

/** Somebody is working on it: no reminders until its facts change. */
export async function acknowledge(
  account: string,
  id: string,
  note: string,
  actor: Actor,
  ports: IncidentPorts,
): Promise<Outcome<OpenIncident | ConfigIncident | BlindIncident>> {
  const other =
    (await acknowledgeConfig(account, id, note, actor, ports)) ??
    (await acknowledgeBlind(account, id, note, actor, ports));
  if (other !== null) return done(other);
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

/** null: no such incident is open. */
async function acknowledgeConfig(
  account: string,
  id: string,
  note: string,
  actor: Actor,
  { adminStore, watchStore, clock }: IncidentPorts,
): Promise<ConfigIncident | null> {
  const now = clock();
  for (;;) {
    const { record, token } = await watchStore.load(account);
    const found = Object.values(record.incidents).find((incident) => incident.id === id);
    if (found === undefined) return null;
    const next = { ...found, acknowledged: { by: actor.name, at: rfc3339(now), note } };
    const incidents = { ...record.incidents, [found.kind]: next };
    const stored = await watchStore.commit(account, token, { ...record, incidents }, [], now);
    // A look was recorded at the same time.
    if (stored === 'conflict') continue;
    await adminStore.audit(
      account,
      auditOf('incident_acknowledged', account, `${found.kind}: ${note}`, actor, now),
    );
    return next;
  }
}

/** null: no such incident is open. */
async function acknowledgeBlind(
  account: string,
  id: string,
  note: string,
  actor: Actor,
  { adminStore, sightStore, clock }: IncidentPorts,
): Promise<BlindIncident | null> {
  const now = clock();
  for (;;) {
    const { record, token } = await sightStore.load(account);
    const acknowledged = { by: actor.name, at: rfc3339(now), note };
    const next = withIncident(record, id, (incident) => ({ ...incident, acknowledged }));
    const incident = next && openBlinds(next).find((one) => one.incident.id === id)?.incident;
    if (!next || !incident) return null;
    const stored = await sightStore.commit(account, token, next, [], now);
    // A look was recorded at the same time.
    if (stored === 'conflict') continue;
    await adminStore.audit(account, auditOf('incident_acknowledged', account, `blind: ${note}`, actor, now));
    return incident;
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
