import type { Certificate, ValidatedPath } from './certificate.ts';

/** `ecdsa` offers the ECDSA and EdDSA signature schemes, `rsa` the RSA ones (PKCS#1, PSS with either key kind). */
export const keyTypes = ['ecdsa', 'rsa'] as const;
export type KeyType = (typeof keyTypes)[number];

/** Why an endpoint could not be observed. A closed set: the JSON field, the metric's label and the row in docs/runbook.md. */
export const failureCodes = [
  'dns_not_found',
  'dns_failed',
  'connection_refused',
  'connection_timeout',
  'connection_reset',
  'network_unreachable',
  'handshake_timeout',
  'tls_alert',
  'connection_closed',
  'not_tls',
  'protocol_unsupported',
  'protocol_error',
  'client_certificate_required',
  'key_type_not_served',
  'no_certificate',
  'certificate_undecodable',
  'chain_too_large',
  'target_forbidden',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export interface Failure {
  readonly code: FailureCode;
  /** One sentence for a person; text of remote origin in it is bounded and escaped. */
  readonly message: string;
}

interface Endpoint {
  /** The IP address probed; null where the name gave none (`dns_not_found`, `dns_failed`). */
  readonly address: string | null;
  readonly keyType: KeyType;
  readonly durationMs: number;
  /** The name does not resolve to this address now; it is probed because it was bad when last judged. */
  readonly unlisted?: boolean;
}

/** The facts of one endpoint's handshake. Nothing in it is judged yet. */
export interface Seen extends Endpoint {
  readonly address: string;
  readonly failure: null;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** In wire order, strays and duplicates included; never empty. */
  readonly presented: readonly Certificate[];
  readonly path: ValidatedPath;
  /** OpenSSL's verification error (`CERT_HAS_EXPIRED`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY` …), null where it verified. */
  readonly verifyError: string | null;
  /** The leaf names the host in a subjectAltName (RFC 9525); the common name never counts. */
  readonly hostMatches: boolean;
}

/** An endpoint that gave no chain, and why. */
export interface Failed extends Endpoint {
  readonly failure: Failure;
}

export type Observation = Seen | Failed;
