import type { PathProblem } from './path-problem.ts';
import type { Pin } from './pin.ts';

/** What pinwatch keeps of one certificate (RFC 5280, section 4.1). Text fields are safe to show: bounded and escaped. */
export interface Certificate {
  /** Over the SubjectPublicKeyInfo bytes exactly as in the certificate (RFC 7469, section 2.4). */
  readonly pin: Pin;
  /** RFC 4514 string of at most 256 characters, control characters escaped. */
  readonly subject: string;
  /** Like `subject`. */
  readonly issuer: string;
  /** The most specific common name of the subject, as it stands: only for comparing, never shown. Left out: it has none. */
  readonly commonName?: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  /** Milliseconds since the epoch; the certificate is valid up to and including this second. */
  readonly notAfter: number;
  /** SHA-256 over the whole certificate, 64 lower-case hex digits. */
  readonly certificateSha256: string;
  /** The kind of the public key for people: `EC P-256`, `RSA 2048`, `RSA-PSS 2048`, `Ed25519`. */
  readonly key: string;
  /** The kind of the signature on it for people: `ECDSA with SHA-256`, `RSA with SHA-1`. */
  readonly signature: string;
  /** The purposes of its extended key usage, dotted; null if it has none, or none that can be read. */
  readonly extendedKeyUsage: readonly string[] | null;
  /** Subject and issuer are the same name: a root, or a self-signed leaf. */
  readonly selfIssued: boolean;
  /** Where the issuer's certificate can be fetched (RFC 5280, section 4.2.2.1: caIssuers), if it gives an HTTP URL. */
  readonly issuerUrl?: string;
}

/**
 * A certificate on a validated path, and where it came from. What was sent counts as presented, even if the store has
 * it.
 */
export interface PathCertificate {
  readonly certificate: Certificate;
  readonly from: 'presented' | 'trust-store';
}

/**
 * The first valid path from the leaf to a trust anchor (RFC 5280, section 6.1). If there is none, the next best: a path
 * to an anchor that breaks a rule, or else the leaf and every presented certificate that chains to it by signature,
 * nearest first.
 */
export interface ValidatedPath {
  readonly certificates: readonly PathCertificate[];
  /** The last certificate is a trust anchor. */
  readonly anchored: boolean;
  /** Why no path is valid; null if this one is. */
  readonly problem: PathProblem | null;
  /** Further valid paths with other keys, in the order in which clients would find them; only the first, `certificates`, counts. */
  readonly others: readonly (readonly PathCertificate[])[];
  /**
   * If no path is valid: what else was sent and chains to the leaf by signature. These keys count for the pins, so that
   * a trust problem is not reported as a pin mismatch too.
   */
  readonly alsoReached: readonly Certificate[];
}
