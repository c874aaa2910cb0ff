import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Offer } from '../../flow/handshaker.ts';
import { type Hello, helloOptions } from './offers.ts';

export type Contexts = (offer: Offer, hello: Hello) => SecureContext;

/** One SecureContext for each hello, made on first use and shared: creating one for each probe costs a lot. */
export function createContexts(): Contexts {
  const kept = new Map<string, SecureContext>();
  return (offer, hello) => {
    const key = `${offer} ${hello}`;
    const context = kept.get(key) ?? create(offer, hello);
    kept.set(key, context);
    return context;
  };
}

function create(offer: Offer, hello: Hello): SecureContext {
  return createSecureContext({
    ...helloOptions(offer, hello),
    // TLS 1.0 and 1.1 are refused by the apps' platforms (RFC 8996): such a server is `protocol_unsupported`.
    minVersion: 'TLSv1.2',
    // An empty store; leaving it out would mean Node's own roots. The path is checked apart from the handshake.
    ca: [],
    // Servers without RFC 5746 are served by BoringSSL and Apple's stack. The attack is on renegotiation: never done here.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
}
