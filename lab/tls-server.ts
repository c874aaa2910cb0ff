/** Real TLS servers (node:tls) that present exactly the chains they are given. */
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
} from 'node:tls';
import { type Issued, pemChain } from './authority.ts';
import { type Endpoint, listen } from './sockets.ts';

/** Sent in this order, the leaf first; nothing is added, dropped or sorted. */
export type Chain = readonly Issued[];

export interface TlsServerOptions {
  /** One chain for each key type that the server holds: an ECDSA and an RSA one at once, or one alone. */
  readonly chains: readonly Chain[];
  /** A loopback address. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** Other chains for these SNI names. */
  readonly byName?: Readonly<Record<string, readonly Chain[]>>;
  /**
   * Asks the client for a certificate; `require` refuses whoever has none issued by `ca` (PEM). Take another authority
   * than the server's own for it: OpenSSL completes a leaf that is sent alone from this store.
   */
  readonly clientCertificate?: { readonly policy: 'request' | 'require'; readonly ca: string };
}

export interface TlsServer extends Endpoint {
  /** The SNI names seen, in order; a connection without SNI adds none. */
  readonly serverNames: readonly string[];
  /** Presents these chains from the next connection on. */
  rotate(chains: readonly Chain[]): void;
  /** As a balancer by turns before several servers: each connection that names a host meets the next of them. */
  balance(servers: readonly (readonly Chain[])[]): void;
}

export async function startTlsServer(options: TlsServerOptions): Promise<TlsServer> {
  const serverNames: string[] = [];
  const byName = new Map(
    Object.entries(options.byName ?? {}).map(([name, chains]) => [
      name,
      createSecureContext(contextOptions(chains, options)),
    ]),
  );
  let balanced: SecureContext[] = [];
  const server = createServer({
    ...contextOptions(options.chains, options),
    requestCert: options.clientCertificate !== undefined,
    rejectUnauthorized: options.clientCertificate?.policy === 'require',
    SNICallback: (name, done) => {
      serverNames.push(name);
      const next = balanced[serverNames.length % balanced.length];
      done(null, next ?? byName.get(name)); // undefined: the server's own context, also after rotate()
    },
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.resume();
  });
  const endpoint = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  return Object.assign(endpoint, {
    serverNames,
    rotate(chains: readonly Chain[]) {
      balanced = [];
      server.setSecureContext(contextOptions(chains, options));
    },
    balance(servers: readonly (readonly Chain[])[]) {
      balanced = servers.map((chains) => createSecureContext(contextOptions(chains, options)));
    },
  });
}

function contextOptions(chains: readonly Chain[], options: TlsServerOptions): SecureContextOptions {
  return {
    cert: chains.map(pemChain),
    key: chains.map((chain) => {
      const leaf = chain[0];
      if (leaf === undefined)
        throw new TypeError('chains: expected a leaf in each chain, found an empty chain');
      return leaf.keyPem;
    }),
    // Any key and any version must be presentable; OpenSSL's default level refuses RSA-1024 and TLS 1.0.
    ciphers: 'DEFAULT@SECLEVEL=0',
    ...(options.clientCertificate && { ca: options.clientCertificate.ca }),
    ...(options.minVersion && { minVersion: options.minVersion }),
    ...(options.maxVersion && { maxVersion: options.maxVersion }),
  };
}
