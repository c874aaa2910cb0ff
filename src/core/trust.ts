import type { FindingCode } from './finding.ts';
import type { Seen } from './observation.ts';
import { type PathProblemCode, subjectText } from './path-problem.ts';
import type { TrustErrorCode } from './trust-error.ts';

/** The findings that mean a platform's TLS stack rejects the connection before it checks any pin. */
export const trustFindings = [
  'certificate_expired',
  'certificate_not_yet_valid',
  'host_name_mismatch',
  'chain_incomplete',
  'chain_untrusted',
] as const satisfies readonly FindingCode[];
export type TrustFinding = (typeof trustFindings)[number];

/** Why an endpoint is not trusted: the path's problem, then the host name's; null if it is trusted. */
export function trustError(seen: Seen): TrustErrorCode | null {
  return seen.path.problem?.code ?? (seen.hostMatches ? null : 'HOSTNAME_MISMATCH');
}

/** The one finding that says most about why an endpoint is not trusted, and its reason; null if it is. */
export function trustProblem({
  path: { problem },
  presented: [leaf],
  hostMatches,
  namedHosts,
}: Seen): { code: TrustFinding; reason: string } | null {
  const ofPath = problem && { code: ownFinding[problem.code] ?? 'chain_untrusted', reason: problem.message };
  // A date is the most specific reason, then a host name that does not fit, then the rest.
  if (hostMatches || ofPath?.code === 'certificate_expired' || ofPath?.code === 'certificate_not_yet_valid') {
    return ofPath;
  }
  const others = namedHosts === undefined ? '' : `; ${namedHosts}`;
  const reason = `${subjectText(leaf?.subject ?? '')} has no subjectAltName for this host${others}`;
  return { code: 'host_name_mismatch', reason };
}

/** The problems that have a finding of their own; all others are `chain_untrusted`. */
const ownFinding: Partial<Readonly<Record<PathProblemCode, TrustFinding>>> = {
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_not_yet_valid',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'chain_incomplete',
};
