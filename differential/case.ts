import type { Issued } from '../lab/authority.ts';
import type { Chain, TlsServerOptions } from '../lab/tls-server.ts';

/** One server, what its clients trust, and which keys they may have pinned. */
export interface Case {
  readonly name: string;
  /** Makes the certificates when the case is run. */
  readonly make: () => Made;
}

export interface Made {
  /** Default: `defaultHost`. */
  readonly host?: string;
  /** One chain per key type, as served. */
  readonly chains: readonly Chain[];
  readonly anchors: readonly Issued[];
  /** Certificates that are neither served nor trusted, but whose keys may be pinned. */
  readonly also?: readonly Issued[];
  readonly server?: Pick<TlsServerOptions, 'minVersion' | 'maxVersion' | 'ciphers' | 'groups'>;
}

export const defaultHost = 'api.differential.test';
