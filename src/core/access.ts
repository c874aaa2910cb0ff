/** Who may do what. A token has one role; an account's tokens see nothing of other accounts. */
export const roles = [
  'admin',
  'viewer',
  'account-publisher',
  'account-editor',
  'account-viewer',
  'pentester',
  'metrics',
] as const;
export type Role = (typeof roles)[number];

/** The caller. */
export interface Principal {
  /** For the audit trail: the token's name. */
  readonly name: string;
  readonly role: Role;
  /** The only account that it may see; null for all. Never null for an account's roles. */
  readonly account: string | null;
}

/** The audit trail's names for changes that were made without a named token. */
export const reservedNames: readonly string[] = ['loopback', 'environment', 'local', 'nobody'];

export const actions = [
  'read_metrics',
  'read_account',
  'edit_account',
  'publish_config',
  'unpin_devices',
  'manage_accounts',
  'manage_tokens',
  'read_audit',
  'read_queues',
  'reload',
] as const;
/**
 * `read_account`: domains, incidents, history of one account. `edit_account`: its domains, pins and incidents, and probes.
 * `publish_config`: its signed configuration, as apps get it. `unpin_devices`: single devices for a time, for a pentest.
 * `manage_accounts`: accounts themselves and their contacts. `reload`: has the configuration file read again.
 */
export type Action = (typeof actions)[number];

const allowed: Record<Role, readonly Action[]> = {
  admin: actions,
  viewer: ['read_metrics', 'read_account'],
  'account-publisher': ['read_metrics', 'read_account', 'edit_account', 'publish_config', 'unpin_devices'],
  'account-editor': ['read_metrics', 'read_account', 'edit_account'],
  'account-viewer': ['read_metrics', 'read_account'],
  pentester: ['unpin_devices'],
  metrics: ['read_metrics'],
};

/** Whether the caller may do this to this account; `account` is null if the action is not about a single one. */
export function may({ role, account: own }: Principal, action: Action, account: string | null): boolean {
  if (!allowed[role].includes(action)) return false;
  return own === null || account === null || own === account;
}

/** The roles that make no sense without an account. */
export function needsAccount(role: Role): boolean {
  return !seesAll(role) && role !== 'metrics';
}

/** The roles for the whole installation, which an account would contradict. */
export function seesAll(role: Role): boolean {
  return role === 'admin' || role === 'viewer';
}
