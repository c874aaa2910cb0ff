/** One change. Kept, never edited. */
export interface AuditEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The token's name, or one of `reservedNames` in access.ts. */
  readonly by: string;
  /** The client's IP address; null for an internal change. */
  readonly from: string | null;
  readonly action: AuditAction;
  /** What was changed: an account, `account/domain`, a token's name. */
  readonly target: string;
  /** What changed, for a person; pins in full, secrets never. At most `mostDetail` characters. */
  readonly detail: string;
}

/** Room for ten pins and a note. A trail keeps thousands of entries, and must not fill the store. */
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
  'pin_set_imported',
  'pin_set_removed',
  'incident_acknowledged',
  'config_keys_installed',
  'config_published',
  'device_unpinned',
  'device_pinned',
  'rotation_started',
  'rotation_continued',
  'rotation_finished',
  'rotation_aborted',
  'token_created',
  'token_revoked',
  'store_restored',
] as const;
export type AuditAction = (typeof auditActions)[number];
