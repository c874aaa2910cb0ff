import { type DomainStatus, domainSeries } from './series.ts';

type SeriesName = (typeof domainSeries)[number]['name'];

export interface TroubleRules {
  /** How often every domain is probed. */
  readonly intervalMs: number;
  /** How long before it ends a certificate is told of. */
  readonly expiringWithinMs: number;
}

/** When something was looked at, and what was so then. Times are milliseconds since the epoch. */
export interface TroubleContext {
  readonly now: number;
  /** Of the domain that was probed last of all; 0 for none. */
  readonly newestProbeAt: number;
}

/** On top of two intervals without a probe, while others are probed. */
const graceMs = 60_000;

/**
 * What is wrong with a domain, by what the metrics show of it. `open`: an incident. `amiss`: no incident, or none yet, but an
 * alert rule may look at it: the last probe was inconclusive or found a mismatch, the certificate ends soon, no backup pin is
 * left, it is not probed though others are. null: nothing.
 *
 * That nothing at all is probed is no domain's trouble, for then every domain would be in it.
 */
export function troubleOf(
  status: DomainStatus,
  { intervalMs, expiringWithinMs }: TroubleRules,
  { now, newestProbeAt }: TroubleContext,
): 'open' | 'amiss' | null {
  if (status.open.length > 0 || status.unreadable === true) return 'open';
  const gauge = (name: SeriesName) => gaugeOf(status, name) ?? 0;
  const lastProbeAt = lastProbeOf(status);
  const notAfter = gauge('certificate_not_after_timestamp_seconds') * 1000;
  const isAmiss =
    gauge('probe_success') === 0 ||
    gauge('pin_mismatch') === 1 ||
    gaugeOf(status, 'chain_trusted') === 0 ||
    gauge('endpoints_mismatched') > 0 ||
    gauge('endpoints_failed') > 0 ||
    (notAfter > 0 && notAfter - now < expiringWithinMs) ||
    (gauge('pins') > 0 && gauge('backup_pins') === 0) ||
    newestProbeAt - lastProbeAt > 2 * intervalMs + graceMs;
  return isAmiss ? 'amiss' : null;
}

/** Milliseconds since the epoch, to the second; 0 for never. */
export function lastProbeOf(status: DomainStatus): number {
  return (gaugeOf(status, 'last_probe_timestamp_seconds') ?? 0) * 1000;
}

const positions = new Map<string, number>(domainSeries.map(({ name }, index) => [name, index]));

function gaugeOf({ values }: DomainStatus, name: SeriesName): number | null {
  return values[positions.get(name) ?? -1] ?? null;
}
