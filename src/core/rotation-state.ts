/**
 * What the store keeps of a rotation: the replacement of a server's key, from the new key's pin to the day on which
 * nothing needs the old one. Only decisions of people are kept. How far it has come is derived from the registry, from
 * what is published and from the last probes (rotation-standing.ts), so that nothing that happens elsewhere is missed.
 */
import type { KeyType } from './observation.ts';
import type { Pin } from './pin.ts';

export interface Rotation {
  readonly id: string;
  /** Names of the domains whose servers get the key; the one that it was started for comes first. */
  readonly domains: readonly string[];
  /** The endpoints that it is about: those of the new key's type, and of the keys that it replaces. */
  readonly keyTypes: readonly KeyType[];
  /** Of the new key. */
  readonly pin: Pin;
  /** Of the keys that it replaces. Empty if none of them is pinned, because apps match another key on the path. */
  readonly retires: readonly Pin[];
  /** The domains that had the new pin before the rotation, which an abort leaves there. */
  readonly pinnedBefore: readonly string[];
  /** Of the certificate request, for people; null if only the key is known. */
  readonly subject: string | null;
  readonly note: string;
  readonly startedBy: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  /** An app with the new pin was released: for apps that ship their pins. */
  readonly released: Decision | null;
  /** A person goes on although some installs don't have the new pin. */
  readonly goAhead: Decision | null;
  /** The last certificate that was checked and found right. */
  readonly certificate: CheckedCertificate | null;
  readonly ended: RotationEnd | null;
}

export interface Decision {
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly note: string;
}

export interface CheckedCertificate extends Omit<Decision, 'note'> {
  readonly certificateSha256: string;
  readonly subject: string;
  readonly issuer: string;
  /** RFC 3339, UTC. */
  readonly notAfter: string;
}

export interface RotationEnd extends Decision {
  readonly how: 'finished' | 'aborted';
}

/** Certificates are shared by many hosts at CDNs, and each look at a rotation reads the record of each domain. */
export const mostRotatedDomains = 200;
/** In progress at a time, in one account. */
export const mostOpenRotations = 100;
/** Ended ones that are kept; the audit trail keeps what was done. */
export const mostEndedRotations = 20;

/** Whether two rotations would replace keys of the same endpoints. */
export function areSameEndpoints(
  a: Pick<Rotation, 'domains' | 'keyTypes'>,
  b: Pick<Rotation, 'domains' | 'keyTypes'>,
): boolean {
  return (
    a.domains.some((name) => b.domains.includes(name)) &&
    a.keyTypes.some((keyType) => b.keyTypes.includes(keyType))
  );
}
