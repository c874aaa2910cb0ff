import type { FailedHandshake, Handshake, HandshakeRequest, Handshaker } from '../../flow/observe.ts';
import { shakeHands } from './connection.ts';
import { createContexts } from './contexts.ts';
import type { Hello } from './offers.ts';

/**
 * Makes handshakes with node:tls, on a fresh connection each and never with a session: a resumed one shows no certificates.
 */
export function createHandshaker(): Handshaker {
  const contexts = createContexts();

  const attempt = (request: HandshakeRequest, hello: Hello, timeoutMs: number, signal: AbortSignal) => {
    const secureContext = contexts(request.offer, hello);
    return shakeHands({ ...request, secureContext, timeoutMs }, signal);
  };

  return {
    async handshake(request, signal): Promise<Handshake | FailedHandshake> {
      const startedAt = performance.now();
      const first = await attempt(request, 'strict', request.timeoutMs, signal);
      if (first.failure === null || !first.refused || request.offer === 'any') return first;
      const next = (hello: Hello) => {
        const leftMs = Math.max(1, request.timeoutMs - (performance.now() - startedAt));
        return attempt(request, hello, leftMs, signal);
      };
      const second = await next('suites');
      if (second.failure === null) return second;
      // An alert is the server's word. A connection broken off may be chance, unless another one ends the same way.
      if (first.failure.code === 'tls_alert') return first;
      // To the second hello, one of TLS 1.2, a server of TLS 1.3 alone says no more than that.
      const other = second.failure.code === 'protocol_unsupported' ? await next('strict') : second;
      return other.failure === null ? other : { ...first, refused: other.refused };
    },
  };
}
