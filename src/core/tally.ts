import type { CheckedEndpoint } from './check.ts';
import type { KeyType, Observation } from './observation.ts';
import { type Breach, isRefused } from './platform-breaches.ts';

/**
 * The kinds of incident that rest on what single connections show. A completed handshake is no flicker: whatever it
 * showed, some app met it too.
 */
export const sightedKinds = ['pin_mismatch', 'untrusted', 'certificate_expiring'] as const;
export type SightedKind = (typeof sightedKinds)[number];

/** Connections that show a condition, and those that show its absence. One that could tell neither is in no count. */
export interface Count {
  readonly bad: number;
  readonly clean: number;
}

/** What the connections of one probe to one endpoint showed. */
export interface Tally {
  /** `address keyType`. */
  readonly endpoint: string;
  /** null: the name gave no address. */
  readonly address: string | null;
  readonly keyType: KeyType;
  /** The name resolves to the address now, or a person wrote it down. */
  readonly listed: boolean;
  /** One of the last two connections gave a chain or a refusal: another one is worth its while. */
  readonly answered: boolean;
  /**
   * Connections on which the server refused this key type by an alert, while it answered another: what an app met there was
   * not this. A connection that broke off is no refusal.
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
}

/** All that one probe made to one endpoint, in their order. */
export type Connections = readonly [Connection, ...Connection[]];

/** `connections` are those of one endpoint, in the order in which they were made; at least one. */
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

export function endpointName({ address, keyType }: Pick<Observation, 'address' | 'keyType'>): string {
  return `${address} ${keyType}`;
}

/** The address in the name of an endpoint. */
export function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.indexOf(' '));
}

/** Whether a connection shows the condition; null where it can't tell. */
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

/** A platform that refuses it keeps its apps out as one that does not trust it. */
function isUntrusted({ observation, checked, breaches, undecided }: Connection): boolean | null {
  if (observation.failure !== null) return null;
  const met = undecided ? breaches.filter(({ rule }) => rule.kind !== 'handshake') : breaches;
  if (isRefused(met) || !checked.trusted) return true;
  // A handshake that broke off proves that nobody connects, but not that the chain would be the one of those who do.
  return observation.broken === null && met.length === breaches.length ? false : null;
}

/** Whether a certificate that was sent ends soon. One that has ended is no recovery: another kind tells of it. */
function expires({ observation }: Connection, now: number, withinMs: number): boolean | null {
  if (observation.failure !== null) return null;
  const ends = observation.path.certificates
    .filter(({ from }) => from === 'presented')
    .map(({ certificate }) => certificate.notAfter);
  const earliest = Math.min(...ends);
  if (earliest < now) return null;
  return earliest - now <= withinMs;
}
