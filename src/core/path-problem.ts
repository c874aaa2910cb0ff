/**
 * Why no path of a chain is valid. The codes are OpenSSL's (`X509_V_ERR_…`, as Node.js and `openssl verify` name them),
 * because people search for them; two have no counterpart there and are marked.
 */
export const pathProblemCodes = [
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_SIGNATURE_FAILURE',
  'UNSUPPORTED_SIGNATURE_ALGORITHM',
  'SIGNATURE_ALGORITHM_MISMATCH',
  'UNSUPPORTED_KEY', // ours
  'INVALID_CA',
  'KEYUSAGE_NO_CERTSIGN',
  'KEYUSAGE_NO_DIGITAL_SIGNATURE',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_EXTENSION',
  'UNHANDLED_CRITICAL_EXTENSION',
  'PERMITTED_VIOLATION',
  'EXCLUDED_VIOLATION',
  'UNSUPPORTED_CONSTRAINT_TYPE',
  'NO_EXPLICIT_POLICY',
  'INVALID_POLICY_EXTENSION',
  'CHAIN_TOO_COMPLEX', // ours
] as const;
export type PathProblemCode = (typeof pathProblemCodes)[number];

/** Why a path is not valid: a code for programs, and a sentence that names the certificate and the rule. */
export interface PathProblem {
  readonly code: PathProblemCode;
  readonly message: string;
}

/** A sentence that begins with the certificate: `"CN=Root" expired at 2026-11-22T04:10:54Z`. */
export function problem(
  code: PathProblemCode,
  { subject }: { readonly subject: string },
  what: string,
): PathProblem {
  return { code, message: `${subjectText(subject)} ${what}` };
}

export function subjectText(subject: string): string {
  return subject === '' ? 'the certificate with an empty subject' : `"${subject}"`;
}

/** A server can send a chain of any shape. Clients give up on it at some point, and so does this check. */
export const tooComplex: PathProblem = {
  code: 'CHAIN_TOO_COMPLEX',
  message: 'the chain has more possible paths, names or constraints than pinwatch checks',
};
