/** Which rules of a pin set concern one host. Resolved when the set or the domain is written, not at each probe. */
import { coversHost, specificity } from './host-pattern.ts';
import type { PinList, PinRule, PinRules, PinSet } from './pin-set.ts';

/** A rule without its pattern, which is known to cover the host. */
export interface AppliedRule extends Omit<PinRule, 'pattern'> {
  /** The rule counts only if the common name of the leaf is this. */
  readonly leafName?: string;
}

/** A pin set as far as it concerns one host. */
export interface AppliedSet extends Pick<PinSet, 'name' | 'source' | 'held' | 'appVersion' | 'trust'> {
  /** Not empty; several only if their lists are united, or if the leaf's name decides. */
  readonly rules: readonly AppliedRule[];
}

/** null: the set does not pin the host. */
export function applySet(set: PinSet, host: string): AppliedSet | null {
  const rules = rulesFor(set, host).filter(({ allOf }) => allOf.length > 0);
  if (rules.length === 0) return null;
  const { name, source, held, appVersion, trust } = set;
  return {
    ...{ name, source },
    ...(held === undefined ? {} : { held }),
    ...(appVersion === undefined ? {} : { appVersion }),
    ...{ trust, rules },
  };
}

function rulesFor({ resolution, rules }: PinRules, host: string): AppliedRule[] {
  const covering = rules.filter(({ pattern }) => coversHost(pattern, host));
  const [first] = covering;
  const counting =
    resolution === 'union' || first === undefined
      ? covering
      : [
          covering.reduce(
            (best, one) => (specificity(one.pattern) > specificity(best.pattern) ? one : best),
            first,
          ),
        ];
  return counting.map(({ pattern, ...rule }) =>
    pattern.kind === 'leaf-cn' ? { ...rule, leafName: pattern.name } : rule,
  );
}

/** What a set demands of a chain at one moment. */
export type Demand =
  /** The host is not pinned, or no longer. */
  | { readonly is: 'open' }
  /** The pins have run out, and the app connects no more. */
  | { readonly is: 'closed' }
  | { readonly is: 'pinned'; readonly allOf: readonly PinList[]; readonly enforce: boolean };

/** `leafName`: the common name of the leaf's subject, if it has one. */
export function demandOf(set: AppliedSet, leafName: string | null, now: number): Demand {
  const named = set.rules.filter((rule) => rule.leafName === undefined || rule.leafName === leafName);
  const inForce = named.filter(({ until }) => until === undefined || now < until);
  if (inForce.length === 0) return { is: named.some(({ then }) => then === 'closed') ? 'closed' : 'open' };
  const places = new Map<PinList['at'], PinList>();
  for (const { at, anyOf } of inForce.flatMap(({ allOf }) => allOf)) {
    const known = places.get(at)?.anyOf ?? [];
    places.set(at, { at, anyOf: known.length === 0 ? anyOf : [...new Set([...known, ...anyOf])] });
  }
  return { is: 'pinned', allOf: [...places.values()], enforce: inForce.every(({ enforce }) => enforce) };
}
