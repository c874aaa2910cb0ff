import type { Check } from './check.ts';
import { advance, type IncidentState, type Probe, quiet, type Transition } from './incident.ts';
import type { NotifySettings } from './settings.ts';

/** What the store keeps of one domain between probes. Times are milliseconds since the epoch, 0 for never. */
export interface DomainRecord extends IncidentState {
  readonly lastCheck: Check | null;
  readonly lastProbeAt: number;
  readonly lastConclusiveAt: number;
  /** Of the last probe that judged anything: whether its judged endpoints were all trusted; null before the first. */
  readonly trusted: boolean | null;
  /** Of the last probe that judged anything: the earliest `notAfter` on the paths without the store's anchors. */
  readonly earliestNotAfter: number;
  /** Of the last probe that judged anything: pins that are on no endpoint's path. */
  readonly backupPins: number;
}

export const blankRecord: DomainRecord = {
  ...quiet,
  lastCheck: null,
  lastProbeAt: 0,
  lastConclusiveAt: 0,
  trusted: null,
  earliestNotAfter: 0,
  backupPins: 0,
};

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
  return {
    record: { ...before, ...conclusive, ...state, lastCheck: check, lastProbeAt: probe.at },
    transitions,
  };
}
