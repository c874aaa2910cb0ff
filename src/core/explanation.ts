import type { FindingCode } from './finding.ts';
import type { Pin } from './pin.ts';

/** What a notice says beside the facts of its check. */
export interface Explanation {
  /** RFC 3339, UTC: the last probe that found nothing of the kind; left out where none is known. */
  readonly lastWell?: string;
  /** Of a closed incident: why it closed. */
  readonly recovery?: Recovery;
  /** Of a closed incident: the findings that it was about. */
  readonly was?: readonly FindingCode[];
  /** Of a chain that leads nowhere for want of an intermediate: whether a client could fetch that. */
  readonly missingIssuer?: MissingIssuer;
}

/**
 * Why an incident closed. Only `server` says that the apps are well again: what was changed in pinwatch has changed
 * nothing on the server.
 */
export type Recovery =
  /** The endpoints that were bad are well, by the same pins and settings. */
  | { readonly cause: 'server' }
  /** They are well only by pins that were added meanwhile; without any, the domain has no pins any more. */
  | { readonly cause: 'pins'; readonly pins: readonly AddedPin[] }
  /** The domain is probed otherwise: with other roots, addresses or key types. */
  | { readonly cause: 'settings' }
  /** None of the endpoints that were bad is probed any more: the name does not resolve to them. */
  | { readonly cause: 'gone' };

export interface AddedPin {
  readonly pin: Pin;
  /** Who added it and when, or the file that it stands in; null where that is not known. */
  readonly by: string | null;
  /** RFC 3339, UTC. */
  readonly at: string | null;
  readonly note: string | null;
}

/**
 * `unnamed`: the certificate does not say where its issuer's is (RFC 5280, section 4.2.2.1), so that nobody can fetch it.
 * `named`: it does, and whether that one leads to a known root is not known. `known`: it does, for another chain had it.
 */
export type MissingIssuer = 'unnamed' | 'named' | 'known';
