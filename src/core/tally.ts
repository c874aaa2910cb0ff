import type { CheckedEndpoint } from './check.ts';
import type { SetWords } from './judged-set.ts';
import type { KeyType, Observation } from './observation.ts';
import { endpointName } from './place.ts';
import { type Breach, isRefused } from './platform-breaches.ts';

/**
 * The kinds of incident that are based on single connections. A completed handshake is not a flicker: whatever it
 * showed, some app met it too.
 */
export const sightedKinds = ['pin_mismatch', 'untrusted', 'certificate_expiring'] as const;
export type SightedKind = (typeof sightedKinds)[number];

/** Connections that show a condition, and those that show its absence. One that shows neither is not counted. */
export interface Count {
  readonly bad: number;
  readonly clean: number;
}

/** What the connections of one probe to one endpoint showed. */
export interface Tally {
  /** Its name, as `endpointName` gives it. */
  readonly endpoint: string;
  /** null: the name gave no address. */
  readonly address: string | null;
  /** Left out if there is only one region. */
  readonly region?: string;
  readonly keyType: KeyType;
  /** The name resolves to the address now, or a person configured it. */
  readonly listed: boolean;
  /** One of the last two connections gave a chain or a refusal, so another one is worthwhile. */
  readonly answered: boolean;
  /**
   * Connections on which the server refused this key type by an alert, but answered another: an app did not meet this
   * key type there. A connection that broke off is not a refusal.
   */
  readonly refusals: number;
  readonly counts: { readonly [kind in SightedKind]: Count };
}

/** One connection: what was seen, and how it was judged. */
export interface Connection {
  readonly observation: Observation;
  readonly checked: CheckedEndpoint;
  /** Rules of the domain's platforms that it breaks. */
  readonly breaches: readonly Breach[];
  /** Another key type of the address could not be seen: a platform may negotiate that one. */
  readonly undecided: boolean;
  /** The pin sets that mismatch or match; empty if there was no chain. */
  readonly sets: SetWords;
}

/** All connections of one probe to one endpoint, in order. */
export type Connections = readonly [Connection, ...Connection[]];

export function tally(connections: Connections, now: number, expiringWithinMs: number): Tally {
  const [{ observation: first }] = connections;
  const count = (kind: SightedKind): Count => {
    const shown = connections.map((connection) => shows(kind, connection, now, expiringWithinMs));
    return {
      bad: shown.filter((isBad) => isBad === true).length,
      clean: shown.filter((isBad) => isBad === false).length,
    };
  };
  return {
    endpoint: endpointName(first),
    address: first.address,
    ...(first.region === undefined ? {} : { region: first.region }),
    keyType: first.keyType,
    listed: first.unlisted !== true,
    answered: connections
      .slice(-2)
      .some(({ observation }) => observation.failure === null || isRefusal(observation)),
    refusals: connections.filter(({ observation }) => isRefusal(observation)).length,
    counts: {
      pin_mismatch: count('pin_mismatch'),
      untrusted: count('untrusted'),
      certificate_expiring: count('certificate_expiring'),
    },
  };
}

/** Whether a connection shows the condition; null if it shows neither. */
export function shows(
  kind: SightedKind,
  connection: Connection,
  now: number,
  expiringWithinMs: number,
): boolean | null {
  switch (kind) {
    case 'pin_mismatch':
      return mismatches(connection);
    case 'untrusted':
      return isUntrusted(connection);
    case 'certificate_expiring':
      return expires(connection, now, expiringWithinMs);
    default:
      return kind satisfies never;
  }
}

function isRefusal(observation: Observation): boolean {
  return observation.failure !== null && observation.evidence === 'alert';
}

function mismatches({ checked: { verdict } }: Connection): boolean | null {
  return verdict === 'inconclusive' ? null : verdict === 'mismatch';
}

/** If a platform refuses the server, its apps fail just as if they did not trust it. */
function isUntrusted({ observation, checked, breaches, undecided }: Connection): boolean | null {
  if (observation.failure !== null) return null;
  const met = undecided ? breaches.filter(({ rule }) => rule.kind !== 'handshake') : breaches;
  if (isRefused(met) || !checked.trusted) return true;
  // A handshake that broke off shows that no app connects, but not that a working connection would have the same chain.
  return observation.broken === null && met.length === breaches.length ? false : null;
}

/** Whether a sent certificate expires soon. An expired one is not a recovery: another kind covers it. */
function expires({ observation }: Connection, now: number, withinMs: number): boolean | null {
  if (observation.failure !== null) return null;
  const ends = observation.path.certificates
    .filter(({ from }) => from === 'presented')
    .map(({ certificate }) => certificate.notAfter);
  const earliest = Math.min(...ends);
  if (earliest < now) return null;
  return earliest - now <= withinMs;
}
