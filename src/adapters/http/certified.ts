/** The certificate of the listener, which can be replaced while it listens. */
import type { Server, ServerOptions } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface Certificate {
  /** PEM of the certificate with its intermediates. */
  readonly cert: string;
  readonly key: string;
}

const minVersion = 'TLSv1.2';

export function createCertified(first: Certificate) {
  let context: SecureContext = createSecureContext({ ...first, minVersion });
  const options: ServerOptions = {
    ...first,
    minVersion,
    // For `localhost`, Fastify opens one server for each address, and shows only the first.
    SNICallback: (_name, done) => done(null, context),
  };
  return {
    options,
    /** For connections from now on. Throws if the key is not that of the certificate. */
    certify(server: Server, certificate: Certificate): void {
      context = createSecureContext({ ...certificate, minVersion });
      // For clients that send no server name.
      server.setSecureContext({ ...certificate, minVersion });
    },
  };
}
