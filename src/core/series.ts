import type { Verdict } from './check.ts';
import { type DomainStatus, isLastConclusive } from './domain-status.ts';

/** One gauge of a domain. */
interface Series {
  /** The contract's name, without the prefix. */
  readonly name: string;
  readonly help: string;
  /** null: the domain has no such series now. */
  readonly of: (status: DomainStatus) => number | null;
}

/** A domain's gauges, in the order in which they are shown. */
export const domainSeries = [
  {
    name: 'pin_mismatch',
    help: '1 while a confirmed pin mismatch, full or partial, is open.',
    of: ({ open }) => Number(open.includes('pin_mismatch')),
  },
  {
    name: 'probe_success',
    help: '1 if the last probe could judge at least one endpoint.',
    of: (status) => Number(isLastConclusive(status)),
  },
  {
    name: 'chain_trusted',
    help: '1 if every endpoint judged last was trusted; absent until one was judged.',
    // The incident stays open until a clean probe: an unreachable endpoint has not become trusted.
    of: ({ trusted, open }) => (trusted === null ? null : Number(trusted && !open.includes('untrusted'))),
  },
  {
    name: 'endpoints',
    help: 'Endpoints of the last probe, without key types that are not served.',
    of: ({ endpoints }) => endpoints,
  },
  {
    name: 'endpoints_mismatched',
    help: 'Endpoints of the last probe with no pinned key on their path.',
    of: ({ mismatched }) => mismatched,
  },
  {
    name: 'endpoints_failed',
    help: 'Endpoints of the last probe that could not be judged.',
    of: ({ failed }) => failed,
  },
  { name: 'pins', help: 'Pins of the domain.', of: ({ pins }) => pins },
  {
    name: 'backup_pins',
    help: "Pins that were on no endpoint's validated path when last judged.",
    of: ({ backupPins }) => backupPins,
  },
  {
    name: 'pin_sets',
    help: "Pin sets that applied at the last probe; absent if the registry's pins are the only one.",
    of: ({ pinSets }) => (pinSets === 0 ? null : pinSets),
  },
  {
    name: 'pin_sets_mismatched',
    help: 'Pin sets that mismatched on an endpoint of the last probe; absent as pin_sets.',
    of: ({ pinSets, pinSetsMismatched }) => (pinSets === 0 ? null : pinSetsMismatched),
  },
  {
    name: 'pin_sets_end_timestamp_seconds',
    help: 'When the first pin set stops pinning, or has stopped; absent if none does.',
    of: ({ pinSetsEndAt }) => (pinSetsEndAt === 0 ? null : seconds(pinSetsEndAt)),
  },
  {
    name: 'certificate_not_after_timestamp_seconds',
    help: 'The earliest notAfter on the paths last judged.',
    of: ({ earliestNotAfter }) => seconds(earliestNotAfter),
  },
  {
    name: 'last_probe_timestamp_seconds',
    help: 'When the domain was last probed.',
    of: ({ lastProbeAt }) => seconds(lastProbeAt),
  },
  {
    name: 'last_conclusive_probe_timestamp_seconds',
    help: 'When a probe last judged at least one endpoint.',
    of: ({ lastConclusiveAt }) => seconds(lastConclusiveAt),
  },
  {
    // A time instead of 0 or 1, so that the stored status need not be rewritten when the mute ends.
    name: 'muted_until_timestamp_seconds',
    help: 'When the mute of the domain ends; 0 if it is not muted.',
    of: ({ mutedUntil }) => seconds(mutedUntil),
  },
] as const satisfies readonly Series[];

/** A domain's gauges for each region, if there are several: by what is seen from there. */
export const regionSeries = [
  {
    name: 'region_pin_mismatch',
    help: '1 if an endpoint seen from the region mismatched at the last probe.',
    of: (verdict: Verdict) => Number(verdict === 'mismatch'),
  },
  {
    name: 'region_probe_success',
    help: '1 if the last probe could judge at least one endpoint seen from the region.',
    of: (verdict: Verdict) => Number(verdict !== 'inconclusive'),
  },
] as const;

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
