/**
 * The incident `blind`: pinwatch itself sees nothing. Its subject is the watch of an account, and no domain.
 * blind-advance.ts says how it opens and closes.
 */
import { rfc3339 } from './clock.ts';
import type { Severity } from './finding.ts';
import type { OpenIncident, TransitionStep } from './incident.ts';
import type { FailureCode } from './observation.ts';

export type BlindKind = 'blind';
export type BlindIncident = OpenIncident<BlindKind>;

/**
 * `nothing_seen`: no probe could judge anything. `no_probes`: none was made. `region_away`: nobody looks from a region.
 * `region_sees_nothing`: workers there look, and can judge nothing.
 */
export const blindCauses = ['nothing_seen', 'no_probes', 'region_away', 'region_sees_nothing'] as const;
export type BlindCause = (typeof blindCauses)[number];

/** What is known of the blindness. Times are RFC 3339, UTC. */
export interface BlindReport {
  /** `account`: domains of other accounts are seen. */
  readonly scope: 'account' | 'installation';
  readonly cause: BlindCause;
  /** For a cause in a region: which one. */
  readonly region?: string;
  /** For a cause in a region: the regions that look. */
  readonly others?: readonly string[];
  /** For `region_away`: no worker was there for a day, and none is expected any more. */
  readonly forgotten?: boolean;
  /** Of the account. */
  readonly domains: number;
  /** How many of them are seen, and how many were and no longer are. */
  readonly seen: number;
  readonly lost: number;
  /** Some of the lost domains. */
  readonly examples: readonly string[];
  /** Why the examples could not be judged: how many of them had each failure, the most frequent first. */
  readonly failures: readonly { readonly code: FailureCode; readonly domains: number }[];
}

/** A change of such an incident, with the facts of that moment. */
export interface BlindTransition {
  readonly incident: string;
  readonly kind: BlindKind;
  readonly transition: TransitionStep;
  readonly severity: Severity;
  /** RFC 3339, UTC: when something was last seen, or probed. */
  readonly since: string;
  /** RFC 3339, UTC: when this transition happened. */
  readonly at: string;
  readonly blind: BlindReport;
  /** It goes everywhere. */
  readonly channels?: never;
}

/** What the store keeps of an account. Times are milliseconds since the epoch, 0 for never. */
export interface BlindRecord {
  readonly incident: BlindIncident | null;
  readonly report: BlindReport | null;
  /** When it was noticed that other accounts are seen again; this one's domains are yet to be probed. */
  readonly returnsAt: number;
  /** When the last incident closed. */
  readonly closedAt: number;
  /** Of the regions that are away; left out if none is. */
  readonly regions?: { readonly [region: string]: OpenBlind };
}

export interface OpenBlind {
  readonly incident: BlindIncident;
  readonly report: BlindReport | null;
}

export const sighted: BlindRecord = { incident: null, report: null, returnsAt: 0, closedAt: 0 };

/** All that are open: the one of the whole watch first. */
export function openBlinds({ incident, report, regions = {} }: BlindRecord): readonly OpenBlind[] {
  return [...(incident === null ? [] : [{ incident, report }]), ...Object.values(regions)];
}

/** The record with an open incident in another state; null if none has this id. */
export function withIncident(
  record: BlindRecord,
  id: string,
  change: (incident: BlindIncident) => BlindIncident,
): BlindRecord | null {
  const { incident, regions = {} } = record;
  if (incident?.id === id) return { ...record, incident: change(incident) };
  const [name, found] = Object.entries(regions).find(([, one]) => one.incident.id === id) ?? [];
  if (name === undefined || found === undefined) return null;
  return { ...record, regions: { ...regions, [name]: { ...found, incident: change(found.incident) } } };
}

export function blindTransition(
  { id, kind, severity, since }: BlindIncident,
  transition: TransitionStep,
  blind: BlindReport,
  at: number,
): BlindTransition {
  return { incident: id, kind, transition, severity, since: rfc3339(since), at: rfc3339(at), blind };
}

/** Domains that are named in a report. */
export const mostExamples = 20;

/**
 * Whether a probe that began at `begunAt` and could judge nothing says nothing about its domain. What it saw may be from
 * before the sight returned.
 */
export function isBlinded({ incident, closedAt }: BlindRecord, begunAt: number): boolean {
  return incident !== null || begunAt <= closedAt;
}
