import { type CheckedEndpoint, isJudged } from '../../core/check.ts';

/** The endpoints that mismatch while others, or other connections, match. */
export interface Parts {
  /** At addresses where nothing matches: those can be taken out of service. */
  readonly whole: readonly CheckedEndpoint[];
  /** Beside another key type that matches at the same address, which serves clients well: it must stay. */
  readonly besides: readonly CheckedEndpoint[];
  /** Of which some connections match: one of several servers behind the address is the bad one. */
  readonly mixed: readonly CheckedEndpoint[];
}

export function partsOf(endpoints: readonly CheckedEndpoint[]): Parts {
  const bad = endpoints.filter(({ verdict }) => verdict === 'mismatch');
  const mixed = bad.filter(disagrees);
  const matches = endpoints.filter((one) => one.verdict === 'match' || mixed.includes(one));
  const working = new Set(matches.map(({ address }) => address));
  const others = bad.filter((one) => !mixed.includes(one));
  return {
    whole: others.filter(({ address }) => !working.has(address)),
    besides: others.filter(({ address }) => working.has(address)),
    mixed,
  };
}

/** Fresh connections to it were shown different things, as far as pins go. */
function disagrees(endpoint: CheckedEndpoint): boolean {
  const { connections } = endpoint;
  return isJudged(endpoint) && connections !== undefined && connections.mismatched < connections.judged;
}
