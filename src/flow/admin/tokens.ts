import { needsAccount, type Principal, type Role, reservedNames, seesAll } from '../../core/access.ts';
import { limitsOf } from '../../core/limits.ts';
import type { AdminStore } from './admin-store.ts';
import { auditOf } from './audit-of.ts';
import { type Actor, done, type Outcome, refuse, refuseBeyond } from './outcome.ts';

/** What is stored of a token: never the token itself. Times are milliseconds since the epoch. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly account: string | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number | null;
  /** Kept to the minute; null: never used. */
  readonly lastUsedAt: number | null;
}

export interface Tokens {
  /** Whether any token exists: without one, the API answers on loopback only. */
  any(): Promise<boolean>;
  /**
   * Makes a token; its text is returned only this once, and stored hashed. Atomic with the check that `provided` still
   * holds; null: it does not, and no token was made.
   */
  create(token: Omit<Token, 'id' | 'lastUsedAt'>, provided: Provision): Promise<MadeToken | null>;
  /** By name, then id. */
  list(): Promise<Token[]>;
  /** From then on no process accepts it. Atomic with the check that `provided` still holds. */
  revoke(id: string, provided: Provision): Promise<'revoked' | 'unknown' | 'not provided'>;
  /** Whose token this is; null if it is unknown, revoked or expired. Compares in constant time. */
  verify(text: string, now: number): Promise<Principal | null>;
}

export interface MadeToken {
  readonly token: Token;
  readonly text: string;
}

/** What must still hold when tokens are changed: two changes at once must not lock everyone out. */
export type Provision =
  | { readonly kind: 'always' }
  /** The token with this id exists. */
  | { readonly kind: 'while'; readonly id: string }
  /** There is exactly one token. */
  | { readonly kind: 'alone' };

const always: Provision = { kind: 'always' };

export interface TokenPorts {
  readonly tokens: Tokens;
  readonly adminStore: AdminStore;
  readonly clock: () => number;
  /** An admin's token comes from the environment, so nobody can be locked out. */
  readonly hasEnvironmentAdmin: boolean;
}

export interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  readonly account: string | null;
  /** Milliseconds from now; null: until it is revoked. */
  readonly expiresInMs: number | null;
}

export async function createToken(
  { name, role, account, expiresInMs }: TokenRequest,
  actor: Actor,
  { tokens, adminStore, clock, hasEnvironmentAdmin }: TokenPorts,
): Promise<Outcome<MadeToken>> {
  const noAdmin = refuse(
    'unprocessable',
    'the first token must be an admin token that does not expire: otherwise nobody could administer this installation some day',
  );
  if (reservedNames.includes(name.toLowerCase())) {
    return refuse(
      'unprocessable',
      `"${name}" is the audit trail's name for a caller without a token: choose another name`,
    );
  }
  const isLasting = role === 'admin' && expiresInMs === null;
  const wantsAdmin = !isLasting && !hasEnvironmentAdmin;
  const [admin] = wantsAdmin ? lastingAdmins(await tokens.list()) : [];
  if (wantsAdmin && admin === undefined) return noAdmin;
  if (needsAccount(role) && account === null) {
    return refuse('unprocessable', `a token with the role ${role} belongs to an account: name the account`);
  }
  if (seesAll(role) && account !== null) {
    return refuse(
      'unprocessable',
      `${role === 'admin' ? 'an admin' : `a ${role}`} sees every account: leave the account out, or choose another role`,
    );
  }
  const owner = account === null ? null : await adminStore.account(account);
  if (account !== null && owner === null) return refuse('unprocessable', `no account "${account}"`);
  if (owner !== null) {
    const most = limitsOf(owner.value).tokens;
    const owned = (await tokens.list()).filter((token) => token.account === account);
    if (owned.length >= most) return refuseBeyond({ name: 'tokens', value: most });
  }
  const now = clock();
  const expiresAt = expiresInMs === null ? null : now + expiresInMs;
  const token = { name, role, account, createdAt: now, createdBy: actor.name, expiresAt };
  const made = await tokens.create(token, admin === undefined ? always : { kind: 'while', id: admin.id });
  // The admin token that was there a moment ago has just been revoked.
  if (made === null) return noAdmin;
  const detail = `${role}${account === null ? '' : ` of ${account}`}`;
  await adminStore.audit(null, auditOf('token_created', `${name} (${made.token.id})`, detail, actor, now));
  return done(made);
}

export async function revokeToken(
  id: string,
  actor: Actor,
  { tokens, adminStore, clock, hasEnvironmentAdmin }: TokenPorts,
): Promise<Outcome<null>> {
  for (;;) {
    const all = await tokens.list();
    const token = all.find((one) => one.id === id);
    if (token === undefined) return refuse('not_found', `no token "${id}"`);
    const provided = hasEnvironmentAdmin ? always : wayBackWithout(token, all);
    if (provided === null) {
      const detail = `"${token.name}" is the last admin token that does not expire: make another one first, or nobody could administer this installation some day`;
      return refuse('unprocessable', detail);
    }
    const outcome = await tokens.revoke(id, provided);
    // Another token was made or revoked since the list was read. Each retry means that another caller made progress.
    if (outcome === 'not provided') continue;
    if (outcome === 'unknown') return refuse('not_found', `no token "${id}"`);
    await adminStore.audit(null, auditOf('token_revoked', `${token.name} (${id})`, '', actor, clock()));
    return done(null);
  }
}

/** What still lets somebody administer the installation without `token`: null for nothing. */
function wayBackWithout(token: Token, all: readonly Token[]): Provision | null {
  const admins = lastingAdmins(all);
  if (!admins.some(({ id }) => id === token.id)) return always;
  const other = admins.find(({ id }) => id !== token.id);
  if (other !== undefined) return { kind: 'while', id: other.id };
  // Without any token, users on the machine are admins.
  return all.length === 1 ? { kind: 'alone' } : null;
}

/** A token that expires is no lasting way in. */
function lastingAdmins(all: readonly Token[]): Token[] {
  return all.filter(({ role, expiresAt }) => role === 'admin' && expiresAt === null);
}
