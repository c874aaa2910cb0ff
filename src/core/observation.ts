import type { Certificate, ValidatedPath } from './certificate.ts';

/** The types of a leaf's key that a client's hello can select. */
export const keyTypes = ['ecdsa', 'rsa', 'eddsa'] as const;
export type KeyType = (typeof keyTypes)[number];

/** Probed unless a setting says otherwise: no phone offers EdDSA. */
export const defaultKeyTypes: readonly KeyType[] = ['ecdsa', 'rsa'];

/** Why an endpoint could not be observed. A closed set: the JSON field, the metric's label and the row in docs/runbook.md. */
export const failureCodes = [
  'dns_not_found',
  'dns_failed',
  'connection_refused',
  'connection_timeout',
  'connection_reset',
  'network_unreachable',
  'proxy_failed',
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
  'region_away',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export interface Failure {
  readonly code: FailureCode;
  /** One sentence for people; remote text in it is bounded and escaped. */
  readonly message: string;
}

interface Endpoint {
  /** The IP address probed; null if the name gave none (`dns_not_found`, `dns_failed`), or nobody could look (`region_away`). */
  readonly address: string | null;
  /** Where it was seen from; left out if there is only one region. */
  readonly region?: string;
  readonly keyType: KeyType;
  readonly durationMs: number;
  /** The name does not resolve to this address now; it is probed because it was bad when last judged. */
  readonly unlisted?: boolean;
}

/** What server and client negotiated, as far as it was known when the chain arrived. */
export interface Negotiated {
  /** The cipher suite's IANA name, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; null: unknown. */
  readonly suite: string | null;
  /**
   * The group of the key exchange (`X25519`, `P-256`, `P-521`, `DHE 2048`); null if the key exchange has none, or
   * unknown.
   */
  readonly group: string | null;
  /** The server signed the TLS 1.2 key exchange with SHA-1, and supports nothing better. */
  readonly sha1: boolean;
}

/** The facts of one endpoint's handshake. Nothing in it is judged yet. */
export interface Seen extends Endpoint {
  readonly address: string;
  readonly failure: null;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** In wire order, including strays and duplicates; never empty. */
  readonly presented: readonly Certificate[];
  readonly path: ValidatedPath;
  readonly negotiated: Negotiated;
  /**
   * Why the handshake ended after the chain, or why no app would make it; null if an app would have connected. Such an
   * endpoint can mismatch, and is inconclusive if it would match. A missing client certificate is not such a reason.
   */
  readonly broken: Failure | null;
  /** The leaf names the host in a subjectAltName (RFC 9525); the common name never counts. */
  readonly hostMatches: boolean;
  /** If not: the hosts that it is for, in words. */
  readonly namedHosts?: string;
}

/** An endpoint that gave no chain, and why. */
export interface Failed extends Endpoint {
  readonly failure: Failure;
  /** For `key_type_not_served`: the evidence. */
  readonly evidence?: Evidence;
}

/**
 * How we know that a server that is up lacks a key type: `alert` if it said so; `by_turns` if it only broke off each
 * such connection, but answered others before, between and after.
 */
export type Evidence = 'alert' | 'by_turns';

export type Observation = Seen | Failed;
