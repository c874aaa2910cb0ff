import { type CheckedEndpoint, isJudged, isServed } from './check.ts';
import { grouped } from './grouped.ts';
import { endpointName } from './place.ts';
import { type Connection, type Connections, type Tally, tally } from './tally.ts';

/** One endpoint, and everything that one probe's connections to it showed. */
export interface LookedAt {
  readonly connections: Connections;
  readonly tally: Tally;
  /** The connection shown for the endpoint: the one that is worst for an app. */
  readonly shown: CheckedEndpoint;
}

/** The endpoints, in the order in which each was first connected to. */
export function byEndpoint(
  made: readonly Connection[],
  now: number,
  expiringWithinMs: number,
): readonly LookedAt[] {
  const endpoints = grouped(made, ({ observation }) => endpointName(observation));
  return endpoints.map((connections) => lookedAt(connections, now, expiringWithinMs));
}

function lookedAt(connections: Connections, now: number, expiringWithinMs: number): LookedAt {
  const counted = tally(connections, now, expiringWithinMs);
  const [first, ...others] = connections;
  const worst = others.reduce((a, b) => (gravity(b.checked) > gravity(a.checked) ? b : a), first);
  const { pin_mismatch: pins, untrusted: trust } = counted.counts;
  const disagree =
    (pins.bad > 0 && pins.clean > 0) || (trust.bad > 0 && trust.clean > 0) || disagreeOnSets(connections);
  const judged = Math.max(pins.bad + pins.clean, trust.bad + trust.clean);
  const shown = disagree
    ? { ...worst.checked, connections: { judged, mismatched: pins.bad, untrusted: trust.bad } }
    : worst.checked;
  return { connections, tally: counted, shown: { ...shown, ...failingSets(connections) } };
}

/** A set mismatches on some, and matches on others, while another set mismatches on those. */
function disagreeOnSets(connections: Connections): boolean {
  if (connections.length === 1) return false;
  const met = new Set(connections.flatMap(({ sets }) => sets.met));
  return connections.some(({ sets }) => sets.failing.some((name) => met.has(name)));
}

/** On any of the connections: each may have met another server. */
function failingSets(connections: Connections): Pick<CheckedEndpoint, 'pinSets'> {
  const names = new Set(connections.flatMap(({ checked }) => checked.pinSets ?? []));
  return names.size === 0 ? {} : { pinSets: [...names] };
}

/**
 * How badly an app fares; lower is better. Of equal failures the first is shown, because it caused the further looks.
 */
function gravity(endpoint: CheckedEndpoint): number {
  const { verdict, trusted, presented } = endpoint;
  if (verdict === 'mismatch') return trusted ? 5 : 6;
  if (presented.length > 0 && !trusted) return 4;
  if (isJudged(endpoint)) return 3;
  if (presented.length > 0) return 2;
  return isServed(endpoint) ? 1 : 0;
}
