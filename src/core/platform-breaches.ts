import type { Observation, Seen } from './observation.ts';
import { endpointName, placeName } from './place.ts';
import { type PlatformRule, platformRules } from './platform-rules.ts';
import type { Platform } from './platforms.ts';

/** A platform's rule that a connection breaks. */
export interface Breach {
  readonly rule: PlatformRule;
  readonly platform: Platform;
  /** In the rule's words. */
  readonly problem: string;
}

/** What the platforms refuse among one probe's observations; one that is not in the map breaks no rule. */
export function breachesOf(
  observations: ReadonlySet<Observation>,
  platforms: readonly Platform[],
  now: number,
): ReadonlyMap<Observation, readonly Breach[]> {
  const seen = [...observations].filter((observation) => observation.failure === null);
  const breaches = new Map<Observation, Breach[]>();
  for (const platform of platforms) {
    const rules = platformRules.filter((rule) => rule.platforms.includes(platform));
    for (const one of metBy(rules, seen, now)) {
      for (const rule of rules) {
        // If no path is valid, the trust finding says why, and says it better.
        const problem =
          rule.kind === 'certificates' && one.path.problem !== null ? null : rule.problem(one, now);
        if (problem === null) continue;
        breaches.set(one, [...(breaches.get(one) ?? []), { rule, platform, problem }]);
      }
    }
  }
  return breaches;
}

/** Whether all apps on a platform fail because of these, not only old or strict ones. */
export function isRefused(breaches: readonly Breach[]): boolean {
  return breaches.some(({ rule }) => rule.kind !== 'some_apps');
}

/**
 * For each address, the endpoints that a platform's own hello can reach: a key type that it does not negotiate is
 * skipped if the address has another one. If it has none, that is why the platform fails.
 */
function metBy(rules: readonly PlatformRule[], seen: readonly Seen[], now: number): readonly Seen[] {
  const decisive = rules.filter(({ kind }) => kind === 'handshake');
  const negotiated = seen.filter((one) => decisive.every(({ problem }) => problem(one, now) === null));
  const served = new Set(negotiated.map(placeName));
  return seen.filter((one) => !served.has(placeName(one)) || negotiated.includes(one));
}

/**
 * Places where a key type was neither seen nor refused. A platform may negotiate that key type, so it is unknown
 * whether it gets the one that it does not negotiate.
 */
export function undecidedPlaces(observations: ReadonlySet<Observation>): ReadonlySet<string> {
  const decided = new Map<string, { readonly place: string; readonly isDecided: boolean }>();
  for (const one of observations) {
    const { address, failure } = one;
    if (address === null) continue;
    const name = endpointName(one);
    const isDecided = failure === null || failure.code === 'key_type_not_served';
    decided.set(name, {
      place: placeName(one),
      isDecided: isDecided || decided.get(name)?.isDecided === true,
    });
  }
  return new Set([...decided.values()].filter((one) => !one.isDecided).map(({ place }) => place));
}
