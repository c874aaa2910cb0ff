import type { CheckedEndpoint } from './check.ts';
import { fromRegion } from './place.ts';
import { plural } from './plural.ts';
import type { Count } from './tally.ts';

/** An endpoint that is affected on some or all of the connections made to it. */
export interface Affected {
  readonly endpoint: CheckedEndpoint;
  readonly bad: number;
  readonly of: number;
}

/** Empty if no connection is bad. */
export function affected(endpoint: CheckedEndpoint, { bad, clean }: Count): Affected[] {
  return bad === 0 ? [] : [{ endpoint, bad, of: bad + clean }];
}

export function whole(endpoint: CheckedEndpoint): Affected {
  return { endpoint, bad: 1, of: 1 };
}

export function isWhole({ bad, of }: Affected): boolean {
  return bad === of;
}

/** How far it reaches: `1 of 2 endpoints (192.0.2.1 rsa)`, `2 of 5 connections to 192.0.2.1 rsa`. */
export function extent(affected: readonly Affected[], total: number): string {
  const [first] = affected;
  if (first !== undefined && affected.length === 1 && !isWhole(first)) {
    return `${first.bad} of ${plural(first.of, 'connection')} to ${name(first.endpoint)}`;
  }
  return `${affected.length} of ${plural(total, 'endpoint')} (${bounded(affected.map(named))})`;
}

function named(one: Affected): string {
  const place = name(one.endpoint);
  return isWhole(one) ? place : `${place}: ${one.bad} of ${plural(one.of, 'connection')}`;
}

function name(endpoint: CheckedEndpoint): string {
  return `${endpoint.address ?? 'no address'} ${endpoint.keyType}${fromRegion(endpoint)}`;
}

/** Forty edges in one line do not help; the check has all endpoints. */
function bounded(items: readonly string[]): string {
  const shown = items.slice(0, 4).join(', ');
  return items.length > 4 ? `${shown}, and ${items.length - 4} more` : shown;
}
