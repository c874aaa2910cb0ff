import { advance } from './advance.ts';
import { type Check, isJudged } from './check.ts';
import { mostAddresses } from './domain.ts';
import { explained, type Remembered, remember } from './explain.ts';
import { type IncidentState, type JudgedProbe, quiet, type Transition } from './incident.ts';
import { endpointParts, isSameRegion, type Place, placeName } from './place.ts';
import type { NotifySettings } from './settings.ts';

/** What the store keeps of one domain between probes. Times are milliseconds since the epoch, 0 for never. */
export interface DomainRecord extends IncidentState, Remembered {
  readonly lastCheck: Check | null;
  readonly lastProbeAt: number;
  readonly lastConclusiveAt: number;
  /** Of the last probe that judged anything: whether all judged endpoints were trusted; null before the first. */
  readonly trusted: boolean | null;
  /** Of the last probe that judged anything: the earliest `notAfter` on the paths without the store's anchors. */
  readonly earliestNotAfter: number;
  /** Of the last probe that judged anything: pins that are on no endpoint's path. */
  readonly backupPins: number;
  /**
   * Places that were bad when last judged, and when the name last resolved to their addresses. They are probed again even
   * if it no longer does: a CDN's DNS answers change, and a bad edge that is not probed is not well.
   */
  readonly badAddresses: { readonly [place: string]: number };
}

export const blankRecord: DomainRecord = {
  ...quiet,
  lastCheck: null,
  lastProbeAt: 0,
  lastConclusiveAt: 0,
  trusted: null,
  earliestNotAfter: 0,
  backupPins: 0,
  badAddresses: {},
};

/** Clients may use an address for this long after it was removed from DNS; then it is forgotten. */
const rememberMs = 3_600_000;

/** The record after a probe and the transitions it made; the caller stores both in one step. */
export function recordProbe(
  before: DomainRecord,
  probe: JudgedProbe,
  rules: NotifySettings,
): { record: DomainRecord; transitions: Transition[] } {
  const remembered = Object.entries(before.badAddresses)
    .filter(([, listedAt]) => probe.at - listedAt < rememberMs)
    .map(([place]) => place);
  const { state, transitions } = advance(before, { ...probe, remembered }, rules);
  const { check, earliestNotAfter } = probe.judgement;
  const judged = check.endpoints.filter(isJudged);
  const conclusive =
    judged.length === 0
      ? {}
      : {
          lastConclusiveAt: probe.at,
          trusted: judged.every((endpoint) => endpoint.trusted),
          earliestNotAfter: earliestNotAfter ?? 0,
          backupPins: check.pins.filter((pin) => !pin.seen).length,
        };
  const badAddresses = rememberBad(before, state, probe);
  const record = {
    ...before,
    ...conclusive,
    ...state,
    ...remember(before, state.incidents, probe),
    badAddresses,
    lastCheck: check,
    lastProbeAt: probe.at,
  };
  return { record, transitions: transitions.map((one) => explained(one, before, probe)) };
}

/** The places of every endpoint that showed something grave, until its incident has closed. */
function rememberBad(
  before: DomainRecord,
  { incidents, sightings }: IncidentState,
  { judgement, at }: JudgedProbe,
): DomainRecord['badAddresses'] {
  const grave = [incidents.pin_mismatch, incidents.untrusted, sightings.pin_mismatch, sightings.untrusted];
  const names = new Set(grave.flatMap((one) => Object.keys(one?.trails ?? {})));
  const { tallies } = judgement;
  const listed = new Set(tallies.filter((tally) => tally.listed).map(placeName));
  // A name that does not resolve, or a region that is away, says nothing about its addresses, however long that lasts.
  const isResolved = (place: Place) =>
    tallies.some((tally) => tally.address !== null && isSameRegion(tally, place));
  const remembered = new Map<string, number>();
  for (const name of names) {
    const parts = endpointParts(name);
    const place = placeName(parts);
    const listedAt = listed.has(place) ? at : (before.badAddresses[place] ?? at);
    if (!isResolved(parts) || at - listedAt < rememberMs) remembered.set(place, listedAt);
  }
  return Object.fromEntries(remembered);
}

/**
 * The bad places to probe besides the addresses that the name resolves to; if there are very many, those that it resolved to
 * longest ago.
 */
export function duePlaces({ badAddresses }: DomainRecord): string[] {
  const oldestFirst = Object.entries(badAddresses).sort(([, a], [, b]) => a - b);
  return oldestFirst.slice(0, mostAddresses).map(([place]) => place);
}
