import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Offer } from '../../flow/handshaker.ts';
import { type Hello, helloOptions } from './offers.ts';

export type Contexts = (offer: Offer, hello: Hello) => SecureContext;

/** One SecureContext per hello, made on first use and shared: creating one for each probe is expensive. */
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
    // An empty store; leaving it out would mean Node's own roots. The path is checked separately from the handshake.
    ca: [],
    // BoringSSL and Apple's stack accept servers without RFC 5746. The attack needs renegotiation, which never
    // happens here.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
}
