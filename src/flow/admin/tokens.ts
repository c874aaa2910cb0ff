import { needsAccount, type Principal, type Role } from '../../core/access.ts';
import { auditOf } from './accounts.ts';
import { type Actor, done, type Outcome, refuse } from './outcome.ts';
import type { Registrar } from './registrar.ts';

/** What is kept of a token: never the token itself. Times are milliseconds since the epoch. */
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
  /** Makes a token; its text is returned this once and stored hashed. */
  create(token: Omit<Token, 'id' | 'lastUsedAt'>): Promise<{ readonly token: Token; readonly text: string }>;
  /** By name, then id. */
  list(): Promise<Token[]>;
  /** false: there is none of that id. From then on no process accepts it. */
  revoke(id: string): Promise<boolean>;
  /** Whose token this is; null for any that is unknown, revoked or expired. Compares in constant time. */
  verify(text: string, now: number): Promise<Principal | null>;
}

export interface TokenPorts {
  readonly tokens: Tokens;
  readonly registrar: Registrar;
  readonly clock: () => number;
  /** An admin's token comes from the environment: nobody can be locked out. */
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
  { tokens, registrar, clock, hasEnvironmentAdmin }: TokenPorts,
): Promise<Outcome<{ token: Token; text: string }>> {
  const isLasting = role === 'admin' && expiresInMs === null;
  if (!isLasting && !hasEnvironmentAdmin && lastingAdmins(await tokens.list()).length === 0) {
    const detail =
      'the first token has to be an admin’s that does not expire: with any other, nobody could administer this installation some day';
    return refuse('unprocessable', detail);
  }
  if (needsAccount(role) && account === null) {
    return refuse('unprocessable', `a token of the role ${role} belongs to an account: name it`);
  }
  if (role === 'admin' && account !== null) {
    return refuse(
      'unprocessable',
      'an admin sees every account: leave the account out, or choose another role',
    );
  }
  if (account !== null && (await registrar.account(account)) === null) {
    return refuse('unprocessable', `no account «${account}»`);
  }
  const now = clock();
  const expiresAt = expiresInMs === null ? null : now + expiresInMs;
  const made = await tokens.create({ name, role, account, createdAt: now, createdBy: actor.name, expiresAt });
  const detail = `${role}${account === null ? '' : ` of ${account}`}`;
  await registrar.audit(null, auditOf('token_created', `${name} (${made.token.id})`, detail, actor, now));
  return done(made);
}

export async function revokeToken(
  id: string,
  actor: Actor,
  { tokens, registrar, clock, hasEnvironmentAdmin }: TokenPorts,
): Promise<Outcome<null>> {
  const all = await tokens.list();
  const [admin, ...others] = lastingAdmins(all);
  if (!hasEnvironmentAdmin && admin?.id === id && others.length === 0 && all.length > 1) {
    const detail = `«${admin.name}» is the last admin that does not expire: make another one first, or nobody could administer this installation some day`;
    return refuse('unprocessable', detail);
  }
  const revoked = all.find((token) => token.id === id);
  if (!revoked || !(await tokens.revoke(id))) return refuse('not_found', `no token «${id}»`);
  await registrar.audit(null, auditOf('token_revoked', `${revoked.name} (${id})`, '', actor, clock()));
  return done(null);
}

/** One that expires is no way back in once it has. */
function lastingAdmins(all: readonly Token[]): Token[] {
  return all.filter(({ role, expiresAt }) => role === 'admin' && expiresAt === null);
}
