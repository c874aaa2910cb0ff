/**
 * Asks a server only for what proves that it is as it was, and node:tls for everything else.
 *
 * The proof counts for one thing: this is, byte for byte, the chain whose path was validated for this endpoint within a day
 * and within its dates, and the server holds the key of its leaf. Whatever else a server does is node:tls's to say.
 */
import type { HandshakeRequest, Handshaker } from '../../../flow/handshaker.ts';
import { ask, type Proof, type Unproven } from './ask.ts';
import { converse12 } from './handshake12.ts';
import { converse13 } from './handshake13.ts';
import { createMemory, noteMiss, type Remembered } from './memory.ts';

export interface Sparing {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Asks, and then asks node:tls all the same: for tests, whose verdicts must not change by it. */
  readonly isDistrusted?: boolean;
  /** How long a server may take at most. */
  readonly mostMs?: number;
}

/** Of the endpoint's time, all of which node:tls has again. A server that takes longer is soon asked in full at once. */
const mostShare = 0.2;
const defaultMostMs = 2_000;

export function createSparingHandshaker(
  full: Handshaker,
  { clock, isDistrusted = false, mostMs = defaultMostMs }: Sparing,
): Handshaker {
  const memory = createMemory();
  const prove = (
    request: HandshakeRequest,
    known: Remembered,
    signal: AbortSignal,
  ): Promise<Proof | Unproven> => {
    const converse = known.outcome.protocol === 'TLSv1.2' ? converse12 : converse13;
    const timeoutMs = Math.min(mostMs, request.timeoutMs * mostShare);
    const { address, port } = request;
    return ask({ address, port, timeoutMs }, (room, fresh) => converse(request, known, room, fresh), signal);
  };
  return {
    async handshake(request, signal) {
      const known = isSpared(request) ? memory.find(request, clock()) : null;
      if (known === null) return full.handshake(request, signal);
      const proof = await prove(request, known, signal);
      if ('unproven' in proof) {
        noteMiss(known, proof, clock());
        return full.handshake(request, signal);
      }
      known.broken = 0;
      if (isDistrusted) return full.handshake(request, signal);
      const { outcome, fingerprint } = known;
      const { protocol, negotiated } = outcome;
      return {
        failure: null,
        protocol,
        chain: proof.chain,
        fingerprint,
        negotiated,
        broken: null,
        isKnown: true,
      };
    },
    validated(request, handshake, validity) {
      if (request.breadth === 'app') memory.remember(request, handshake, validity);
    },
  };
}

function isSpared({ breadth, inFull = false }: HandshakeRequest): boolean {
  return breadth === 'app' && !inFull;
}
