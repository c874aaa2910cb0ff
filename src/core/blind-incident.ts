/**
 * The incident `blind`: pinwatch itself sees nothing. Its subject is the watch of an account, and no domain.
 * blind-advance.ts says how it opens and closes.
 */
import type { Severity } from './finding.ts';
import type { OpenIncident, TransitionStep } from './incident.ts';
import type { FailureCode } from './observation.ts';

export type BlindKind = 'blind';
export type BlindIncident = OpenIncident<BlindKind>;

/** `nothing_seen`: no probe could judge anything. `no_probes`: none was made. */
export type BlindCause = 'nothing_seen' | 'no_probes';

/** What is known of the blindness. Times are RFC 3339, UTC. */
export interface BlindReport {
  /** `account`: domains of other accounts are seen. */
  readonly scope: 'account' | 'installation';
  readonly cause: BlindCause;
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
}

export const sighted: BlindRecord = { incident: null, report: null, returnsAt: 0, closedAt: 0 };

/** Domains that are named in a report. */
export const mostExamples = 20;

/**
 * Whether a probe that began at `begunAt` and could judge nothing says nothing about its domain. What it saw may be from
 * before the sight returned.
 */
export function isBlinded({ incident, closedAt }: BlindRecord, begunAt: number): boolean {
  return incident !== null || begunAt <= closedAt;
}
