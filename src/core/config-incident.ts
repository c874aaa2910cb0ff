/**
 * Incidents of an account's signed configuration. Their subject is the configuration as it reaches the apps, and no
 * domain. config-advance.ts says how they open and close.
 */
import type { Severity } from './finding.ts';
import type { OpenIncident, TransitionStep } from './incident.ts';
import { type UrlProblem, urlProblems } from './url-problem.ts';

/** At most one of each kind is open in an account. The gravest first. */
export const configIncidentKinds = [
  ...urlProblems.map((problem) => `config_${problem}` as const),
  'config_expiring',
  'signing_key_old',
  'devices_unpinned',
] as const;
export type ConfigIncidentKind = (typeof configIncidentKinds)[number];

export type ConfigIncident = OpenIncident<ConfigIncidentKind>;

/** What a look at an account's configuration has found. Times are RFC 3339, UTC. */
export interface ConfigReport {
  readonly channel: string;
  /** The root public keys that apps have built in, in base64. */
  readonly roots: readonly string[];
  /** What apps should get. */
  readonly published: {
    readonly generation: number;
    readonly version: number;
    /** When it was signed, the last renewal included. */
    readonly issuedAt: string;
    /** From then on apps call it stale. */
    readonly expiresAt: string;
    /** pinwatch can't renew it. */
    readonly signedElsewhere: boolean;
  };
  readonly urls: readonly ReportedUrl[];
  /** When the key statement was signed: the age of the signing key. */
  readonly certifiedAt: string;
  /** Why it could not be signed again; null: it could, or did not have to be. */
  readonly renewalFailure: string | null;
  /** Devices that are not pinned at the moment; left out: none. */
  readonly devices?: readonly ReportedDevice[];
}

export interface ReportedDevice {
  /** The beginning of its hash. */
  readonly device: string;
  /** RFC 3339, UTC. */
  readonly until: string;
  readonly by: string;
  readonly note: string;
}

export interface ReportedUrl {
  readonly url: string;
  /** null: it serves what was published, or only just not yet. */
  readonly problem: UrlProblem | null;
  /** At most 500 characters; '' without a problem. */
  readonly detail: string;
  /** What it serves, if that is a bundle of this channel. */
  readonly found: { readonly generation: number; readonly version: number; readonly issuedAt: string } | null;
}

/** A change of such an incident, with the facts of that moment. */
export interface ConfigTransition {
  readonly incident: string;
  readonly kind: ConfigIncidentKind;
  readonly transition: TransitionStep;
  readonly severity: Severity;
  /** RFC 3339, UTC: when it was first seen. */
  readonly since: string;
  /** RFC 3339, UTC: when this transition happened. */
  readonly at: string;
  readonly config: ConfigReport;
  /** For a closed one: the URLs that had it are no longer in the settings, so nothing is known of them. */
  readonly unwatched?: true;
  /** It goes everywhere. */
  readonly channels?: never;
}

/** What the store keeps of an account between looks. Times are milliseconds since the epoch. */
export interface ConfigRecord {
  /** The process that looks; another one takes over if it no longer does. */
  readonly watcher: string;
  readonly lookedAt: number;
  /** Of each URL that has a problem, or had one a moment ago. */
  readonly urls: { readonly [url: string]: UrlTrails };
  readonly incidents: { readonly [kind in ConfigIncidentKind]?: ConfigIncident };
  /** null: it was never looked at. */
  readonly report: ConfigReport | null;
}

export type UrlTrails = { readonly [problem in UrlProblem]?: UrlTrail };

export interface UrlTrail {
  /** Milliseconds since the epoch: the first look that found it. */
  readonly since: number;
  /** Looks that found it, and those since that did not. */
  readonly bad: number;
  readonly clean: number;
}

export const blankConfigRecord: ConfigRecord = {
  watcher: '',
  lookedAt: 0,
  urls: {},
  incidents: {},
  report: null,
};

/** Whether every URL serves what it should, as far as that is confirmed; null: there is none, or none was looked at. */
export function isServed({ incidents, report }: Pick<ConfigRecord, 'incidents' | 'report'>): boolean | null {
  if (report === null || report.urls.length === 0) return null;
  return urlProblems.every((problem) => incidents[`config_${problem}`] === undefined);
}
