import type { Incident, IncidentState } from './incident.ts';
import { blankRecord, type DomainRecord } from './record.ts';
import type { Trails } from './sighting.ts';

/** An incident as stored by an older version: with the names of the endpoints that were bad, but no trails. */
type StoredIncident = Omit<Incident, 'trails'> & {
  readonly trails?: Trails;
  readonly endpoints?: readonly string[];
};

/** Completes a record stored by an older version, so that an open incident stays open and can close. */
export function completed(stored: Partial<DomainRecord>): DomainRecord {
  const record = { ...blankRecord, ...stored };
  const incidents = Object.entries(record.incidents).map(([kind, incident]) => [
    kind,
    withTrails(incident as StoredIncident),
  ]);
  return { ...record, incidents: Object.fromEntries(incidents) as IncidentState['incidents'] };
}

function withTrails({ endpoints = [], ...incident }: StoredIncident): Incident {
  const met = { bad: 1, of: 1, clean: 0, cleanSweeps: 0, sweep: null, disagrees: false };
  const lastBadAt = Math.max(incident.since, incident.toldAt);
  const { trails = Object.fromEntries(endpoints.map((endpoint) => [endpoint, { ...met, lastBadAt }])) } =
    incident;
  return { ...incident, trails };
}
