/**
 * A domain's settings as they are stored: JSON, which names the domain's own roots and the pin sets that apply by
 * fingerprint. The account stores these themselves once, however many of its domains use them.
 */
import { createHash } from 'node:crypto';
import type { AppliedSet } from '../../core/applied-set.ts';
import { deliveryModes } from '../../core/delivery.ts';
import type { Domain } from '../../core/domain.ts';
import { domainSettings, settingNames } from '../../core/domain-settings.ts';
import { createLru } from '../../core/lru.ts';
import { rootBundle } from '../../core/root-bundle.ts';
import { parseObject } from './json-object.ts';

export interface Roots {
  /** SHA-256 over the PEM as it is stored, hex. */
  readonly id: string;
  readonly pem: string;
}

/** Recent results: many domains of a file share one text of roots. */
const known = createLru<Roots>(50);

interface StoredSet {
  /** The first half of SHA-256 over the JSON, hex. */
  readonly id: string;
  readonly text: string;
}

const storedSets = new WeakMap<AppliedSet, StoredSet>();

function storedSet(set: AppliedSet): StoredSet {
  const found = storedSets.get(set);
  if (found !== undefined) return found;
  const text = JSON.stringify(set);
  const stored = { id: createHash('sha256').update(text).digest('hex').slice(0, 32), text };
  storedSets.set(set, stored);
  return stored;
}

/** By fingerprint: all domains of an account share the sets that they have in common. */
const knownSets = createLru<AppliedSet>(10_000);

function readSet(id: string, text: string | null): AppliedSet {
  const found = knownSets.get(id);
  if (found !== undefined) return found;
  if (text === null) throw new TypeError('expected the pin sets that it names, found none');
  const set = parseObject(text) as unknown as AppliedSet;
  if (typeof set.name !== 'string' || !Array.isArray(set.rules))
    throw new TypeError('expected a pin set with rules, found another value');
  storedSets.set(set, { id, text });
  knownSets.set(id, set);
  return set;
}

export function rootsOf({ ca }: Pick<Domain, 'ca'>): Roots | null {
  if (ca === undefined) return null;
  const found = known.get(ca);
  if (found !== undefined) return found;
  const pem = rootBundle(ca);
  const roots = { id: createHash('sha256').update(pem).digest('hex'), pem };
  known.set(ca, roots);
  return roots;
}

/** Under `roots` and `sets`, which the scripts look for in the text. */
export function settingsText(domain: Domain): string {
  const { ca: _named, pinSets = [], ...settings } = domain;
  const roots = rootsOf(domain);
  return JSON.stringify({
    ...settings,
    ...(roots === null ? {} : { roots: roots.id }),
    ...namedSets(pinSets),
  });
}

/** The stored settings with these pin sets, and all else as it is. Throws a TypeError if they can't be read. */
export function withSets(text: string, pinSets: readonly AppliedSet[]): string {
  const { sets: _before, ...settings } = parseObject(text);
  const { sets = [] } = namedSets(pinSets);
  if (sets.join() === setsNamed(text).join()) return text;
  return JSON.stringify({ ...settings, ...namedSets(pinSets) });
}

function namedSets(pinSets: readonly AppliedSet[]): { readonly sets?: readonly string[] } {
  return pinSets.length === 0 ? {} : { sets: pinSets.map((set) => storedSet(set).id) };
}

/** By fingerprint, as the scripts take them: the pin sets that a text names. */
export function setsText(domains: readonly Pick<Domain, 'pinSets'>[]): string {
  const stored = domains.flatMap(({ pinSets = [] }) => pinSets.map(storedSet));
  return JSON.stringify(Object.fromEntries(stored.map(({ id, text }) => [id, text])));
}

/**
 * What tells whether settings are still those that were read: shorter than they are, and what scripts can compute. SHA-1 is
 * all that Redis offers them; whoever makes two settings with one hash fools the probes of their own domain.
 */
export function settingsHash(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** The fingerprint that a stored text names; null for none. */
export function rootsNamed(text: string): string | null {
  return /"roots":"([0-9a-f]+)"/.exec(text)?.[1] ?? null;
}

/** The fingerprints of the pin sets that a stored text names. */
export function setsNamed(text: string): readonly string[] {
  return /"sets":\[([^\]]*)\]/.exec(text)?.[1]?.match(/[0-9a-f]+/g) ?? [];
}

/**
 * Throws a TypeError that says what was expected and what was found. `pem`: the stored roots that it names; `sets`: the
 * stored pin sets that it names, in its order, or null if they are not needed.
 */
export function parseSettings(
  text: string,
  pem: string | null,
  sets: readonly (string | null)[] | null,
): Domain {
  const value = parseObject(text);
  const { roots, sets: named = [], ...settings } = value;
  const { host, port, pins } = settings;
  if (typeof host !== 'string' || host === '') throw new TypeError('expected a host, found none');
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new TypeError('expected a port from 1 to 65535, found none');
  }
  if (!isTexts(pins)) throw new TypeError('expected a list of pins, found none');
  for (const name of settingNames) {
    const { form } = domainSettings[name];
    const value = settings[name];
    if (form === 'roots' || value === undefined) continue;
    if (form === 'delivery' ? !isDelivery(value) : !isTexts(value)) {
      throw new TypeError(
        `expected ${form === 'delivery' ? 'a mode' : 'a list'} in ${name}, found another value`,
      );
    }
  }
  if (roots !== undefined && pem === null)
    throw new TypeError('expected the roots that it names, found none');
  if (!isTexts(named)) throw new TypeError('expected a list in sets, found another value');
  const pinSets = sets === null ? [] : named.map((id, index) => readSet(id, sets[index] ?? null));
  return {
    ...settings,
    ...(roots === undefined ? {} : { ca: pem }),
    ...(pinSets.length === 0 ? {} : { pinSets }),
  } as unknown as Domain;
}

function isDelivery(value: unknown): boolean {
  const { mode, sub } = (value ?? {}) as { mode?: unknown; sub?: unknown };
  return deliveryModes.some((known) => known === mode) && typeof sub === 'boolean';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
