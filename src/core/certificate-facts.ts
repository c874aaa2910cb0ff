import type { Certificate } from './certificate.ts';
import type { GeneralName } from './general-name.ts';
import type { NameConstraints } from './name-constraints.ts';
import type { PathProblemCode } from './path-problem.ts';
import type { PolicyFacts } from './policies.ts';

/** What path validation asks about one certificate (RFC 5280, section 6.1), read once from its bytes and judged here. */
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
  /** Of an elliptic curve key: dotted, or `explicit` if its parameters are written out; else null. */
  readonly curve: string | null;
  /** Of an RSA key: the length of its modulus; null for other keys, and if it can't be read. */
  readonly rsaBits: number | null;
}

/** The extensions of RFC 5280, section 4.2.1, that a path depends on; null where a certificate has none of a kind. */
export interface ExtensionFacts extends PolicyFacts {
  /** What makes the certificate unusable wherever it stands; the facts below then say nothing. */
  readonly flaw: Flaw | null;
  /** Critical extensions that are none of these, dotted. */
  readonly unknownCritical: readonly string[];
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  readonly keyUsage: { readonly digitalSignature: boolean; readonly keyCertSign: boolean } | null;
  /** Dotted. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly subjectAltNames: readonly GeneralName[];
  /** What name constraints are held against: the subject, the alternative names, or the mail addresses that stand in for them. */
  readonly constrainedNames: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | null;
}

export interface Flaw {
  readonly code: Extract<PathProblemCode, 'INVALID_EXTENSION' | 'SIGNATURE_ALGORITHM_MISMATCH'>;
  /** The end of a sentence that begins with the certificate: `has the extension 2.5.29.15 twice`. */
  readonly what: string;
}
