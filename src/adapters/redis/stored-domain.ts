/**
 * A domain's settings as they are stored: JSON, which names the domain's own roots by fingerprint. The account stores
 * the roots themselves once, however many of its domains use them.
 */
import { createHash } from 'node:crypto';
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

export function rootsOf({ ca }: Pick<Domain, 'ca'>): Roots | null {
  if (ca === undefined) return null;
  const found = known.get(ca);
  if (found !== undefined) return found;
  const pem = rootBundle(ca);
  const roots = { id: createHash('sha256').update(pem).digest('hex'), pem };
  known.set(ca, roots);
  return roots;
}

/** Under `roots`, which the scripts look for in the text. */
export function settingsText(domain: Domain): string {
  const { ca: _named, ...settings } = domain;
  const roots = rootsOf(domain);
  return JSON.stringify(roots === null ? settings : { ...settings, roots: roots.id });
}

/** The fingerprint that a stored text names; null for none. */
export function rootsNamed(text: string): string | null {
  return /"roots":"([0-9a-f]+)"/.exec(text)?.[1] ?? null;
}

/** Throws a TypeError that says what was expected and what was found. `pem`: the stored roots that it names. */
export function parseSettings(text: string, pem: string | null): Domain {
  const value = parseObject(text);
  const { roots, ...settings } = value;
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
  if (roots === undefined) return settings as unknown as Domain;
  if (pem === null) throw new TypeError('expected the roots that it names, found none');
  return { ...settings, ca: pem } as unknown as Domain;
}

function isDelivery(value: unknown): boolean {
  const { mode, sub } = (value ?? {}) as { mode?: unknown; sub?: unknown };
  return deliveryModes.some((known) => known === mode) && typeof sub === 'boolean';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
