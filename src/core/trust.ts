import type { FindingCode } from './finding.ts';
import type { Seen } from './observation.ts';
import { type PathProblemCode, subjectText } from './path-problem.ts';
import type { TrustErrorCode } from './trust-error.ts';

/** The findings that mean a platform's TLS stack rejects the connection before any pin is looked at. */
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
export function trustProblem(seen: Seen): { code: TrustFinding; reason: string } | null {
  const { problem } = seen.path;
  const code = problem === null ? null : findingFor(problem.code);
  if (problem !== null && (code === 'certificate_expired' || code === 'certificate_not_yet_valid')) {
    return { code, reason: problem.message };
  }
  if (!seen.hostMatches) {
    const subject = subjectText(seen.presented[0]?.subject ?? '');
    return { code: 'host_name_mismatch', reason: `${subject} has no subjectAltName for this host` };
  }
  return problem === null || code === null ? null : { code, reason: problem.message };
}

function findingFor(code: PathProblemCode): TrustFinding {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'certificate_expired';
    case 'CERT_NOT_YET_VALID':
      return 'certificate_not_yet_valid';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'chain_incomplete';
    default:
      return 'chain_untrusted';
  }
}
