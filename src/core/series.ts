import { isFailed, type Verdict } from './check.ts';
import { type IncidentKind, incidentKinds } from './condition.ts';
import type { Domain } from './domain.ts';
import type { DomainRecord } from './record.ts';

/** One gauge of a domain: the contract's name without the prefix, and what it says. */
export interface Series {
  readonly name: string;
  readonly help: string;
}

/** A domain's gauges, in the order in which `valuesOf` gives them. */
export const domainSeries = [
  { name: 'pin_mismatch', help: '1 while a confirmed pin mismatch, full or partial, is open.' },
  { name: 'probe_success', help: '1 if the last probe could judge at least one endpoint.' },
  {
    name: 'chain_trusted',
    help: '1 if every endpoint judged last was trusted; absent until one was judged.',
  },
  { name: 'endpoints', help: 'Endpoints of the last probe, without key types that are not served.' },
  { name: 'endpoints_mismatched', help: 'Endpoints of the last probe with no pinned key on their path.' },
  { name: 'endpoints_failed', help: 'Endpoints of the last probe that could not be judged.' },
  { name: 'pins', help: 'Pins of the domain.' },
  { name: 'backup_pins', help: "Pins that were on no endpoint's validated path when last judged." },
  {
    name: 'certificate_not_after_timestamp_seconds',
    help: 'The earliest notAfter on the paths last judged.',
  },
  { name: 'last_probe_timestamp_seconds', help: 'When the domain was probed last.' },
  {
    name: 'last_conclusive_probe_timestamp_seconds',
    help: 'When a probe last judged at least one endpoint.',
  },
  // A time and not 0 or 1: what is stored need not be written again when the mute ends.
  {
    name: 'muted_until_timestamp_seconds',
    help: 'Until when nothing of the domain is told; 0 if not muted.',
  },
] as const satisfies readonly Series[];

/** What the metrics show of one domain: small enough to be read for every domain at each scrape. */
export interface DomainStatus {
  /** One for each of `domainSeries`; null is shown as no series. */
  readonly values: readonly (number | null)[];
  readonly open: readonly IncidentKind[];
  /** Of the last probe; null before the first. */
  readonly verdict: Verdict | null;
  /** Milliseconds since the epoch, 0 for never. */
  readonly lastProbeAt: number;
  /** Its last probe waited for deadlines. */
  readonly slow?: true;
  /** Its settings could not be read when it should have been probed: the rest is what was known before. */
  readonly unreadable?: true;
}

export function statusOf(domain: Pick<Domain, 'pins' | 'mutedUntil'>, record: DomainRecord): DomainStatus {
  const open = incidentKinds.filter((kind) => record.incidents[kind] !== undefined);
  const endpoints = record.lastCheck?.endpoints ?? [];
  const served = endpoints.filter((endpoint) => endpoint.failure?.code !== 'key_type_not_served');
  const judged = record.lastProbeAt > 0 && record.lastProbeAt === record.lastConclusiveAt;
  const values = [
    Number(open.includes('pin_mismatch')),
    Number(judged),
    // Open until a clean probe has closed it: an endpoint that can't be reached has not become trusted.
    record.trusted === null ? null : Number(record.trusted && !open.includes('untrusted')),
    served.length,
    served.filter((endpoint) => endpoint.verdict === 'mismatch').length,
    served.filter(isFailed).length,
    domain.pins.length,
    record.backupPins,
    Math.floor(record.earliestNotAfter / 1000),
    Math.floor(record.lastProbeAt / 1000),
    Math.floor(record.lastConclusiveAt / 1000),
    Math.floor((domain.mutedUntil ?? 0) / 1000),
  ];
  const verdict = record.lastCheck?.verdict ?? null;
  const slow = endpoints.some(({ durationMs }) => durationMs >= slowMs);
  return { values, open, verdict, lastProbeAt: record.lastProbeAt, ...(slow ? { slow } : {}) };
}

/** An endpoint that takes so long waits for a deadline, or soon will. */
const slowMs = 2_000;

/** The status of a domain that was probed again and showed the same. */
export function statusSeenAgain(status: DomainStatus, at: number): DomainStatus {
  const seconds = Math.floor(at / 1000);
  const values = status.values.map((value, index) =>
    timesOfProbe.includes(domainSeries[index]?.name ?? '') ? seconds : value,
  );
  return { ...status, values, lastProbeAt: at };
}

const timesOfProbe: readonly string[] = [
  'last_probe_timestamp_seconds',
  'last_conclusive_probe_timestamp_seconds',
];
