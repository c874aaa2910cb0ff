import type { Check } from '../core/check.ts';
import type { TrustErrorCode } from '../core/trust-error.ts';

/** What a chain looks like whose root the trust store does not have. */
const unknownRoot: ReadonlySet<TrustErrorCode> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

export function mayHavePrivateRoot({ endpoints }: Check): boolean {
  return endpoints.some(({ trustError }) => trustError !== null && unknownRoot.has(trustError));
}

/** The way out if the chain is a private authority's; '' if it can't be, or if its roots were given. */
export function privateRootHint(checks: readonly Check[], hasRoots: boolean): string {
  return hasRoots || !checks.some(mayHavePrivateRoot) ? '' : `\n${nameRoot}\n`;
}

export const nameRoot = 'If the authority is private, name its root with --ca-file FILE.';
