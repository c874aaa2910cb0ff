import { type DomainStatus, isLastConclusive } from './domain-status.ts';

export interface TroubleRules {
  /** How often every domain is probed. */
  readonly intervalMs: number;
  /** How long before its end a certificate is reported. */
  readonly expiringWithinMs: number;
}

/** Times are milliseconds since the epoch. */
export interface TroubleContext {
  readonly now: number;
  /** When the domain that was probed last was probed; 0 for never. */
  readonly newestProbeAt: number;
}

/** On top of two intervals without a probe, while others are probed. */
const graceMs = 60_000;

/**
 * What is wrong with a domain, as far as its status shows. `open`: an incident. `amiss`: no incident yet, but an alert rule
 * may look at it: the last probe was inconclusive or found a mismatch, the certificate ends soon, no backup pin is left, or
 * the domain is not probed although others are. null: nothing.
 *
 * If no domain at all is probed, that is not the trouble of a domain: otherwise, every domain would be in trouble.
 */
export function troubleOf(
  status: DomainStatus,
  { intervalMs, expiringWithinMs }: TroubleRules,
  { now, newestProbeAt }: TroubleContext,
): 'open' | 'amiss' | null {
  if (status.open.length > 0 || status.unreadable === true) return 'open';
  const { earliestNotAfter, pins, backupPins } = status;
  const isAmiss =
    !isLastConclusive(status) ||
    status.trusted === false ||
    status.mismatched > 0 ||
    status.failed > 0 ||
    (earliestNotAfter > 0 && earliestNotAfter - now < expiringWithinMs) ||
    (pins > 0 && backupPins === 0) ||
    newestProbeAt - status.lastProbeAt > 2 * intervalMs + graceMs;
  return isAmiss ? 'amiss' : null;
}
