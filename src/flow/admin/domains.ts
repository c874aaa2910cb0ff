import type { Check } from '../../core/check.ts';
import { chosenChannelsProblem } from '../../core/chosen-channels.ts';
import { rfc3339 } from '../../core/clock.ts';
import { type Account, type Domain, domainName } from '../../core/domain.ts';
import { type SettingsChange, settingNames, settingText } from '../../core/domain-settings.ts';
import { limitsOf } from '../../core/limits.ts';
import type { Observation } from '../../core/observation.ts';
import type { Pin } from '../../core/pin.ts';
import { type Platform, ruled } from '../../core/platforms.ts';
import { type Position, positionOf } from '../../core/position.ts';
import { mayHavePrivateRoot, nameRoot } from '../../core/private-root.ts';
import { judge } from '../../core/verdict.ts';
import type { PinSetStore } from '../pin-set-store.ts';
import type { DomainRef } from '../probe-store.ts';
import { createResolver } from '../resolve-pin-sets.ts';
import { Unreadable } from '../unreadable.ts';
import { provisionedRefusal, stale } from './accounts.ts';
import type { AdminStore, Stored } from './admin-store.ts';
import { auditOf } from './audit-of.ts';
import {
  type Actor,
  done,
  type Outcome,
  refuse,
  refuseBeyond,
  unknownAccount,
  unknownDomain,
} from './outcome.ts';
import type { ProbeDesk } from './probes.ts';
import { checkedRoots, type ReadRoots } from './roots.ts';

export interface DomainPorts {
  readonly adminStore: AdminStore;
  readonly clock: () => number;
  /** Probes every endpoint once, within the network policy. */
  readonly observe: (domain: Domain, signal: AbortSignal) => Promise<Observation[]>;
  readonly readRoots: ReadRoots;
  /** The platforms whose rules apply if neither the domain nor its account names any. */
  readonly platforms: readonly Platform[];
  /** The pin sets that apply to a domain are resolved when it is added. */
  readonly pinSetStore: Pick<PinSetStore, 'pinSets'>;
  /** A change requests a probe, so that it has a record soon. */
  readonly desk: Pick<ProbeDesk, 'request'>;
  /** Has what ends with a removed domain told. */
  readonly nudge: (account: string) => Promise<void>;
}

export interface PinWish {
  /** The certificate of the path that a domain added without pins is pinned to. */
  readonly pinLevel: Position;
  /** Kept with each pin; '' for none. */
  readonly note: string;
}

export interface AddedDomain extends Stored<Domain> {
  readonly name: string;
  /** Of the pin sets that were resolved for it. */
  readonly revision: string;
  /** What the domain presented when it was added. */
  readonly check: Check;
  /** Pins taken from what was presented, if none were given. */
  readonly pinned: readonly Pin[];
}

/**
 * Probes a domain once and returns what registering it would store, even without its account. Stores nothing.
 */
export async function previewDomain(
  account: string,
  wanted: Domain,
  wish: PinWish,
  actor: Actor,
  { adminStore, clock, observe, readRoots, platforms, pinSetStore }: DomainPorts,
  signal: AbortSignal,
): Promise<Outcome<AddedDomain>> {
  const name = domainName(wanted);
  const ref = { account, domain: name };
  if ((await adminStore.domain(ref)) !== null) return refuse('exists', `"${name}" is already registered`);
  const owner = (await adminStore.account(account))?.value;
  const problem = owner === undefined ? null : channelsProblem(wanted.channels, owner);
  if (problem !== null) return problem;
  const roots = wanted.ca === undefined ? null : await checkedRoots(wanted.ca, readRoots);
  if (roots?.ok === false) return roots;
  const { revision, ...found } = await pinSetStore.pinSets(account);
  const pinSets = createResolver(found)(wanted.host);
  const domain = {
    ...wanted,
    ...(pinSets.length === 0 ? {} : { pinSets }),
    ...(roots === null ? {} : { ca: roots.value }),
  };
  const observations = await observe(domain, signal);
  const forbidden = forbiddenRefusal(name, observations);
  if (forbidden !== null) return forbidden;
  const judged = (one: Domain) =>
    judge(ruled(one, owner?.platforms, platforms), observations, clock(), 0).check;
  const look = judged(domain);
  const given = domain.pins.length > 0;
  const pinned = given ? [] : presentedPins(look, wish.pinLevel);
  if (!given && pinned.length === 0) {
    const found = look.findings.map(({ message }) => message).join('; ') || `it presents no ${wish.pinLevel}`;
    const why = roots === null && mayHavePrivateRoot(look) ? `${found}. ${nameRoot}` : found;
    return refuse(
      'unprocessable',
      `no pins were given for "${name}", and none could be taken from it: ${why}`,
    );
  }
  const pins = given ? domain.pins : pinned;
  const origin = given ? '' : `the ${wish.pinLevel} presented when it was added`;
  const noted = { note: wish.note || origin, by: actor.name, at: rfc3339(clock()) };
  const value: Domain = { ...domain, pins, pinNotes: Object.fromEntries(pins.map((pin) => [pin, noted])) };
  return done({ name, value, text: adminStore.textOf(value), revision, check: judged(value), pinned });
}

