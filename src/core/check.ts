import type { PathCertificate } from './certificate.ts';
import type { Finding } from './finding.ts';
import type { Failure, KeyType } from './observation.ts';
import type { Pin } from './pin.ts';
import type { PinHash } from './pin-hash.ts';
import type { Position } from './position.ts';
import type { TrustErrorCode } from './trust-error.ts';

export const verdicts = ['match', 'mismatch', 'inconclusive', 'unpinned'] as const;
export type Verdict = (typeof verdicts)[number];

/** One that could not be judged counts only if none could be. `unpinned`: no set of pins concerns its leaf. */
const worstFirst: readonly Verdict[] = ['mismatch', 'match', 'unpinned', 'inconclusive'];

/** The verdict of several endpoints together. */
export function worstVerdict(endpoints: readonly Pick<CheckedEndpoint, 'verdict'>[]): Verdict {
  return worstFirst.find((worst) => endpoints.some(({ verdict }) => verdict === worst)) ?? 'inconclusive';
}

/** Times are RFC 3339 in UTC, with whole seconds: `2026-11-22T04:10:54Z`. */
export interface PresentedCertificate {
  readonly pin: Pin;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly certificateSha256: string;
  readonly key: string;
}

export interface PathEntry {
  readonly pin: Pin;
  readonly subject: string;
  readonly from: 'presented' | 'trust-store';
}

export interface MatchedPin {
  readonly pin: Pin;
  readonly position: Position;
}

export interface CheckedEndpoint {
  readonly address: string | null;
  /** Where it was seen from; left out if there is only one region. */
  readonly region?: string;
  readonly keyType: KeyType;
  readonly verdict: Verdict;
  readonly protocol: string | null;
  readonly durationMs: number;
  readonly presented: readonly PresentedCertificate[];
  readonly path: readonly PathEntry[];
  readonly trusted: boolean;
  readonly trustError: TrustErrorCode | null;
  readonly matched: MatchedPin | null;
  readonly failure: Failure | null;
  /** Only if fresh connections of one probe disagreed; the rest of the entry is then what a bad one showed. */
  readonly connections?: Connections;
  /** The names of the pin sets that mismatch here; left out if none does, or if the registry's pins are the only set. */
  readonly pinSets?: readonly string[];
}

/** Connections to one endpoint that gave a chain, and how many of them were bad. */
export interface Connections {
  readonly judged: number;
  readonly mismatched: number;
  readonly untrusted: number;
}

/** A pin set that applies to the domain, and its own verdict. */
export interface CheckedSet {
  readonly name: string;
  readonly appVersion: string | null;
  /** `unpinned`: it decides nothing, because it only observes, or has run out and leaves the app open. */
  readonly verdict: Verdict;
  readonly pins: readonly { readonly pin: PinHash; readonly seen: boolean }[];
  /** RFC 3339: the next moment at which some of it stops pinning, or the last one that has passed; null: never. */
  readonly until: string | null;
  /** An earlier version of the signed configuration: it decides no verdict, because such an app recovers by fetching. */
  readonly held?: true;
}

/** Those that decide whether apps connect. */
export function decidingSets({ pinSets = [] }: Pick<Check, 'pinSets'>): readonly CheckedSet[] {
  return pinSets.filter(({ held }) => !held);
}

/** One judged probe of one domain: what `pinwatch check --json` prints, the mail carries and the store keeps. */
export interface Check {
  readonly host: string;
  readonly port: number;
  readonly verdict: Verdict;
  /** The registry's: those of the set `own`. */
  readonly pins: readonly { readonly pin: Pin; readonly seen: boolean }[];
  /** Every set that applies, `own` first if the domain has pins; left out if no other one applies. */
  readonly pinSets?: readonly CheckedSet[];
  readonly findings: readonly Finding[];
  readonly endpoints: readonly CheckedEndpoint[];
}

export function pathEntries(path: readonly PathCertificate[]): PathEntry[] {
  return path.map(({ certificate: { pin, subject }, from }) => ({ pin, subject, from }));
}

/** What it showed tells whether apps connect. */
export function isJudged({ verdict }: CheckedEndpoint): boolean {
  return verdict !== 'inconclusive';
}

/** Whether the server has the key type. If not, that is not a fault, and does not explain another failure. */
export function isServed({ failure }: Pick<CheckedEndpoint, 'failure'>): boolean {
  return failure?.code !== 'key_type_not_served';
}

/** Nobody could look from its region: that says nothing about the server. */
export function isAway({ failure }: Pick<CheckedEndpoint, 'failure'>): boolean {
  return failure?.code === 'region_away';
}

/** Could not be judged, and should have been. */
export function isFailed(endpoint: CheckedEndpoint): boolean {
  return !isJudged(endpoint) && isServed(endpoint);
}
