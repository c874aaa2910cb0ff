import { rfc3339 } from './clock.ts';
import type { FindingCode } from './finding.ts';
import type { Seen } from './observation.ts';

/** The findings that mean a platform's TLS stack rejects the connection before any pin is looked at. */
export const trustFindings = [
  'certificate_expired',
  'certificate_not_yet_valid',
  'host_name_mismatch',
  'chain_incomplete',
  'chain_untrusted',
] as const satisfies readonly FindingCode[];
export type TrustFinding = (typeof trustFindings)[number];

/** Why an endpoint is not trusted: the path's problem, then the host name's; null where it is trusted. */
export function trustError(seen: Seen): string | null {
  return seen.path.problem?.code ?? (seen.hostMatches ? null : 'HOSTNAME_MISMATCH');
}

/** The one finding that says most about why an endpoint is not trusted, most specific first; null where it is. */
export function trustProblem(seen: Seen, now: number): { code: TrustFinding; reason: string } | null {
  if (trustError(seen) === null) return null;
  if (seen.path.problem !== null) {
    const dated = dateProblem(seen, now);
    if (dated !== null) return dated;
  }
  const leaf = seen.presented[0];
  if (!seen.hostMatches) {
    const reason = `the certificate «${leaf?.subject ?? ''}» has no subjectAltName for this host`;
    return { code: 'host_name_mismatch', reason };
  }
  const last = seen.path.certificates.at(-1)?.certificate;
  const dangling = !seen.path.anchored && last !== undefined && !last.selfIssued;
  const onlyLeaf = seen.presented.every((sent) => sent.certificateSha256 === leaf?.certificateSha256);
  if (dangling && onlyLeaf) {
    const reason = `only the leaf was sent; its issuer «${last.issuer}» is no known root, so the intermediate is missing`;
    return { code: 'chain_incomplete', reason };
  }
  if (dangling && seen.presented.some(({ subject }) => subject === last.issuer)) {
    const reason = `a certificate «${last.issuer}» was sent, but its key did not sign «${last.subject}»: the right intermediate may be missing (${seen.path.problem?.code})`;
    return { code: 'chain_untrusted', reason };
  }
  if (dangling) {
    const reason = `«${last.issuer}», which issued «${last.subject}», was not sent and is no known root: an intermediate may be missing (${seen.path.problem?.code})`;
    return { code: 'chain_untrusted', reason };
  }
  const reason = seen.path.anchored
    ? `the chain leads to the known root «${last?.subject}», and OpenSSL refuses it all the same (${seen.path.problem?.code})`
    : `the chain leads to no known root (${seen.path.problem?.code})`;
  return { code: 'chain_untrusted', reason };
}

/** The dates on the path explain OpenSSL's refusal best; where our path shows none, OpenSSL may have walked another one. */
function dateProblem(seen: Seen, now: number): { code: TrustFinding; reason: string } | null {
  const path = seen.path.certificates.map((entry) => entry.certificate);
  const expired = path.find((certificate) => now > certificate.notAfter);
  if (expired) {
    const reason = `«${expired.subject}» expired at ${rfc3339(expired.notAfter)}`;
    return { code: 'certificate_expired', reason };
  }
  const early = path.find((certificate) => now < certificate.notBefore);
  if (early) {
    const reason = `«${early.subject}» is valid only from ${rfc3339(early.notBefore)}`;
    return { code: 'certificate_not_yet_valid', reason };
  }
  return null;
}
