import type { Observation, Seen } from './observation.ts';
import { type PlatformRule, platformRules } from './platform-rules.ts';
import type { Platform } from './platforms.ts';

/** A rule that endpoints break, and the platforms whose it is. */
export interface PlatformRefusal {
  readonly kind: PlatformRule['kind'];
  /** In the order of the domain's platforms; never empty. */
  readonly platforms: readonly Platform[];
  /** What is wrong with the endpoint; with the first one, where a rule names a certificate. */
  readonly problem: string;
  readonly endpoints: readonly Seen[];
}

/** What the platforms refuse of the endpoints that their apps meet, what keeps all apps out first. */
export function platformRefusals(
  observations: readonly Observation[],
  platforms: readonly Platform[],
): PlatformRefusal[] {
  const seen = observations.filter((observation) => observation.failure === null);
  const met = new Map(platforms.map((platform) => [platform, metBy(platform, seen)]));
  const refusals = new Map<string, PlatformRefusal>();
  for (const { kind, problem, ...rule } of platformRules) {
    for (const platform of platforms.filter((one) => rule.platforms.includes(one))) {
      const endpoints = (met.get(platform) ?? []).filter((one) => problem(one) !== null);
      const [text] = endpoints.map(problem);
      if (!text) continue;
      // Rules of different platforms that say the same are one.
      const key = `${kind} ${text}`;
      const known = refusals.get(key);
      refusals.set(key, {
        ...{ kind, problem: text },
        platforms: [...(known?.platforms ?? []), platform],
        endpoints: [...new Set([...(known?.endpoints ?? []), ...endpoints])],
      });
    }
  }
  const all = [...refusals.values()];
  return [...all.filter(isCritical), ...all.filter((refusal) => !isCritical(refusal))];
}

export function isCritical({ kind }: Pick<PlatformRefusal, 'kind'>): boolean {
  return kind !== 'some_apps';
}

/**
 * Of each address, the endpoints that the platform's own hello can lead to: a key type that it does not negotiate is passed over
 * if the address has another. If it has none, that is what the platform fails at.
 */
function metBy(platform: Platform, seen: readonly Seen[]): readonly Seen[] {
  const rules = platformRules.filter(
    (rule) => rule.kind === 'handshake' && rule.platforms.includes(platform),
  );
  const negotiated = seen.filter((one) => rules.every(({ problem }) => problem(one) === null));
  const served = new Set(negotiated.map(({ address }) => address));
  return seen.filter((one) => !served.has(one.address) || negotiated.includes(one));
}
