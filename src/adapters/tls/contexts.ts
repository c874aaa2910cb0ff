import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Offer } from '../../flow/observe.ts';
import { rootsOf } from './anchors.ts';
import { type Hello, helloOptions } from './offers.ts';

export interface ContextRequest {
  readonly offer: Offer;
  readonly hello: Hello;
  /** PEM of the roots that replace the default ones. */
  readonly ca: string | undefined;
  /** Without, the store is empty: no chain verifies, which saves a look at its root. */
  readonly verify: boolean;
}

export type Contexts = (request: ContextRequest) => SecureContext;

/**
 * SecureContexts by what they offer and trust. They are shared because one with the default roots takes 35 ms on Node 20
 * and some megabytes; the least recently used goes when there are more than `limit`. `roots` are taken as they are.
 */
export function createContexts(roots: readonly string[], limit: number): Contexts {
  const kept = new Map<string, SecureContext>();
  return ({ offer, hello, ca, verify }) => {
    const key = `${offer} ${hello} ${verify ? (ca ?? 'default') : 'none'}`;
    const anchors = () => (verify ? (ca === undefined ? roots : rootsOf(ca)) : []);
    const context = kept.get(key) ?? create(offer, hello, anchors());
    kept.delete(key);
    kept.set(key, context); // the youngest again: a Map keeps the order of insertion
    const [oldest] = kept.keys();
    if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
    return context;
  };
}

function create(offer: Offer, hello: Hello, anchors: readonly string[]): SecureContext {
  return createSecureContext({
    ...helloOptions(offer, hello),
    // TLS 1.0 and 1.1 are refused by the apps' platforms (RFC 8996): such a server is `protocol_unsupported`.
    minVersion: 'TLSv1.2',
    // An empty list is an empty store; leaving it out would mean Node's own roots.
    ca: [...anchors],
    // What phones offer. The default differs between Node versions, and Node 24's has a post-quantum key share, which
    // costs CPU and a second packet for each hello and tells nothing about certificates.
    ecdhCurve: 'X25519:P-256:P-384:P-521',
    // Servers without RFC 5746 are served by BoringSSL and Apple's stack. The attack is on renegotiation: never done here.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
}
