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

/** What is wrong with a domain besides its incidents. */
export type Reason =
  | 'settings_unreadable'
  | 'mismatch'
  | 'not_trusted'
  | 'inconclusive'
  | 'endpoints_failed'
  | 'certificate_expiring'
  | 'no_backup_pin'
  | 'not_probed';

/**
 * What is wrong with a domain, as far as its status shows. `open`: an incident. `amiss`: no incident yet, but an alert rule
 * may look at it: the last probe was inconclusive or found a mismatch, the certificate ends soon, no backup pin is left, or
 * the domain is not probed although others are. null: nothing.
 *
 * If no domain at all is probed, that is not the trouble of a domain: otherwise, every domain would be in trouble.
 */
export function troubleOf(
  status: DomainStatus,
  rules: TroubleRules,
  context: TroubleContext,
): 'open' | 'amiss' | null {
  if (status.open.length > 0 || status.unreadable === true) return 'open';
  return reasonsOf(status, rules, context).length > 0 ? 'amiss' : null;
}

/** All that a list can say about it; empty if nothing is wrong but an incident. */
export function reasonsOf(
  status: DomainStatus,
  { intervalMs, expiringWithinMs }: TroubleRules,
  { now, newestProbeAt }: TroubleContext,
): Reason[] {
  const { earliestNotAfter, pins, backupPins } = status;
  const isConclusive = isLastConclusive(status);
  const isBehind = newestProbeAt - status.lastProbeAt > 2 * intervalMs + graceMs;
  const found: readonly (readonly [Reason, boolean])[] = [
    ['settings_unreadable', status.unreadable === true],
    ['mismatch', status.mismatched > 0],
    ['not_trusted', status.trusted === false],
    ['inconclusive', !isConclusive && status.lastProbeAt > 0],
    ['endpoints_failed', status.failed > 0 && isConclusive],
    ['certificate_expiring', earliestNotAfter > 0 && earliestNotAfter - now < expiringWithinMs],
    ['no_backup_pin', pins > 0 && backupPins === 0 && status.lastConclusiveAt > 0],
    ['not_probed', isBehind || status.lastProbeAt === 0],
  ];
  return found.flatMap(([reason, isSo]) => (isSo ? [reason] : []));
}
