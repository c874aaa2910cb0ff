/** Real TLS servers (node:tls) that present exactly the given chains. */
import type { Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type SecureVersion,
  type Server,
} from 'node:tls';
import { type Issued, pemChain } from './authority.ts';
import { type Endpoint, listen } from './sockets.ts';

/** Sent in this order, the leaf first; nothing is added, dropped or sorted. */
export type Chain = readonly Issued[];

export interface TlsServerOptions {
  /** One chain per key type of the server: an ECDSA and an RSA one, or only one. */
  readonly chains: readonly Chain[];
  /** A loopback address. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** TLS 1.2 cipher suites, in OpenSSL's syntax. Default: OpenSSL's. */
  readonly ciphers?: string;
  /** In OpenSSL's syntax, such as `P-521`. Default: OpenSSL's. */
  readonly groups?: string;
  /** Signature algorithms, in OpenSSL's syntax. Default: OpenSSL's. */
  readonly schemes?: string;
  /** Chooses one of these for a client that offers ALPN, and refuses one that offers others. */
  readonly alpn?: readonly string[];
  /** Other chains for these SNI names. */
  readonly byName?: Readonly<Record<string, readonly Chain[]>>;
  /**
   * Requests a client certificate; `require` refuses clients without one issued by `ca` (PEM). Use another authority
   * than the server's own, because OpenSSL completes a single leaf from this store.
   */
  readonly clientCertificate?: { readonly policy: 'request' | 'require'; readonly ca: string };
}

export interface TlsServer extends Endpoint {
  /** The SNI names seen, in order; a connection without SNI adds none. */
  readonly serverNames: readonly string[];
  /** Presents these chains from the next connection on. */
  rotate(chains: readonly Chain[]): void;
  /** Acts as a round-robin balancer: each connection meets the next of these servers. */
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
  const server = createServer({
    ...contextOptions(options.chains, options),
    requestCert: options.clientCertificate !== undefined,
    rejectUnauthorized: options.clientCertificate?.policy === 'require',
    ...(options.alpn && { ALPNProtocols: [...options.alpn] }),
    SNICallback: (name, done) => {
      serverNames.push(name);
      done(null, byName.get(name)); // undefined: the server's own context, also after rotate()
    },
  });
  answer(server);
  const own = server.listeners('connection') as ((socket: Socket) => void)[];
  const meet = (listeners: typeof own) => {
    server.removeAllListeners('connection');
    for (const listener of listeners) server.on('connection', listener);
  };
  const endpoint = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  return Object.assign(endpoint, {
    serverNames,
    rotate(chains: readonly Chain[]) {
      meet(own);
      server.setSecureContext(contextOptions(chains, options));
    },
    balance(servers: readonly (readonly Chain[])[]) {
      // Whole servers, because a context from SNICallback without a chain of its own keeps the server's.
      const behind = servers.map((chains) => answer(createServer(contextOptions(chains, options))));
      let connections = 0;
      meet([(socket) => behind[connections++ % behind.length]?.emit('connection', socket)]);
    },
  });
}

/** Answers any request as HTTP. */
function answer(server: Server): Server {
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'));
  });
  return server;
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
    ciphers: `${options.ciphers ?? 'DEFAULT'}:@SECLEVEL=0`,
    // For finite-field Diffie-Hellman, whose groups OpenSSL does not choose by itself.
    dhparam: 'auto',
    ...(options.groups && { ecdhCurve: options.groups }),
    ...(options.schemes && { sigalgs: options.schemes }),
    ...(options.clientCertificate && { ca: options.clientCertificate.ca }),
    ...(options.minVersion && { minVersion: options.minVersion }),
    ...(options.maxVersion && { maxVersion: options.maxVersion }),
  };
}
