import type { Observation, Seen } from './observation.ts';
import { type PlatformRule, platformRules } from './platform-rules.ts';
import type { Platform } from './platforms.ts';

/** A rule that endpoints break, and the platforms concerned. */
export interface PlatformRefusal {
  readonly kind: PlatformRule['kind'];
  /** In the order of the domain's platforms; never empty. */
  readonly platforms: readonly Platform[];
  /** Of the first endpoint: what is wrong with it. */
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
  const refusals = platformRules.flatMap(({ kind, problem, ...rule }): PlatformRefusal[] => {
    const broken = new Map<Seen, string>();
    const concerned = platforms.filter((platform) => {
      if (!rule.platforms.includes(platform)) return false;
      const found = (met.get(platform) ?? []).flatMap((one) => {
        const text = problem(one);
        return text === null ? [] : [[one, text] as const];
      });
      for (const [one, text] of found) broken.set(one, text);
      return found.length > 0;
    });
    const [text] = broken.values();
    if (text === undefined) return [];
    const endpoints = seen.filter((one) => broken.has(one));
    return [{ kind, platforms: concerned, problem: text, endpoints }];
  });
  return [...refusals.filter(isCritical), ...refusals.filter((refusal) => !isCritical(refusal))];
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
