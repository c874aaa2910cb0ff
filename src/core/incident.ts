import type { Check } from './check.ts';
import type { Severity } from './finding.ts';

/** What can be wrong with a domain for longer than one probe. One incident per domain and kind is open at a time. */
export const incidentKinds = [
  'pin_mismatch',
  'untrusted',
  'unreachable',
  'certificate_expiring',
  'no_backup_pin',
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** What became of an incident, with the facts of that moment: what a notice tells. */
export interface Transition {
  /** The incident's id: stable over all its transitions. */
  readonly incident: string;
  readonly kind: IncidentKind;
  readonly transition: 'opened' | 'changed' | 'reminder' | 'closed';
  readonly severity: Severity;
  /** `domainName()` of the domain. */
  readonly domain: string;
  /** RFC 3339, UTC: when it was first seen. */
  readonly since: string;
  /** RFC 3339, UTC: when this transition happened. */
  readonly at: string;
  readonly check: Check;
}
