/** A proxy that connections to watched servers go through. */
export interface ProbeProxy {
  /** `http`: CONNECT (RFC 9110, section 9.3.6); `socks5`: RFC 1928. */
  readonly kind: 'http' | 'socks5';
  readonly host: string;
  readonly port: number;
  /** For Basic (RFC 7617), or RFC 1929; null: none is sent. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
}

const usualPorts = { http: 80, socks5: 1080 } as const;

/** `url`: `http://` or `socks5://`, checked. */
export function proxyOf(url: string): ProbeProxy {
  const { protocol, hostname, port, username, password } = new URL(url);
  const kind = protocol === 'http:' ? 'http' : 'socks5';
  return {
    kind,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? usualPorts[kind] : Number(port),
    credentials:
      username === '' ? null : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
  };
}
