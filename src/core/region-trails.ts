/**
 * Endpoints are named by their regions only while there are several. When a second region appears, or the last other one
 * is forgotten, what was seen of an endpoint goes on under its new names.
 */
import { endpointName, endpointParts, type Place } from './place.ts';
import type { Tally } from './tally.ts';
import type { Trail } from './trail.ts';

export function renamedTrails(
  trails: { readonly [endpoint: string]: Trail },
  tallies: readonly Tally[],
): readonly (readonly [endpoint: string, trail: Trail])[] {
  const named = new Map<string, Trail>();
  for (const [endpoint, trail] of Object.entries(trails)) {
    for (const name of namesNow(endpoint, tallies)) {
      const other = named.get(name);
      // The one that takes longer to be well.
      if (other === undefined || other.lastBadAt < trail.lastBadAt) named.set(name, trail);
    }
  }
  return [...named];
}

function namesNow(endpoint: string, tallies: readonly Tally[]): readonly string[] {
  const { address, keyType, region } = endpointParts(endpoint);
  if (isRegional(tallies) === (region !== undefined)) return [endpoint];
  const same = tallies.filter((tally) => tally.address === address && tally.keyType === keyType);
  return same.length === 0 ? [endpoint] : [...new Set(same.map(endpointName))];
}

function isRegional(tallies: readonly Place[]): boolean {
  return tallies.some(({ region }) => region !== undefined);
}
