import {
  type CheckedEndpoint,
  decidingSets,
  isAway,
  isFailed,
  isServed,
  type Verdict,
  worstVerdict,
} from './check.ts';
import { type IncidentKind, incidentKinds } from './condition.ts';
import type { Domain } from './domain.ts';
import { grouped } from './grouped.ts';
import type { FailureCode } from './observation.ts';
import { blankRecord, type DomainRecord } from './record.ts';

/**
 * What metrics, lists and the sweep need to know about one domain: small enough to be read for every domain at each
 * scrape. Times are in milliseconds since the epoch; 0 means never.
 */
export interface DomainStatus {
  /** Of the last probe; null before the first. */
  readonly verdict: Verdict | null;
  readonly open: readonly IncidentKind[];
  readonly lastProbeAt: number;
  /** The last probe that judged anything. */
  readonly lastConclusiveAt: number;
  /** Whether the endpoints judged last were all trusted; null before the first. */
  readonly trusted: boolean | null;
  /** Of the last probe, without key types that are not served, and without regions from which nobody could look. */
  readonly endpoints: number;
  readonly mismatched: number;
  /** Those that could not be judged. */
  readonly failed: number;
  readonly pins: number;
  readonly backupPins: number;
  /** On the paths last judged. */
  readonly earliestNotAfter: number;
  readonly mutedUntil: number;
  /** Pin sets that applied at the last probe, and those that mismatched; 0 if no other than the registry's pins did. */
  readonly pinSets: number;
  readonly pinSetsMismatched: number;
  /** When the first of them stops pinning, or has stopped; 0: none does. */
  readonly pinSetsEndAt: number;
  /** Its last probe waited for deadlines, or almost did. */
  readonly slow?: true;
  /** Why endpoints could not be judged at the last probe, if some could not: the most common reason. */
  readonly failure?: FailureCode;
  /** Left out if there is only one region: what each one saw at the last probe. */
  readonly regions?: { readonly [region: string]: Verdict };
  /** Regions from which nobody looked at the last probe; left out if there are none. */
  readonly away?: readonly string[];
  /** Its settings could not be read when it was due to be probed: the other fields are as before. */
  readonly unreadable?: true;
}

export function statusOf(
  { pins, mutedUntil = 0 }: Pick<Domain, 'pins' | 'mutedUntil'>,
  record: DomainRecord,
): DomainStatus {
  const { lastCheck, lastProbeAt, lastConclusiveAt, trusted, earliestNotAfter, backupPins } = record;
  const served = (lastCheck?.endpoints ?? []).filter(isServed);
  const endpoints = served.filter((one) => !isAway(one));
  const sets = lastCheck === null ? [] : decidingSets(lastCheck);
  return {
    verdict: lastCheck?.verdict ?? null,
    open: incidentKinds.filter((kind) => record.incidents[kind] !== undefined),
    ...{ lastProbeAt, lastConclusiveAt, trusted },
    endpoints: endpoints.length,
    mismatched: endpoints.filter(({ verdict }) => verdict === 'mismatch').length,
    failed: endpoints.filter(isFailed).length,
    pins: pins.length,
    ...{ backupPins, earliestNotAfter, mutedUntil },
    pinSets: sets.length,
    pinSetsMismatched: sets.filter(({ verdict }) => verdict === 'mismatch').length,
    pinSetsEndAt: sets.reduce(
      (first, { until }) => earlier(first, until === null ? 0 : Date.parse(until)),
      0,
    ),
    ...failureOf(endpoints.length > 0 ? endpoints : served),
    ...regionsIn(lastCheck?.endpoints ?? []),
    ...awayFrom(served),
    ...slowness(endpoints),
  };
}

function regionsIn(endpoints: readonly CheckedEndpoint[]): Pick<DomainStatus, 'regions'> {
  const names = new Set(endpoints.flatMap(({ region }) => region ?? []));
  if (names.size === 0) return {};
  const verdicts = [...names].map((region) => {
    const here = endpoints.filter((one) => one.region === region);
    return [region, worstVerdict(here)] as const;
  });
  return { regions: Object.fromEntries(verdicts) };
}

function awayFrom(endpoints: readonly CheckedEndpoint[]): Pick<DomainStatus, 'away'> {
  const away = endpoints.filter(isAway).flatMap(({ region }) => region ?? []);
  return away.length === 0 ? {} : { away: [...new Set(away)] };
}

function failureOf(endpoints: readonly CheckedEndpoint[]): Pick<DomainStatus, 'failure'> {
  const failures = endpoints.filter(isFailed).flatMap(({ failure }) => failure?.code ?? []);
  const [most] = grouped(failures, (code) => code).sort((a, b) => b.length - a.length);
  return most === undefined ? {} : { failure: most[0] };
}

/** Of two moments; 0 is none. */
function earlier(a: number, b: number): number {
  return a === 0 || (b !== 0 && b < a) ? b : a;
}

/** An endpoint that takes this long is waiting for a deadline, or soon will be. */
const slowMs = 2_000;

type Timed = Pick<CheckedEndpoint, 'failure' | 'durationMs'>;

/** A key type that is refused, and a region from which nobody looks, say nothing about the server's pace. */
function isSlow(endpoints: readonly Timed[]): boolean {
  return endpoints.some((one) => one.durationMs >= slowMs && isServed(one) && !isAway(one));
}

function slowness(endpoints: readonly Timed[]): Pick<DomainStatus, 'slow'> {
  return isSlow(endpoints) ? { slow: true } : {};
}

/** Whether the last probe judged at least one endpoint; false if there was none. */
export function isLastConclusive({
  lastProbeAt,
  lastConclusiveAt,
}: Pick<DomainStatus, 'lastProbeAt' | 'lastConclusiveAt'>): boolean {
  return lastProbeAt > 0 && lastProbeAt === lastConclusiveAt;
}

/** The status of a domain that was probed again and showed the same, as quickly or as slowly as `seen` says. */
export function statusSeenAgain(status: DomainStatus, seen: readonly Timed[], at: number): DomainStatus {
  const times = { lastProbeAt: at, lastConclusiveAt: at };
  if (isSlow(seen)) return { ...status, ...times, slow: true };
  // Apart, because to leave out a property costs more than to copy all of them, and each probe does this.
  if (status.slow === true) return { ...withoutSlow(status), ...times };
  return { ...status, ...times };
}

function withoutSlow({ slow: _, ...status }: DomainStatus): DomainStatus {
  return status;
}

/** Of a domain that was never probed. */
export const blankStatus: DomainStatus = statusOf({ pins: [] }, blankRecord);
