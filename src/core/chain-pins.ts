import { chainKey } from './alike-endpoints.ts';
import type { Certificate, PathCertificate } from './certificate.ts';
import { pathEntries } from './check.ts';
import { type Group, grouped } from './grouped.ts';
import type { Failed, KeyType, Observation, Seen } from './observation.ts';
import type { Pin } from './pin.ts';
import { type EndedPath, type Position, positionOf } from './position.ts';
import { trustError } from './trust.ts';
import type { TrustErrorCode } from './trust-error.ts';

/** An endpoint, as far as it names the place where a chain was seen. */
export interface ChainEndpoint {
  readonly address: string;
  readonly keyType: KeyType;
}

export interface ChainCertificate extends PathCertificate {
  readonly position: Position;
}

/** One chain, and everywhere it was seen. */
export interface PinnableChain {
  readonly endpoints: readonly ChainEndpoint[];
  /** Like `trustError`: null if the endpoints are trusted. */
  readonly trustError: TrustErrorCode | null;
  readonly path: readonly ChainCertificate[];
  /** Sent, but not on the path: a pin of such a key never counts. Without duplicates. */
  readonly strays: readonly Certificate[];
}

/** What could be pinned for a domain, judged without pins. */
export interface ChainPins {
  readonly chains: readonly PinnableChain[];
  readonly failed: readonly Failed[];
  /** The leaves' keys without duplicates; of trusted chains, if there are any. */
  readonly leafPins: readonly Pin[];
}

/** Distinct chains in the order of the observations: they differ in certificates, path or trust. */
export function chainPins(observations: readonly Observation[]): ChainPins {
  const seen = observations.filter((observation) => observation.failure === null);
  const chains = grouped(seen, (one) => chainKey(shownOf(one))).map(pinnable);
  const trusted = chains.filter((chain) => chain.trustError === null);
  const leaves = (trusted.length > 0 ? trusted : chains).flatMap(({ path }) => path.slice(0, 1));
  return {
    chains,
    failed: observations.filter((observation) => observation.failure !== null),
    leafPins: [...new Set(leaves.map(({ certificate }) => certificate.pin))],
  };
}

/** As a check shows it. */
function shownOf(seen: Seen): EndedPath & Parameters<typeof chainKey>[0] {
  const { path, presented } = seen;
  return { presented, path: pathEntries(path.certificates), trustError: trustError(seen) };
}

function pinnable(group: Group<Seen>): PinnableChain {
  const [first] = group;
  const shown = shownOf(first);
  const onPath = new Set(first.path.certificates.map(({ certificate }) => certificate.certificateSha256));
  const outside = first.presented.filter(({ certificateSha256 }) => !onPath.has(certificateSha256));
  const strays = new Map(outside.map((stray) => [stray.certificateSha256, stray]));
  return {
    endpoints: group.map(({ address, keyType }) => ({ address, keyType })),
    trustError: shown.trustError,
    path: first.path.certificates.map((entry, index) => ({ ...entry, position: positionOf(shown, index) })),
    strays: [...strays.values()],
  };
}
