import { type PathProblemCode, pathProblemCodes } from './path-problem.ts';

/** Why an endpoint is not trusted: the `trustError` of the JSON. A closed set, explained in docs/runbook.md. */
export type TrustErrorCode = PathProblemCode | 'HOSTNAME_MISMATCH';

export const trustErrorCodes: readonly TrustErrorCode[] = [...pathProblemCodes, 'HOSTNAME_MISMATCH'];

/** The code in words, for a sentence such as "not trusted: …"; the finding names the certificate. */
export function trustErrorText(code: TrustErrorCode): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'a certificate has expired';
    case 'CERT_NOT_YET_VALID':
      return 'a certificate is not valid yet';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'only the leaf was sent';
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'an intermediate is missing, or the root is unknown';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'the leaf is self-signed';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'the chain leads to an unknown root';
    case 'CERT_SIGNATURE_FAILURE':
      return 'the issuer certificate sent did not sign the one below it';
    case 'UNSUPPORTED_SIGNATURE_ALGORITHM':
      return 'a certificate has a signature that platforms refuse';
    case 'SIGNATURE_ALGORITHM_MISMATCH':
      return 'a certificate names two signature algorithms';
    case 'UNSUPPORTED_KEY':
      return 'a key is of a kind or size that platforms refuse';
    case 'INVALID_CA':
      return 'an issuer on the path is not a certificate authority';
    case 'KEYUSAGE_NO_CERTSIGN':
      return 'an intermediate may not sign certificates';
    case 'KEYUSAGE_NO_DIGITAL_SIGNATURE':
      return 'the leaf may not sign handshakes';
    case 'INVALID_PURPOSE':
      return 'the leaf is not for TLS servers';
    case 'PATH_LENGTH_EXCEEDED':
      return 'the path is longer than a certificate authority allows';
    case 'INVALID_EXTENSION':
      return 'a certificate has malformed extensions';
    case 'UNHANDLED_CRITICAL_EXTENSION':
      return 'a certificate has an unknown critical extension';
    case 'PERMITTED_VIOLATION':
    case 'EXCLUDED_VIOLATION':
    case 'UNSUPPORTED_CONSTRAINT_TYPE':
      return 'name constraints forbid a name';
    case 'NO_EXPLICIT_POLICY':
      return 'no certificate policy is valid along the path';
    case 'INVALID_POLICY_EXTENSION':
      return 'a certificate policy mapping breaks the rules';
    case 'CHAIN_TOO_COMPLEX':
      return 'the chain is too complex to follow';
    case 'HOSTNAME_MISMATCH':
      return 'the certificate is for another host';
    default:
      return code satisfies never;
  }
}
