import type { Check } from './check.ts';
import type { TrustErrorCode } from './trust-error.ts';

/** What a chain looks like whose root the trust store does not have. */
const unknownRoot: ReadonlySet<TrustErrorCode> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** The chain may be a private authority's, whose root has to be named. */
export function mayHavePrivateRoot({ endpoints }: Pick<Check, 'endpoints'>): boolean {
  return endpoints.some(({ trustError }) => trustError !== null && unknownRoot.has(trustError));
}

export const nameRoot = 'If the authority is private, name its root with --ca-file FILE.';
