/** The registry's pins as rules: what apps pin that follow the registry. */
import type { Pin } from './pin.ts';
import type { PinRules } from './pin-set.ts';

/** One rule for each host, in the order of first mention; a host with several ports has all their pins. */
export function ownRules(
  domains: readonly { readonly host: string; readonly pins: readonly Pin[] }[],
): PinRules {
  const hosts = new Map<string, Set<Pin>>();
  for (const { host, pins } of domains) {
    if (pins.length === 0) continue;
    const known = hosts.get(host) ?? new Set<Pin>();
    for (const pin of pins) known.add(pin);
    hosts.set(host, known);
  }
  const rules = [...hosts].map(([name, pins]) => ({
    pattern: { kind: 'exact' as const, name },
    allOf: [{ at: 'path' as const, anyOf: [...pins] }],
    enforce: true,
  }));
  return { resolution: 'most-specific', trust: 'platform', rules };
}
