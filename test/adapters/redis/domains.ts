import type { Domain } from '../../../src/core/domain.ts';
import { statusOf } from '../../../src/core/domain-status.ts';
import type { Incident, IncidentKind, Transition } from '../../../src/core/incident.ts';
import { blankRecord, type DomainRecord } from '../../../src/core/record.ts';

const pin = (letter: string) => `sha256/${letter.repeat(43)}=` as const;

/** As the configuration file gives it. */
export function domain(host: string, more: Partial<Domain> = {}): Domain {
  return { host, port: 443, pins: [pin('A'), pin('B')], provisionedBy: 'pinwatch.yaml', ...more };
}

export const statusFor = (of: Domain, record: DomainRecord = blankRecord) => statusOf(of, record);

/** With an incident that was told. */
export function openRecord(incident: string, more: Partial<Incident> = {}): DomainRecord {
  const kind = 'pin_mismatch';
  const since = 1_795_320_000_000;
  const facts = { severity: 'critical', since, toldAt: since, told: [kind], trails: {} } as const;
  return {
    ...{ ...blankRecord, lastCheck: transition(incident).check, lastProbeAt: since },
    ...{ incidents: { [kind]: { id: incident, kind, ...facts, ...more } } },
  };
}

export function transition(
  incident: string,
  more: Partial<Transition> = {},
  kind: IncidentKind = 'pin_mismatch',
) {
  const made: Transition = {
    incident,
    kind,
    transition: 'opened',
    severity: 'critical',
    domain: 'api.example.com',
    since: '2026-11-22T04:10:54Z',
    at: '2026-11-22T04:10:54Z',
    // Empty arrays have to survive: Lua's JSON would make objects of them.
    check: { host: 'api.example.com', port: 443, verdict: 'mismatch', pins: [], findings: [], endpoints: [] },
    ...more,
  };
  return made;
}
