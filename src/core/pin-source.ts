import type { Pin } from './pin.ts';

export type PinSourceKind = 'certificate' | 'request' | 'public-key' | 'private-key';

/** One key in a file. Text fields are safe to show: bounded and escaped. */
export interface PinSourceItem {
  readonly kind: PinSourceKind;
  readonly pin: Pin;
  /** For people: `EC P-256`, `RSA 2048`, `Ed25519`. */
  readonly key: string;
  /** RFC 4514 string of at most 256 characters; null for a bare key. */
  readonly subject: string | null;
  /** Like `subject`; null except for certificates, as are the two below. */
  readonly issuer: string | null;
  /** RFC 3339 in UTC. */
  readonly notAfter: string | null;
  /** SHA-256 over the whole certificate, 64 lower-case hex digits. */
  readonly certificateSha256: string | null;
}
