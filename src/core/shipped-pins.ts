/** What app versions ship with, as far as it concerns a host whose key is to change. */
import { applySet } from './applied-set.ts';
import type { PinSet } from './pin-set.ts';
import type { LookedAtDomain } from './rotation-endpoints.ts';
import type { ShippedPins } from './rotation-facts.ts';

/** Of the sets that were imported; the others are ours to change. */
export function shippedOf(sets: readonly PinSet[], hosts: Iterable<string>): ShippedPins[] {
  const wanted = [...new Set(hosts)];
  return sets
    .filter(({ source }) => source === 'imported')
    .flatMap((set) => wanted.flatMap((host) => shippedFor(set, host) ?? []));
}

/** null: it does not refuse any key of the host. */
function shippedFor(set: PinSet, host: string): ShippedPins | null {
  const rules = (applySet(set, host)?.rules ?? []).filter(({ enforce }) => enforce);
  if (rules.length === 0) return null;
  const pins = [...new Set(rules.flatMap(({ allOf }) => allOf.flatMap(({ anyOf }) => anyOf)))];
  return { set: set.name, app: set.appVersion ?? set.name, host, pins };
}

/** An authority's key that is on the path now. Whether the new certificate is from there is seen once it is checked. */
export function acceptsAuthority(
  pins: readonly string[],
  host: string,
  domains: readonly (Pick<LookedAtDomain, 'check'> & { readonly host: string })[],
): boolean {
  return domains.some(
    (domain) =>
      domain.host === host &&
      (domain.check?.endpoints ?? []).some(({ path }) =>
        path.slice(1).some((entry) => pins.includes(entry.pin)),
      ),
  );
}
