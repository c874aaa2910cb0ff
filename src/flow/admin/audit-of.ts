import { type AuditAction, type AuditEntry, boundedDetail } from '../../core/audit.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { Actor } from './outcome.ts';

/** What the audit trail keeps of a change. */
export function auditOf(
  action: AuditAction,
  target: string,
  detail: string,
  { name, address }: Actor,
  now: number,
): AuditEntry {
  return { at: rfc3339(now), by: name, from: address, action, target, detail: boundedDetail(detail) };
}
