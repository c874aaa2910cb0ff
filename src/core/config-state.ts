/** What the store keeps of an account's signed configuration. */
import type { Pin } from './pin.ts';
import type { GuardFinding } from './publish-guard.ts';
import type { ListedDevice } from './unpinned-device.ts';

export interface ConfigState {
  /** Random, and made once: apps have it built in. */
  readonly channel: string;
  /** The roots that apps have built in: 65-byte points in base64. */
  readonly roots: readonly string[];
  /** The key statement for the next bundle: its line, with the line end. */
  readonly statement: string;
  readonly generation: number;
  /** The version that apps should have; null: none was published. */
  readonly published: Published | null;
  /** A version that the next one has to exceed; left out: none beside the published one. See restored-config.ts. */
  readonly floor?: number;
  /** The text that is served; null until something is published. */
  readonly served: ServedTuple | null;
  /**
   * The earlier versions that apps may still hold, newest first: the domains are judged by them, too. Left out: stored by an
   * older version, and not known yet.
   */
  readonly field?: readonly number[];
  /** Taken out in an emergency, and never delivered again. */
  readonly revoked: readonly Pin[];
  /** Devices that are not pinned for a time; left out: none. Those whose time is over may still be there. */
  readonly devices?: readonly ListedDevice[];
}

export interface Published {
  readonly version: number;
  /** SHA-256 of its payload without dates, hex. */
  readonly digest: string;
  /** It came signed, so pinwatch can't renew it. */
  readonly signedElsewhere: boolean;
}

/** Times are seconds since 1970, as in the bundle. */
export interface ServedTuple {
  readonly generation: number;
  readonly version: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** One publication, kept for going back. */
export interface ConfigVersion {
  readonly version: number;
  readonly digest: string;
  /** The payload without its dates, as JSON. */
  readonly payload: string;
  readonly note: string;
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** What the guard found, and was overridden: codes and hosts. */
  readonly overridden: readonly string[];
  /** The version whose content it brought back; null for the registry's. */
  readonly restored: number | null;
}

/** What was checked, frozen: publishing it needs no second look at the registry. */
export interface Candidate {
  readonly id: string;
  readonly version: number;
  readonly digest: string;
  readonly payload: string;
  readonly restored: number | null;
  /** Pins that were left out of the registry's, to be revoked. */
  readonly without: readonly Pin[];
  readonly findings: readonly GuardFinding[];
  readonly checkedBy: string;
  /** Milliseconds since the epoch. */
  readonly checkedAt: number;
}

/** How long what was probed counts as fresh. */
export const candidateKeptMs = 15 * 60_000;
/** Of one account at a time: each has the size of a configuration. */
export const mostCandidates = 20;
/** Kept for going back. */
export const mostVersions = 50;

/** In a client the tuple only rises, and so it does here. */
export function isNewer(a: Pick<ServedTuple, 'generation' | 'version' | 'issuedAt'>, b: typeof a): boolean {
  return (a.generation - b.generation || a.version - b.version || a.issuedAt - b.issuedAt) > 0;
}
