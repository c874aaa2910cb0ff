import type { Observation, Seen } from './observation.ts';
import { type PlatformRule, platformRules } from './platform-rules.ts';
import type { Platform } from './platforms.ts';

/** A rule of a platform that a connection breaks. */
export interface Breach {
  readonly rule: PlatformRule;
  readonly platform: Platform;
  /** As the rule says it. */
  readonly problem: string;
}

/** What the platforms refuse of what one probe saw; an observation that is not in it breaks no rule. */
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
        // Where no path is valid, trust says why, and says it better.
        const problem =
          rule.kind === 'certificates' && one.path.problem !== null ? null : rule.problem(one, now);
        if (problem === null) continue;
        breaches.set(one, [...(breaches.get(one) ?? []), { rule, platform, problem }]);
      }
    }
  }
  return breaches;
}

/** Apps on a platform fail over them, and not only old or strict ones. */
export function isRefused(breaches: readonly Breach[]): boolean {
  return breaches.some(({ rule }) => rule.kind !== 'some_apps');
}

/**
 * Of each address, the endpoints that a platform's own hello can lead to: a key type that it does not negotiate is passed over if
 * the address has another. If it has none, that is what the platform fails at.
 */
function metBy(rules: readonly PlatformRule[], seen: readonly Seen[], now: number): readonly Seen[] {
  const decisive = rules.filter(({ kind }) => kind === 'handshake');
  const negotiated = seen.filter((one) => decisive.every(({ problem }) => problem(one, now) === null));
  const served = new Set(negotiated.map(({ address }) => address));
  return seen.filter((one) => !served.has(one.address) || negotiated.includes(one));
}

/**
 * Addresses of which one key type was not seen and not refused: a platform may negotiate that one, so that it is not known
 * whether it meets what it does not negotiate.
 */
export function undecidedAddresses(observations: ReadonlySet<Observation>): ReadonlySet<string> {
  const decided = new Map<string, { readonly address: string; readonly isDecided: boolean }>();
  for (const { address, keyType, failure } of observations) {
    if (address === null) continue;
    const name = `${address} ${keyType}`;
    const isDecided = failure === null || failure.code === 'key_type_not_served';
    decided.set(name, { address, isDecided: isDecided || decided.get(name)?.isDecided === true });
  }
  return new Set([...decided.values()].filter((one) => !one.isDecided).map(({ address }) => address));
}
