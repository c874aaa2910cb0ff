import type { CheckedEndpoint } from '../../core/check.ts';

/** The endpoints that mismatch while others match. */
export interface Parts {
  /** At addresses where nothing matches: those can be taken out of service. */
  readonly whole: readonly CheckedEndpoint[];
  /** Beside another key type that matches at the same address, which serves clients well: it must stay. */
  readonly besides: readonly CheckedEndpoint[];
}

export function partsOf(endpoints: readonly CheckedEndpoint[]): Parts {
  const working = new Set(
    endpoints.flatMap(({ verdict, address }) => (verdict === 'match' ? [address] : [])),
  );
  const bad = endpoints.filter(({ verdict }) => verdict === 'mismatch');
  return {
    whole: bad.filter(({ address }) => !working.has(address)),
    besides: bad.filter(({ address }) => working.has(address)),
  };
}
