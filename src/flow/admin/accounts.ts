import { channelsAfter, type GivenChannel } from '../../core/channel-change.ts';
import type { Account } from '../../core/domain.ts';
import type { Limits } from '../../core/limits.ts';
import { parsed } from '../../core/parsed.ts';
import { notifyWords } from '../../core/settings.ts';
import type { AdminStore, DomainPage, ListedDomain, Stored } from './admin-store.ts';
import { auditOf } from './audit-of.ts';
import { type Actor, done, type Outcome, refuse, unknownAccount } from './outcome.ts';
import type { Tokens } from './tokens.ts';

export interface AccountPorts {
  readonly adminStore: AdminStore;
  readonly tokens: Pick<Tokens, 'list' | 'revoke'>;
  readonly clock: () => number;
  /** Notifies a new contact of open incidents and undelivered notices. A hint: what is owed is found without it. */
  readonly nudge: (account: string) => Promise<void>;
}

/** `platforms` null: those of the installation. */
export type AccountChange = Partial<Pick<Account, 'contacts' | 'notify' | 'limits'>> & {
  readonly platforms?: Account['platforms'] | null;
  /** All of them; none: []. */
  readonly channels?: readonly GivenChannel[];
  readonly publicStatus?: boolean;
};

export async function createAccount(
  given: Omit<Account, 'channels'>,
  givenChannels: readonly GivenChannel[],
  actor: Actor,
  { adminStore, tokens, clock }: AccountPorts,
): Promise<Outcome<Stored<Account>>> {
  const made = channelsAfter([], givenChannels);
  if (!made.ok) return refuse('unprocessable', made.problem);
  const account: Account = { ...given, ...(made.value.length === 0 ? {} : { channels: made.value }) };
  const exists = refuse('exists', `account "${account.name}" already exists`);
  if ((await adminStore.account(account.name)) !== null) return exists;
  // Tokens of an earlier account of that name, from a file for instance, must not open this one.
  await revokeTokensOf(account.name, tokens);
  const entry = auditOf('account_created', account.name, describe(account), actor, clock());
  if ((await adminStore.saveAccount(account.name, null, account, entry)) === 'conflict') {
    return exists;
  }
  return done({ value: account, text: JSON.stringify(account) });
}

/** `expected`: the text that the caller has seen; undefined accepts whatever is stored. */
export async function changeAccount(
  name: string,
  change: AccountChange,
  expected: string | undefined,
  actor: Actor,
  ports: AccountPorts,
): Promise<Outcome<Stored<Account>>> {
  const found = await editable(name, expected, ports);
  if (!found.ok) return found;
  const { platforms = found.value.value.platforms, channels: given, publicStatus, ...others } = change;
  const { platforms: _before, channels: had = [], publicStatus: was, ...before } = found.value.value;
  const made = given === undefined ? parsed([...had]) : channelsAfter(had, given);
  if (!made.ok) return refuse('unprocessable', made.problem);
  const channels = made.value.length === 0 ? {} : { channels: made.value };
  const next: Account = {
    ...before,
    ...others,
    ...channels,
    ...(platforms ? { platforms } : {}),
    ...((publicStatus ?? was) ? { publicStatus: true } : {}),
  };
  const text = JSON.stringify(next);
  // Already stored: no change, and nothing to audit.
  if (text === found.value.text) return found;
  const entry = auditOf('account_changed', name, describe(change), actor, ports.clock());
  if ((await ports.adminStore.saveAccount(name, found.value.text, next, entry)) === 'conflict')
    return stale(name);
  if (change.contacts || given) await ports.nudge(name);
  return done({ value: next, text });
}

function describe({ contacts, channels, notify, platforms, limits, publicStatus }: AccountChange): string {
  const settings = Object.entries(notifyWords(notify ?? {})).map(([key, value]) => `${key}=${value}`);
  return [
    ...(contacts ? [`contacts ${contacts.join(', ')}`] : []),
    ...(channels
      ? [`channels ${channels.map(({ name, type }) => `${name} (${type})`).join(', ') || 'none'}`]
      : []),
    ...(notify ? [`notify ${settings.join(' ') || 'default'}`] : []),
    ...(platforms === undefined
      ? []
      : [`platforms ${platforms === null ? 'default' : platforms.join(', ') || 'none'}`]),
    ...(limits ? [`limits ${describeLimits(limits) || 'default'}`] : []),
    ...(publicStatus === undefined ? [] : [`publicStatus ${publicStatus}`]),
  ].join('; ');
}

function describeLimits(limits: Partial<Limits>): string {
  return Object.entries(limits)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

export async function deleteAccount(
  name: string,
  expected: string | undefined,
  actor: Actor,
  ports: AccountPorts,
): Promise<Outcome<null>> {
  const found = await editable(name, expected, ports);
  if (!found.ok) return found;
  let domains = 0;
  for await (const domain of allDomains(name, ports)) {
    const file = domain.value?.provisionedBy;
    if (file !== undefined) return provisionedRefusal(domain.name, file);
    domains += 1;
  }
  const owned = (await ports.tokens.list()).filter(({ account }) => account === name);
  const detail = `with ${domains} domains and ${owned.length} tokens`;
  const entry = auditOf('account_deleted', name, detail, actor, ports.clock());
  if ((await ports.adminStore.saveAccount(name, found.value.text, null, entry)) === 'conflict')
    return stale(name);
  await revokeTokensOf(name, ports.tokens);
  return done(null);
}

async function* allDomains(account: string, { adminStore }: AccountPorts): AsyncIterable<ListedDomain> {
  let after: string | null = null;
  do {
    const page: DomainPage = await adminStore.domainPage(account, { after, limit: 1_000, verdict: null });
    yield* page.domains;
    after = page.next;
  } while (after !== null);
}

/** Tokens must not outlive their account: they would be valid for the next one of that name. */
async function revokeTokensOf(name: string, tokens: AccountPorts['tokens']): Promise<void> {
  const owned = (await tokens.list()).filter(({ account }) => account === name);
  // None of them is an admin's token, which might have to stay.
  for (const { id } of owned) await tokens.revoke(id, { kind: 'always' });
}

async function editable(
  name: string,
  expected: string | undefined,
  { adminStore }: AccountPorts,
): Promise<Outcome<Stored<Account>>> {
  const found = await adminStore.account(name);
  if (found === null) return unknownAccount(name);
  if (found.value.provisionedBy !== undefined) return provisionedRefusal(name, found.value.provisionedBy);
  if (expected !== undefined && expected !== found.text) return stale(name);
  return done(found);
}

export function provisionedRefusal(what: string, file: string): Outcome<never> {
  return refuse('provisioned', `"${what}" comes from the file ${file}: change it there and reload pinwatch`);
}

export function stale(what: string): Outcome<never> {
  return refuse('stale', `"${what}" was changed since you read it: read it again, then repeat the change`);
}
