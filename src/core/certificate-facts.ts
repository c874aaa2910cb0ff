import type { Certificate } from './certificate.ts';
import type { GeneralName } from './general-name.ts';
import type { NameConstraints } from './name-constraints.ts';
import type { PathProblemCode } from './path-problem.ts';
import type { PolicyFacts } from './policies.ts';

/** What path validation needs to know about one certificate (RFC 5280, section 6.1), read once from its bytes. */
export interface CertificateFacts {
  readonly certificate: Certificate;
  /** Equal for two names that are the same (RFC 5280, section 7.1). */
  readonly subjectKey: string;
  readonly issuerKey: string;
  /** 1, 2 or 3, as RFC 5280 counts them. */
  readonly version: number;
  /** Dotted; RSASSA-PSS with its parameters, as `signatureAlgorithms` in certificate-rules.ts writes them. */
  readonly signatureAlgorithm: string;
  readonly publicKey: PublicKeyFacts;
  readonly extensions: ExtensionFacts;
}

export interface PublicKeyFacts {
  /** Dotted. */
  readonly algorithm: string;
  /** For an elliptic curve key: dotted, or `explicit` for explicit parameters; else null. */
  readonly curve: string | null;
  /** For an RSA key: the length of its modulus; null for other keys, or if it can't be read. */
  readonly rsaBits: number | null;
}

/** The extensions of RFC 5280, section 4.2.1, that a path depends on; null if a certificate lacks one. */
export interface ExtensionFacts extends PolicyFacts {
  /** What makes the certificate unusable in any position; the facts below are then meaningless. */
  readonly flaw: Flaw | null;
  /** Critical extensions other than these, dotted. */
  readonly unknownCritical: readonly string[];
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  readonly keyUsage: { readonly digitalSignature: boolean; readonly keyCertSign: boolean } | null;
  /** Dotted. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly subjectAltNames: readonly GeneralName[];
  /**
   * What name constraints apply to: the subject, and the alternative names or, without any, the subject's mail
   * addresses.
   */
  readonly constrainedNames: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | null;
}

export interface Flaw {
  readonly code: Extract<PathProblemCode, 'INVALID_EXTENSION' | 'SIGNATURE_ALGORITHM_MISMATCH'>;
  /** The end of a sentence that begins with the certificate: `has the extension 2.5.29.15 twice`. */
  readonly what: string;
}
