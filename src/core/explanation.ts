import type { ChainChange } from './chain-change.ts';
import type { FindingCode } from './finding.ts';
import type { Pin } from './pin.ts';

/** What a notice says besides the facts of its check. */
export interface Explanation {
  /** RFC 3339, UTC: the last probe that found nothing of the kind; left out if unknown. */
  readonly lastWell?: string;
  /** For a closed incident: why it closed. */
  readonly recovery?: Recovery;
  /** For a closed incident: the findings that it was about. */
  readonly was?: readonly FindingCode[];
  /** For a chain with a missing intermediate: whether a client could fetch that. */
  readonly missingIssuer?: MissingIssuer;
  /** For a mismatch or an untrusted chain: what was changed since all was well; left out if that is unknown. */
  readonly change?: ChainChange;
  /** The file that the domain is in; null: it was added at runtime. Left out in notices of older versions. */
  readonly provisionedBy?: string | null;
}

/**
 * Why an incident closed. Only `server` means that the apps are well again: a change in pinwatch changes nothing on the
 * server.
 */
export type Recovery =
  /** The endpoints that were bad are well, with the same pins and settings. */
  | { readonly cause: 'server' }
  /** They are well only because of pins that were added meanwhile; an empty list: the domain has no pins any more. */
  | { readonly cause: 'pins'; readonly pins: readonly AddedPin[] }
  /** They are well only because pin sets were removed or replaced meanwhile. */
  | { readonly cause: 'pin_sets'; readonly sets: readonly ChangedSet[] }
  /** The domain is probed differently: with other roots, addresses or key types. */
  | { readonly cause: 'settings' }
  /** It was seen from these regions, and nobody looks from them any more: they were away for a day. */
  | { readonly cause: 'regions'; readonly regions: readonly string[] }
  /** None of the endpoints that were bad is probed any more: the name no longer resolves to them. */
  | { readonly cause: 'gone' }
  /** The domain is no longer watched. `by`: who removed it; null: the file that it was in no longer has it. */
  | { readonly cause: 'removed'; readonly by: string | null };

export interface AddedPin {
  readonly pin: Pin;
  /** Who added it, or the file that it is in; null if unknown. */
  readonly by: string | null;
  /** RFC 3339, UTC. */
  readonly at: string | null;
  readonly note: string | null;
}

export interface ChangedSet {
  readonly name: string;
  readonly change: 'removed' | 'replaced';
}

/**
 * `unnamed`: the certificate does not say where its issuer's is (RFC 5280, section 4.2.2.1), so no client can fetch it.
 * `named`: it does, but whether that leads to a known root is unknown. `known`: another chain had the issuer, so it
 * leads to a known root.
 */
export type MissingIssuer = 'unnamed' | 'named' | 'known';
