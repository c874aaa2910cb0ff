import { rfc3339 } from './clock.ts';
import type { Domain } from './domain.ts';
import { findingCodes } from './finding.ts';
import { incidentKinds, type Transition } from './incident.ts';
import type { DomainRecord } from './record.ts';
import { disagreement } from './sighting.ts';

export interface Removal {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who removed it; null: the file no longer has it. */
  readonly by: string | null;
}

/**
 * What ends with a domain that is removed: whoever was told that an incident is open is told that nobody looks any more.
 * Otherwise an alert of it would stay open for ever in the services that follow incidents by their ids.
 */
export function endedBy(
  { at, by }: Removal,
  name: string,
  { channels, provisionedBy }: Pick<Partial<Domain>, 'channels' | 'provisionedBy'>,
  { incidents, lastCheck: check, wellAt }: DomainRecord,
): Transition[] {
  if (check === null) return [];
  return incidentKinds.flatMap((kind): Transition[] => {
    const incident = incidents[kind];
    if (incident === undefined || incident.toldAt === 0) return [];
    const { id, severity, since, told, trails } = incident;
    const connections = disagreement(trails);
    const well = wellAt?.[kind];
    return [
      {
        ...{ incident: id, kind, transition: 'closed', severity, domain: name },
        ...{ since: rfc3339(since), at: rfc3339(at), check, provisionedBy: provisionedBy ?? null },
        ...{ was: findingCodes.filter((code) => told.includes(code)), recovery: { cause: 'removed', by } },
        ...(well === undefined ? {} : { lastWell: rfc3339(well) }),
        ...(connections === null ? {} : { connections }),
        ...(channels === undefined ? {} : { channels }),
      },
    ];
  });
}
