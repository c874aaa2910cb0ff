/** The rules that are exported: those of the registry, or what an app version ships with. */
import type { Domain } from '../../core/domain.ts';
import { addressBytes } from '../../core/ip.ts';
import { ownRules } from '../../core/own-rules.ts';
import type { Pin } from '../../core/pin.ts';
import { mostRules, type PinRules } from '../../core/pin-set.ts';
import { rotationTo } from '../../core/rotation.ts';
import { type SeenKeys, seenKeys } from '../../core/seen-key.ts';
import { hostOfName } from '../../core/set-coverage.ts';
import { createSetIndex } from '../../core/set-index.ts';
import type { PinSetStore } from '../pin-set-store.ts';
import type { AdminStore } from './admin-store.ts';
import { done, type Outcome, refuse, unknownDomain } from './outcome.ts';
import { setsCalled, unknownPinSet } from './pin-sets.ts';

export interface RulesPorts {
  readonly adminStore: Pick<AdminStore, 'domain' | 'domainNames' | 'record'>;
  readonly pinSetStore: Pick<PinSetStore, 'pinSets'>;
}

export interface ExportedRules {
  readonly rules: PinRules;
  /** Empty if it is not needed. */
  readonly seen: SeenKeys;
  /** What the app's developer must know. */
  readonly notes: readonly string[];
}

interface Chosen {
  readonly domain: string | undefined;
  readonly forRotation: Pin | undefined;
}

interface Named {
  readonly name: string;
  readonly value: Domain;
}

/** What is read of the store at once. */
const width = 50;

/** The registry's pins: of all domains, or of one host on all its ports, since clients compare pins by host. */
export async function registeredRules(
  account: string,
  { domain, forRotation }: Chosen,
  needsSeen: boolean,
  { adminStore }: RulesPorts,
): Promise<Outcome<ExportedRules>> {
  const all = await adminStore.domainNames(account, null);
  const host = domain === undefined ? null : hostOfName(domain);
  const names = host === null ? all : all.filter((name) => hostOfName(name) === host);
  if (names.length === 0) return domain === undefined ? nothingPinned(account) : unknownDomain(domain);
  if (names.length > mostRules) {
    return refuse(
      'unprocessable',
      `expected at most ${mostRules} domains, found ${names.length}: choose one`,
    );
  }
  const domains = await eachOf(names, async (name): Promise<Named[]> => {
    const stored = await adminStore.domain({ account, domain: name });
    return stored === null ? [] : [{ name, value: stored.value }];
  });
  const pinned = domains.filter(({ value }) => value.pins.length > 0);
  const [first] = pinned;
  if (first === undefined) return nothingPinned(domain ?? account);
  const address = pinned.find(({ value }) => addressBytes(value.host) !== null);
  if (address !== undefined) {
    return refuse(
      'unprocessable',
      `"${address.name}" is an IP address, but apps pin names: choose another domain`,
    );
  }
  const left = domains.filter(({ value }) => value.pins.length === 0).map(({ name }) => name);
  const notes = [
    ...(left.length > 0 ? [`Not pinned, so left out: ${left.slice(0, 20).join(', ')}.`] : []),
    ...pinned.flatMap(ownRootsNote),
  ];
  const pinnedNames = pinned.map(({ name }) => name);
  const hosts = pinned.map(({ value }) => ({ host: value.host, pins: value.pins }));
  if (forRotation === undefined) {
    const seen = needsSeen ? await seenBy(account, pinnedNames, adminStore) : new Map();
    return done({ rules: ownRules(hosts), seen, notes });
  }
  const one = first.value.host;
  if (hosts.some((other) => other.host !== one)) {
    return refuse('unprocessable', 'a rotation is of one host: choose its domain');
  }
  const seen = await seenBy(account, pinnedNames, adminStore);
  const today = [...new Set(hosts.flatMap(({ pins }) => pins))];
  const rotation = rotationTo(forRotation, one, today, seen);
  const rules = ownRules([{ host: one, pins: rotation.pins }]);
  return done({ rules, seen, notes: [...rotation.notes, ...notes] });
}

/** What was imported under the name, or the one set of it that has this name. */
export async function importedRules(
  account: string,
  name: string,
  needsSeen: boolean,
  { adminStore, pinSetStore }: RulesPorts,
): Promise<Outcome<ExportedRules>> {
  const { sets } = await pinSetStore.pinSets(account);
  const [set, ...others] = setsCalled(sets, name);
  if (set === undefined) return unknownPinSet(name);
  if (others.length > 0) {
    const names = [set, ...others].map((one) => one.name).join(', ');
    return refuse('unprocessable', `"${name}" has several pin sets: choose one of ${names}`);
  }
  if (!needsSeen) return done({ rules: set, seen: new Map(), notes: [] });
  const applies = createSetIndex(set);
  const names = await adminStore.domainNames(account, null);
  const covered = names.filter((one) => applies(hostOfName(one)) !== null).slice(0, mostRules);
  return done({ rules: set, seen: await seenBy(account, covered, adminStore), notes: [] });
}

function nothingPinned(what: string) {
  return refuse('unprocessable', `nothing is pinned in "${what}"`);
}

async function seenBy(
  account: string,
  names: readonly string[],
  adminStore: RulesPorts['adminStore'],
): Promise<SeenKeys> {
  const checks = await eachOf(names, async (name) => {
    const check = (await adminStore.record({ account, domain: name }))?.lastCheck ?? null;
    return check === null ? [] : [check];
  });
  return seenKeys(checks);
}

async function eachOf<T>(names: readonly string[], read: (name: string) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let at = 0; at < names.length; at += width) {
    all.push(...(await Promise.all(names.slice(at, at + width).map(read))).flat());
  }
  return all;
}

function ownRootsNote({ name, value }: Named): string[] {
  return value.ca === undefined ? [] : [`${name} has roots of its own: the app has to trust them, too.`];
}
