import type { Check } from './check.ts';
import { explained, type Remembered, remember } from './explain.ts';
import { advance, type IncidentState, type Probe, quiet, type Transition } from './incident.ts';
import type { NotifySettings } from './settings.ts';

/** What the store keeps of one domain between probes. Times are milliseconds since the epoch, 0 for never. */
export interface DomainRecord extends IncidentState, Remembered {
  readonly lastCheck: Check | null;
  readonly lastProbeAt: number;
  readonly lastConclusiveAt: number;
  /** Of the last probe that judged anything: whether its judged endpoints were all trusted; null before the first. */
  readonly trusted: boolean | null;
  /** Of the last probe that judged anything: the earliest `notAfter` on the paths without the store's anchors. */
  readonly earliestNotAfter: number;
  /** Of the last probe that judged anything: pins that are on no endpoint's path. */
  readonly backupPins: number;
  /**
   * Addresses that were bad when last judged, and when the name last resolved to them. They are probed again whether or
   * not it still does: the answers of a CDN's name servers change, and a bad edge that is not looked at is not well.
   */
  readonly badAddresses: { readonly [address: string]: number };
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

/** Clients may know an address for so long after it was taken out of DNS; then it is nobody's any more. */
const rememberMs = 3_600_000;
/** A record must stay small, whatever a name resolves to. */
const mostBadAddresses = 32;

/** The record after a probe and the transitions it made; the caller stores both in one step. */
export function recordProbe(
  before: DomainRecord,
  probe: Probe,
  rules: NotifySettings,
): { record: DomainRecord; transitions: Transition[] } {
  const { state, transitions } = advance(before, probe, rules);
  const { check, earliestNotAfter } = probe.judgement;
  const judged = check.endpoints.filter((endpoint) => endpoint.failure === null);
  const conclusive =
    judged.length === 0
      ? {}
      : {
          lastConclusiveAt: probe.at,
          trusted: judged.every((endpoint) => endpoint.trusted),
          earliestNotAfter: earliestNotAfter ?? 0,
          backupPins: check.pins.filter((pin) => !pin.seen).length,
        };
  const badAddresses = rememberBad(before, probe);
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

function rememberBad(before: DomainRecord, { judgement, at }: Probe): DomainRecord['badAddresses'] {
  const remembered = new Map<string, number>();
  for (const [address, listedAt] of Object.entries(before.badAddresses)) {
    // Where it could not be judged, what was known of it stands.
    const endpoints = judgement.check.endpoints.filter((endpoint) => endpoint.address === address);
    if (endpoints.every(({ failure }) => failure !== null)) remembered.set(address, listedAt);
  }
  for (const { address, listed } of judgement.badAddresses) {
    remembered.set(address, listed ? at : (before.badAddresses[address] ?? at));
  }
  const recent = [...remembered].filter(([, listedAt]) => at - listedAt < rememberMs);
  return Object.fromEntries(recent.slice(0, mostBadAddresses));
}
