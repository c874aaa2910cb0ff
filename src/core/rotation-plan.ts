/** What a rotation would be about: which keys it replaces, and where else they are presented. */
import { isServed } from './check.ts';
import type { KeyType } from './observation.ts';
import type { Pin } from './pin.ts';
import { type LookedAtDomain, leafOf } from './rotation-endpoints.ts';

export interface NextKey {
  /** null: not made yet. */
  readonly pin: Pin | null;
  readonly keyType: KeyType;
}

/** The types of the keys that a domain presents. */
export function presentedTypes({ check }: LookedAtDomain): readonly KeyType[] {
  const seen = (check?.endpoints ?? []).filter((endpoint) => isServed(endpoint) && leafOf(endpoint) !== null);
  return [...new Set(seen.map(({ keyType }) => keyType))];
}

export interface RotationPlan {
  readonly keyTypes: readonly KeyType[];
  /** The registered pins that the new key makes superfluous. */
  readonly retires: readonly Pin[];
  /** Leaf keys that it replaces, pinned or not. */
  readonly replaces: readonly Pin[];
}

/**
 * A server may present a key of each type, so a new key replaces those of its own type. If no endpoint presents that type,
 * the type itself changes, and the new key replaces all.
 */
export function planRotation({ pin, keyType }: NextKey, { pins, check }: LookedAtDomain): RotationPlan {
  const served = (check?.endpoints ?? []).filter(
    (endpoint) => isServed(endpoint) && leafOf(endpoint) !== null,
  );
  const sameType = served.filter((endpoint) => endpoint.keyType === keyType);
  const replaced = (sameType.length > 0 ? sameType : served).filter((endpoint) => leafOf(endpoint) !== pin);
  const replaces = [...new Set(replaced.flatMap((endpoint) => leafOf(endpoint) ?? []))];
  return {
    keyTypes: [...new Set([keyType, ...replaced.map((endpoint) => endpoint.keyType)])],
    retires: replaces.filter((one) => pins.includes(one)),
    replaces,
  };
}

/** Whether another domain presents one of the keys that are replaced: it is likely to get the same certificate. */
export function sharesKey({ replaces }: RotationPlan, { check }: LookedAtDomain): boolean {
  return (check?.endpoints ?? []).some((endpoint) => {
    const leaf = leafOf(endpoint);
    return leaf !== null && replaces.includes(leaf);
  });
}
