/**
 * Whether a probe looks at a domain again, and at which endpoints. One look is enough if nothing grave is new.
 *
 * - Something grave that is not told yet: all endpoints again, after a pause.
 * - An endpoint that shows it: more looks, until `looksAtSighting` connections show whether all of them do.
 * - An endpoint of an open incident that is clean now: more looks, because one clean connection proves little.
 */
import { factsOf } from './condition.ts';
import type { IncidentState } from './incident.ts';
import type { SightedKind, Tally } from './tally.ts';
import { isWell, looksAtRecovery, looksAtSighting } from './trail.ts';
import type { Judgement } from './verdict.ts';

export interface NextLook {
  /** Each on a fresh connection. */
  readonly endpoints: readonly Pick<Tally, 'address' | 'keyType' | 'region'>[];
  /** A second look, after a pause in which a flicker passes. */
  readonly confirming: boolean;
}

/** Apps fail: these are confirmed and examined before they are told. */
const graveKinds = ['pin_mismatch', 'untrusted'] as const satisfies readonly SightedKind[];

/** `judgement` covers all the looks `made` so far. null: no further look. */
export function nextLook(
  state: IncidentState,
  judgement: Judgement,
  made: number,
  at: number,
): NextLook | null {
  const { tallies } = judgement;
  if (made === 1 && graveKinds.some((kind) => isNews(state, judgement, kind))) {
    return { endpoints: tallies.filter(({ address }) => address !== null), confirming: true };
  }
  const endpoints = tallies.filter((tally) => {
    const wanted = Math.max(...graveKinds.map((kind) => connectionsWanted(state, tally, kind, at)));
    return (made === 1 || tally.answered) && made < wanted;
  });
  return endpoints.length > 0 ? { endpoints, confirming: false } : null;
}

function isNews(state: IncidentState, judgement: Judgement, kind: SightedKind): boolean {
  if (judgement.sightings[kind] === 0) return false;
  const open = state.incidents[kind];
  return open === undefined || factsOf(kind, judgement).some((fact) => !open.told.includes(fact));
}

/** How many connections one probe should make to an endpoint. */
function connectionsWanted(
  { incidents, sightings }: IncidentState,
  { endpoint, counts, refusals }: Tally,
  kind: SightedKind,
  at: number,
): number {
  const { bad } = counts[kind];
  const clean = counts[kind].clean + refusals;
  const open = incidents[kind];
  const trail = (open ?? sightings[kind])?.trails[endpoint];
  if (bad > 0) {
    // It is already known to be bad, and to what extent: the next probe looks again.
    const isKnown = open !== undefined && trail !== undefined && (trail.disagrees || clean === 0);
    return isKnown ? 1 : looksAtSighting;
  }
  if (open === undefined || trail === undefined || isWell(trail, at)) return 1;
  // The connection broke off: try again at once, because nothing closes before it is seen.
  if (clean === 0) return 2;
  return looksAtRecovery(trail);
}
