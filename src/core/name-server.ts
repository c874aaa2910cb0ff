/** A name server to ask instead of the system's. */
export type NameServer =
  /** In the clear (RFC 1035). */
  | { readonly kind: 'dns'; readonly address: string; readonly port: number }
  /** DNS over TLS (RFC 7858). */
  | { readonly kind: 'tls'; readonly host: string; readonly port: number }
  /** DNS over HTTPS (RFC 8484). */
  | { readonly kind: 'https'; readonly url: string };
