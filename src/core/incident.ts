/**
 * What an incident is, what is stored of it between probes, and what is told of it. advance.ts says how it opens and
 * closes.
 */
import type { Check } from './check.ts';
import type { IncidentKind } from './condition.ts';
import type { Domain } from './domain.ts';
import type { DomainSettings } from './domain-settings.ts';
import type { Explanation, MissingIssuer } from './explanation.ts';
import type { Severity } from './finding.ts';
import type { Flapping, FlappingReport, Openings } from './flapping.ts';
import type { Sighting, Trails } from './sighting.ts';
import type { SightedKind } from './tally.ts';
import type { Judgement } from './verdict.ts';

export { type IncidentKind, incidentKinds } from './condition.ts';

/** What every open incident has, whatever it is about. */
export interface OpenIncident<Kind extends string> {
  readonly id: string;
  readonly kind: Kind;
  readonly severity: Severity;
  /** Milliseconds since the epoch: when the condition was first seen. */
  readonly since: number;
  /** When it was last told; 0: not yet, because the domain was muted. */
  readonly toldAt: number;
  /** The facts told so far; a new one makes a `changed`. */
  readonly told: readonly string[];
  /** Someone is working on it: no reminders until the facts change. */
  readonly acknowledged?: Acknowledgement;
}

export interface Incident extends OpenIncident<IncidentKind> {
  /** The endpoints that have shown it since it was first seen: it can't close before they are well. */
  readonly trails: Trails;
  /** Left out unless it opened too often. */
  readonly flapping?: Flapping;
}

export interface Acknowledgement {
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly note: string;
}

export type TransitionStep = 'opened' | 'changed' | 'reminder' | 'closed';

/** A change of an incident, with the facts of that moment: what a notice tells. */
export interface Transition extends Explanation {
  /** The incident's id, the same in all its transitions. */
  readonly incident: string;
  readonly kind: IncidentKind;
  readonly transition: TransitionStep;
  readonly severity: Severity;
  /** `domainName()` of the domain. */
  readonly domain: string;
  /** RFC 3339, UTC: when it was first seen. */
  readonly since: string;
  /** RFC 3339, UTC: when this transition happened. */
  readonly at: string;
  readonly check: Check;
  /** Left out unless connections disagreed: how many of them were bad since it was first seen. */
  readonly connections?: { readonly bad: number; readonly of: number };
  /** Left out unless the incident opens and closes again and again. */
  readonly flapping?: FlappingReport;
  /** Left out if the domain is probed like any other. */
  readonly own?: OwnProbing;
  /** Where it goes, as the domain was set then: names of channels, and `mail`. Left out: everywhere. */
  readonly channels?: readonly string[];
}

/** What the domain's own settings change in a probe: a check by hand needs the same to see the same. */
export interface OwnProbing
  extends Omit<DomainSettings, 'ca' | 'connect' | 'keyTypes' | 'regions' | 'deliver' | 'channels'> {
  /** Private roots replace the trust store. */
  readonly roots: boolean;
  /** Addresses that replace name resolution; empty if none do. */
  readonly connect: readonly string[];
}

/** A closed incident, remembered for as long as a sighting, because it may not have been over. */
export interface Closed {
  /** Milliseconds since the epoch. */
  readonly closedAt: number;
  /** Names of the endpoints that had been bad. */
  readonly endpoints: readonly string[];
}

/** The part of a domain's record that the state machine reads and writes. */
export interface IncidentState {
  readonly incidents: { readonly [kind in IncidentKind]?: Incident };
  /** Kinds in the state *sighted*. */
  readonly sightings: { readonly [kind in SightedKind]?: Sighting };
  /** The last closed incident of each kind. */
  readonly closed: { readonly [kind in SightedKind]?: Closed | undefined };
  /** Since when the condition of a kind that needs patience has been present without interruption. */
  readonly pending: { readonly [kind in IncidentKind]?: number };
  /** The openings of each kind within the last hour; left out if there are none. */
  readonly openings?: { readonly [kind in IncidentKind]?: Openings } | undefined;
  readonly unreachableSweeps: number;
  /** The last sweep that was counted: a job that runs twice counts once. */
  readonly countedSweep: string | null;
}

export const quiet: IncidentState = {
  incidents: {},
  sightings: {},
  closed: {},
  pending: {},
  unreachableSweeps: 0,
  countedSweep: null,
};

/** A judged probe, the input of the state machine. */
export interface JudgedProbe {
  readonly account: string;
  /** Based on all the looks that the probe made. */
  readonly judgement: Judgement;
  /** The sweep that it belongs to; null for an ad-hoc probe. */
  readonly sweep: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Nothing about the domain is told now: maintenance. */
  readonly muted?: boolean;
  /** pinwatch sees nothing at all: that this domain is unreachable says nothing of it. */
  readonly blinded?: boolean;
  /** Places that were bad, and that clients may still use. */
  readonly remembered?: readonly string[];
  readonly own?: OwnProbing;
  readonly channels?: readonly string[];
  /** The registered domain: who added which pin, and how it is probed. */
  readonly domain?: Domain;
  readonly missingIssuer?: MissingIssuer | null;
}
