import { type AuditAction, type AuditEntry, boundedDetail } from '../../core/audit.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { Actor } from './outcome.ts';

/** The audit trail's entry for a change. */
export function auditOf(
  action: AuditAction,
  target: string,
  detail: string,
  { name, address }: Actor,
  now: number,
): AuditEntry {
  return { at: rfc3339(now), by: name, from: address, action, target, detail: boundedDetail(detail) };
}
