/** A handshaker that asks for no more than it must, and what it does about it. */

import { createSparingHandshaker } from '../../../../src/adapters/tls/fast/handshaker.ts';
import { createHandshaker } from '../../../../src/adapters/tls/handshaker.ts';
import type {
  FailedHandshake,
  Handshake,
  HandshakeKind,
  HandshakeRequest,
} from '../../../../src/flow/handshaker.ts';

export const host = 'api.example.com';

interface At {
  readonly host: string;
  readonly port: number;
}

export function sparing({ isDistrusted = false } = {}) {
  let now = Date.parse('2030-01-01T00:00:00Z');
  const fullRequests: HandshakeRequest[] = [];
  const kinds: HandshakeKind[] = [];
  const full = createHandshaker();
  const handshaker = createSparingHandshaker(
    {
      handshake(request, signal) {
        fullRequests.push(request);
        return full.handshake(request, signal);
      },
    },
    // A test machine may be slow.
    { clock: () => now, isDistrusted, mostMs: 10_000, count: (kind) => kinds.push(kind) },
  );
  const requestOf = (
    { host: address, port }: At,
    asked: Partial<HandshakeRequest> = {},
  ): HandshakeRequest => ({
    ...{ address, port, host, offer: 'ecdsa', breadth: 'app', alpn: [] },
    ...{ connectTimeoutMs: 100_000, handshakeTimeoutMs: 100_000, timeoutMs: 100_000 },
    ...asked,
  });
  return {
    /** Requests for a handshake in full, in order. */
    fullRequests,
    kinds,
    pass(ms: number) {
      now += ms;
    },
    /** One handshake; one in full that stood is validated, as if its path led to a root. */
    async shake(
      server: At,
      asked: Partial<HandshakeRequest> = {},
    ): Promise<(Handshake | FailedHandshake) & { readonly isKnown?: true }> {
      const request = requestOf(server, asked);
      const shown = await handshaker.handshake(request, new AbortController().signal);
      if (shown.failure === null && shown.broken === null && !shown.isKnown) {
        handshaker.validated?.(request, shown, { at: now, until: now + 86_400_000 });
      }
      return shown;
    },
  };
}
