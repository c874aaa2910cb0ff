/** Which key each endpoint of a rotation presents. */
import { type Check, type CheckedEndpoint, isServed } from './check.ts';
import type { KeyType } from './observation.ts';
import type { Pin } from './pin.ts';
import { fromRegion } from './place.ts';
import type { Rotation } from './rotation-state.ts';

/** `other`: neither the new key nor one that it replaces. `unknown`: the endpoint could not be judged. */
export type PresentedKey = 'new' | 'old' | 'other' | 'unknown';

export interface RotatedEndpoint {
  readonly domain: string;
  readonly address: string | null;
  /** Where it was seen from; left out if there is only one region. */
  readonly region?: string;
  readonly keyType: KeyType;
  readonly presents: PresentedKey;
  /** Of its leaf; null if none was seen. */
  readonly leaf: Pin | null;
  /** Whether a key on its path is among the registry's pins. */
  readonly pinned: boolean;
  /** Why it could not be judged. */
  readonly failure: string | null;
}

/** A domain, its registered pins, and its last probe. */
export interface LookedAtDomain {
  readonly name: string;
  readonly pins: readonly Pin[];
  readonly check: Pick<Check, 'endpoints'> | null;
}

type Replaced = Pick<Rotation, 'pin' | 'retires' | 'keyTypes'>;

/** Endpoints of other key types are left out, unless they present one of the keys that are replaced. */
export function rotatedEndpoints(
  rotation: Replaced,
  { name: domain, pins, check }: LookedAtDomain,
): RotatedEndpoint[] {
  return (check?.endpoints ?? []).flatMap((endpoint): RotatedEndpoint[] => {
    if (!isServed(endpoint)) return [];
    const { address, region, keyType, path, failure } = endpoint;
    const leaf = leafOf(endpoint);
    const presents = presentedKey(rotation, endpoint, leaf);
    if (!rotation.keyTypes.includes(keyType) && (presents === 'other' || presents === 'unknown')) return [];
    const pinned = path.some(({ pin }) => pins.includes(pin));
    const seenFrom = region === undefined ? {} : { region };
    const message = failure?.message ?? null;
    return [{ domain, address, ...seenFrom, keyType, presents, leaf, pinned, failure: message }];
  });
}

export function leafOf({ path, presented }: CheckedEndpoint): Pin | null {
  return path[0]?.pin ?? presented[0]?.pin ?? null;
}

function presentedKey({ pin, retires }: Replaced, { path }: CheckedEndpoint, leaf: Pin | null): PresentedKey {
  if (leaf === null) return 'unknown';
  if (leaf === pin) return 'new';
  return retires.includes(leaf) || path.some((entry) => retires.includes(entry.pin)) ? 'old' : 'other';
}

const mostNamed = 5;

/** `192.0.2.1 (ecdsa), 192.0.2.2 (ecdsa)`; with the domain if there are several domains. */
export function endpointNames(endpoints: readonly RotatedEndpoint[], withDomain: boolean): string {
  const shown = endpoints.slice(0, mostNamed).map((endpoint) => {
    const { domain, address, keyType } = endpoint;
    const place = `${address === null ? keyType : `${address} (${keyType})`}${fromRegion(endpoint)}`;
    return withDomain ? `${domain} at ${place}` : place;
  });
  const more = endpoints.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
