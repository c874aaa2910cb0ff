import type { Check, CheckedEndpoint, CheckedSet } from './check.ts';

/**
 * Shortens a check to at most `most` characters as JSON, as far as possible by leaving out what judging does not need:
 * first the certificates that endpoints presented, starting with matching endpoints; then the names on their paths; then
 * the pins of pin sets. The endpoints, all verdicts and the pins on the paths stay.
 */
export function abridged(check: Check, most: number): Check {
  let over = JSON.stringify(check).length - most;
  if (over <= 0) return check;
  const endpoints = [...check.endpoints];
  const byUse = [...endpoints.keys()].sort((a, b) => rank(endpoints[a]) - rank(endpoints[b]) || b - a);
  for (const shorten of [withoutPresented, withoutNames]) {
    for (const index of byUse) {
      const endpoint = endpoints[index];
      if (over <= 0 || endpoint === undefined) continue;
      const shorter = shorten(endpoint);
      over -= JSON.stringify(endpoint).length - JSON.stringify(shorter).length;
      endpoints[index] = shorter;
    }
  }
  return { ...check, endpoints, ...shorterSets(check.pinSets, over) };
}

/** Pin sets without their pins, those that match first, until they are short enough; their verdicts stay. */
function shorterSets(sets: Check['pinSets'], most: number): Pick<Check, 'pinSets'> {
  if (sets === undefined) return {};
  let over = most;
  const bySize = [...sets.keys()].sort(
    (a, b) =>
      rankOfSet(sets[a]) - rankOfSet(sets[b]) || (sets[b]?.pins.length ?? 0) - (sets[a]?.pins.length ?? 0),
  );
  const shorter = [...sets];
  for (const index of bySize) {
    const set = shorter[index];
    if (over <= 0 || set === undefined) break;
    over -= JSON.stringify(set.pins).length;
    shorter[index] = { ...set, pins: [] };
  }
  return { pinSets: shorter };
}

function rankOfSet(set: CheckedSet | undefined): number {
  return Number(set?.verdict === 'mismatch');
}

/** Bad endpoints, which people look for, are shortened last. */
function rank(endpoint: CheckedEndpoint | undefined): number {
  return endpoint?.verdict === 'match' && endpoint.trusted ? 0 : 1;
}

function withoutPresented(endpoint: CheckedEndpoint): CheckedEndpoint {
  return { ...endpoint, presented: [] };
}

function withoutNames(endpoint: CheckedEndpoint): CheckedEndpoint {
  return { ...endpoint, path: endpoint.path.map((entry) => ({ ...entry, subject: '' })) };
}
