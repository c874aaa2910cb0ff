import type { CertificateFacts } from './certificate-facts.ts';
import { signatureProblem } from './certificate-rules.ts';
import { type PathProblem, problem, subjectText } from './path-problem.ts';
import type { Issuance, Path } from './path-search.ts';

/** Why a path reaches no anchor, judged by its last certificate. `sent`: what the server sent besides the leaf. */
export function endProblem(
  path: Path,
  sent: readonly CertificateFacts[],
  { anchorsFor }: Pick<Issuance, 'anchorsFor'>,
): PathProblem {
  const [leaf] = path;
  const last = path.at(-1);
  if (leaf === undefined || last === undefined) throw new TypeError('a path has at least a leaf');
  const { certificate } = last;
  const issuer = subjectText(certificate.issuer);
  const below = subjectText(certificate.subject);
  if (certificate.selfIssued) {
    return last === leaf
      ? problem('DEPTH_ZERO_SELF_SIGNED_CERT', certificate, 'is self-signed and not a known root')
      : {
          code: 'SELF_SIGNED_CERT_IN_CHAIN',
          message: `the chain leads to ${below}, which is not a known root`,
        };
  }
  const isIssuerKnown = anchorsFor(last).length > 0;
  const wasIssuerSent = sent.some(({ subjectKey }) => subjectKey === last.issuerKey);
  // A signature of a kind that can't be checked says nothing about the issuer.
  const unfit = isIssuerKnown || wasIssuerSent ? signatureProblem(last) : null;
  if (unfit !== null) return unfit;
  if (isIssuerKnown) {
    return {
      code: 'CERT_SIGNATURE_FAILURE',
      message: `${issuer} is a known root, but its key did not sign ${below}`,
    };
  }
  if (wasIssuerSent) {
    return {
      code: 'CERT_SIGNATURE_FAILURE',
      message: `a certificate named ${issuer} was sent, but its key did not sign ${below}: the right intermediate may be missing`,
    };
  }
  if (sent.every((one) => one.certificate.certificateSha256 === leaf.certificate.certificateSha256)) {
    return {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      message: `only the leaf was sent; its issuer ${issuer} is not a known root, so the intermediate is missing`,
    };
  }
  return {
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    message: `${issuer}, which issued ${below}, was not sent and is not a known root: an intermediate may be missing`,
  };
}