/**
 * Registers a domain after probing it once. A target that policy forbids is refused, and a domain without pins is
 * pinned to what it presents. Given pins are stored whether they match or not: the first probe judges them.
 */
export async function addDomain(
  account: string,
  domain: Domain,
  wish: PinWish,
  actor: Actor,
  ports: DomainPorts,
  signal: AbortSignal,
): Promise<Outcome<AddedDomain>> {
  const owner = await ports.adminStore.account(account);
  if (owner === null) return unknownAccount(account);
  const preview = await previewDomain(account, domain, wish, actor, ports, signal);
  if (!preview.ok) return preview;
  const { name, value, revision } = preview.value;
  const ref = { account, domain: name };
  const entry = auditOf(
    'domain_added',
    `${account}/${name}`,
    `pins ${value.pins.join(', ')}`,
    actor,
    ports.clock(),
  );
  const saved = await ports.adminStore.saveDomain(ref, null, value, entry, limitsOf(owner.value), revision);
  if (saved === 'conflict') return refuse('exists', `"${name}" is already registered`);
  if (saved !== 'stored') return refuseBeyond(saved);
  await ports.desk.request([ref]);
  return preview;
}

function forbiddenRefusal(name: string, observations: readonly Observation[]): Outcome<never> | null {
  const forbidden = observations.find(({ failure }) => failure?.code === 'target_forbidden');
  return forbidden?.failure ? refuse('unprocessable', `"${name}": ${forbidden.failure.message}`) : null;
}

/** One for each distinct chain: the key of the leaf, of the first intermediate or of the root. */
function presentedPins({ endpoints }: Check, level: Position): Pin[] {
  const pins = endpoints.flatMap((endpoint) => {
    const { path, failure, trusted } = endpoint;
    if (failure !== null || !trusted) return [];
    // A trusted leaf that is alone on its path is also its root.
    if (level === 'root') return path.at(-1)?.pin ?? [];
    return path.find((_, index) => positionOf(endpoint, index) === level)?.pin ?? [];
  });
  return [...new Set(pins)];
}

/** Changes how a domain is probed; null removes a setting. Forbidden addresses are refused, as for a new domain. */
export async function changeDomain(
  ref: DomainRef,
  wanted: SettingsChange,
  expected: string | undefined,
  actor: Actor,
  ports: DomainPorts,
  signal: AbortSignal,
): Promise<Outcome<Stored<Domain>>> {
  const roots = typeof wanted.ca === 'string' ? await checkedRoots(wanted.ca, ports.readRoots) : null;
  if (roots?.ok === false) return roots;
  const owner = wanted.channels ? await ports.adminStore.account(ref.account) : null;
  const problem = owner === null ? null : channelsProblem(wanted.channels, owner.value);
  if (problem !== null) return problem;
  const change = roots === null ? wanted : { ...wanted, ca: roots.value };
  const merged = (domain: Domain): Domain => {
    const entries = Object.entries({ ...domain, ...change }).filter(([, value]) => value !== null);
    return Object.fromEntries(entries) as unknown as Domain;
  };
  const found = change.connect ? await ports.adminStore.domain(ref) : null;
  if (found !== null && found.value.provisionedBy === undefined) {
    const forbidden = forbiddenRefusal(ref.domain, await ports.observe(merged(found.value), signal));
    if (forbidden !== null) return forbidden;
  }
  const detail = describe(change);
  return edit(ref, merged, expected, { action: 'domain_changed', detail }, actor, ports);
}

