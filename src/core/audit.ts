/** One change that somebody made. Kept, never edited. */
export interface AuditEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The token's name, or for whoever has none one of `reservedNames` of access.ts. */
  readonly by: string;
  /** The client's IP address; null for a change from within. */
  readonly from: string | null;
  readonly action: AuditAction;
  /** What was changed: an account, `account/domain`, a token's name. */
  readonly target: string;
  /** What changed, for a person; pins in full, secrets never. At most `mostDetail` characters. */
  readonly detail: string;
}

/** Ten pins and a note: a trail keeps thousands of entries, and whoever changes things must not fill the store with it. */
const mostDetail = 1_600;

export function boundedDetail(detail: string): string {
  return detail.length <= mostDetail ? detail : `${detail.slice(0, mostDetail - 1)}…`;
}

export const auditActions = [
  'account_created',
  'account_changed',
  'account_deleted',
  'domain_added',
  'domain_changed',
  'domain_removed',
  'domain_muted',
  'domain_unmuted',
  'pins_changed',
  'incident_acknowledged',
  'token_created',
  'token_revoked',
] as const;
export type AuditAction = (typeof auditActions)[number];
