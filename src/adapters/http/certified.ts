/** The certificate of the listener, which can be replaced while it listens. */
import type { Server, ServerOptions } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface Certificate {
  /** PEM of the certificate with its intermediates. */
  readonly cert: string;
  readonly key: string;
}

/**
 * TLS 1.2 with forward secrecy and authenticated encryption only (RFC 9325, section 4.2): Node's default also has suites
 * with CBC, and with RSA key exchange. Each client of the last ten years has one of these.
 */
const versions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ].join(':'),
} as const;

export function createCertified(first: Certificate) {
  let context: SecureContext = createSecureContext({ ...first, ...versions });
  const options: ServerOptions = {
    ...first,
    ...versions,
    // For `localhost`, Fastify opens one server for each address, and shows only the first.
    SNICallback: (_name, done) => done(null, context),
  };
  return {
    options,
    /** For connections from now on. Throws if the key is not that of the certificate. */
    certify(server: Server, certificate: Certificate): void {
      context = createSecureContext({ ...certificate, ...versions });
      // For clients that send no server name.
      server.setSecureContext({ ...certificate, ...versions });
    },
  };
}