function channelsProblem(
  chosen: SettingsChange['channels'],
  { channels = [] }: Pick<Account, 'channels'>,
): Outcome<never> | null {
  const problem = chosenChannelsProblem(
    chosen ?? [],
    channels.map(({ name }) => name),
  );
  return problem === null ? null : refuse('unprocessable', `channels: ${problem}`);
}

function describe(change: SettingsChange): string {
  const changed = settingNames.flatMap((name) => {
    const value = change[name];
    if (value === undefined) return [];
    return [`${name} ${value === null ? 'removed' : settingText(value, 'replaced')}`];
  });
  return changed.join('; ');
}

/** No notices of the domain are sent until then; null ends the mute. */
export async function muteDomain(
  ref: DomainRef,
  until: number | null,
  actor: Actor,
  ports: DomainPorts,
): Promise<Outcome<Stored<Domain>>> {
  const merged = (before: Domain): Domain => {
    const { mutedUntil: _until, mutedAt: _at, ...domain } = before;
    if (until === null) return domain;
    return before.mutedUntil === until ? before : { ...domain, mutedUntil: until, mutedAt: ports.clock() };
  };
  const what =
    until === null
      ? ({ action: 'domain_unmuted', detail: '' } as const)
      : ({ action: 'domain_muted', detail: `until ${rfc3339(until)}` } as const);
  return edit(ref, merged, undefined, what, actor, ports, 'also provisioned');
}

export async function removeDomain(
  ref: DomainRef,
  expected: string | undefined,
  actor: Actor,
  { adminStore, clock, nudge }: DomainPorts,
): Promise<Outcome<null>> {
  const found = await adminStore.domain(ref).catch(asItIsStored);
  if (found === null) return unknownDomain(ref.domain);
  const provisionedBy = found.value?.provisionedBy;
  if (provisionedBy !== undefined) return provisionedRefusal(ref.domain, provisionedBy);
  if (expected !== undefined && expected !== found.text) return stale(ref.domain);
  const detail =
    found.value === null ? 'its settings could not be read' : `pins ${found.value.pins.join(', ')}`;
  const entry = auditOf('domain_removed', `${ref.account}/${ref.domain}`, detail, actor, clock());
  const saved = await adminStore.saveDomain(ref, found.text, null, entry);
  if (saved === 'conflict') return stale(ref.domain);
  await nudge(ref.account);
  return done(null);
}

/** An unreadable domain can still be removed, and added again. */
export function asItIsStored(error: unknown): { readonly value: null; readonly text: string } {
  if (error instanceof Unreadable) return { value: null, text: error.text };
  throw error;
}

/** The only way to change a registered domain: compare-and-set, with an audit entry, then a probe. */
export async function edit(
  ref: DomainRef,
  change: (domain: Domain) => Domain,
  expected: string | undefined,
  what: { readonly action: Parameters<typeof auditOf>[0]; readonly detail: string },
  actor: Actor,
  { adminStore, clock, desk }: DomainPorts,
  scope: 'only runtime' | 'also provisioned' = 'only runtime',
): Promise<Outcome<Stored<Domain>>> {
  const found = await adminStore.domain(ref);
  if (found === null) return unknownDomain(ref.domain);
  const { provisionedBy } = found.value;
  if (provisionedBy !== undefined && scope === 'only runtime')
    return provisionedRefusal(ref.domain, provisionedBy);
  if (expected !== undefined && expected !== found.text) return stale(ref.domain);
  const next = change(found.value);
  const text = adminStore.textOf(next);
  // Already stored, perhaps by a repeated request: no change, and nothing to audit.
  if (text === found.text) return done(found);
  const entry = auditOf(what.action, `${ref.account}/${ref.domain}`, what.detail, actor, clock());
  // A mute is never refused for lack of room: it takes a few bytes.
  const owner = scope === 'also provisioned' ? null : await adminStore.account(ref.account);
  const limits = owner === null ? undefined : limitsOf(owner.value);
  const saved = await adminStore.saveDomain(ref, found.text, next, entry, limits);
  if (saved === 'conflict') return stale(ref.domain);
  if (saved !== 'stored') return refuseBeyond(saved);
  await desk.request([ref]);
  return done({ value: next, text });
}
