import { type CheckedEndpoint, isJudged } from './check.ts';
import { placeName } from './place.ts';

/** The endpoints that mismatch while others, or other connections, match. */
export interface Parts {
  /** At addresses where nothing matches, seen from there: those can be taken out of service. */
  readonly whole: readonly CheckedEndpoint[];
  /** At addresses where another key type matches and serves clients: those must stay in service. */
  readonly besides: readonly CheckedEndpoint[];
  /** Some of their connections match: one of several servers behind the address is bad. */
  readonly mixed: readonly CheckedEndpoint[];
}

export function partsOf(endpoints: readonly CheckedEndpoint[]): Parts {
  const bad = endpoints.filter(({ verdict }) => verdict === 'mismatch');
  const mixed = bad.filter(disagrees);
  const matches = endpoints.filter((one) => one.verdict === 'match' || mixed.includes(one));
  const working = new Set(matches.map(placeName));
  const others = bad.filter((one) => !mixed.includes(one));
  return {
    whole: others.filter((one) => !working.has(placeName(one))),
    besides: others.filter((one) => working.has(placeName(one))),
    mixed,
  };
}

/** Whether fresh connections to it differ in whether they match the pins. */
function disagrees(endpoint: CheckedEndpoint): boolean {
  const { connections } = endpoint;
  return isJudged(endpoint) && connections !== undefined && connections.mismatched < connections.judged;
}
