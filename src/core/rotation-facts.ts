/** What a rotation is judged by: the registry, the last probes, what is published, and what apps ship with. */
import type { Pin } from './pin.ts';
import type { LookedAtDomain } from './rotation-endpoints.ts';
import type { Obstacle } from './rotation-obstacle.ts';

export interface RotationFacts {
  /** Those of its domains that are still registered. */
  readonly domains: readonly RotationDomain[];
  /** Names of those that are not. */
  readonly gone: readonly string[];
  /** What apps get of their hosts by a signed configuration. Empty: they get nothing that way, and ship their pins. */
  readonly delivered: readonly DeliveredHost[];
  /** The new pin was revoked in an emergency, so it is never delivered. */
  readonly revoked: boolean;
  /** What app versions ship with, if it concerns one of the hosts. */
  readonly shipped: readonly ShippedPins[];
  /** Which installs would fail if the new key were presented now. */
  readonly unready: readonly Obstacle[];
}

export interface RotationDomain extends LookedAtDomain {
  readonly host: string;
  readonly provisionedBy: string | null;
  /** Milliseconds since the epoch; 0: never. */
  readonly probedAt: number;
}

export interface DeliveredHost {
  readonly host: string;
  /** The published version; null: the host is not in it yet. */
  readonly version: number | null;
  readonly by: string;
  readonly hasNew: boolean;
  /** The pins to retire that it has. */
  readonly old: readonly Pin[];
  /** If it lacks the new pin: an earlier version that had it. */
  readonly lostSince: number | null;
}

export interface ShippedPins {
  readonly set: string;
  /** For people, such as `android 5.2`. */
  readonly app: string;
  readonly host: string;
  readonly pins: readonly string[];
}
