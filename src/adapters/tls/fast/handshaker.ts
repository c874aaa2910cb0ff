/**
 * Asks a server only for what proves that it is as it was, and node:tls for everything else.
 *
 * The proof counts for one thing: this is, byte for byte, the chain whose path was validated for this endpoint within a day
 * and within its dates, and the server holds the key of its leaf. Whatever else a server does is node:tls's to say.
 *
 * A kind of key that node:tls was refused within a day is asked for with an app's hello alone. The same alert as right after
 * node:tls's word means that its word still holds, and nothing else does.
 */
import type {
  FailedHandshake,
  Handshake,
  HandshakeKind,
  HandshakeRequest,
  Handshaker,
} from '../../../flow/handshaker.ts';
import { ask, type Proof, type Unproven } from './ask.ts';
import type { Dialogue, Room } from './dialogue.ts';
import { converse12 } from './handshake12.ts';
import { converse13 } from './handshake13.ts';
import { createMemory, noteMiss, type Remembered } from './memory.ts';
import { createRefusals, type Refusal } from './refusals.ts';
import { type Alert, converseRefused } from './refused.ts';

export interface Sparing {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Asks, and then asks node:tls all the same: for tests, whose verdicts must not change by it. */
  readonly isDistrusted?: boolean;
  /** How long a server may take at most. */
  readonly mostMs?: number;
  /** Told of each handshake. */
  readonly count?: (kind: HandshakeKind) => void;
}

/** Of the endpoint's time, all of which node:tls has again. A server that takes longer is soon asked in full at once. */
const mostShare = 0.2;
const defaultMostMs = 2_000;

export function createSparingHandshaker(
  full: Handshaker,
  { clock, isDistrusted = false, mostMs = defaultMostMs, count = () => {} }: Sparing,
): Handshaker {
  const memory = createMemory();
  const refusals = createRefusals();

  function askWith<Shown>(
    request: HandshakeRequest,
    converse: (room: Room, fresh: Buffer) => Dialogue<Shown>,
    signal: AbortSignal,
  ): Promise<Proof<Shown> | Unproven> {
    const { address, port } = request;
    const timeoutMs = Math.min(mostMs, request.timeoutMs * mostShare);
    return ask({ address, port, timeoutMs }, converse, signal);
  }

  /** null: it proved nothing. */
  async function again(
    request: HandshakeRequest,
    known: Remembered,
    signal: AbortSignal,
  ): Promise<Handshake | null> {
    const converse = known.outcome.protocol === 'TLSv1.2' ? converse12 : converse13;
    const proof = await askWith(request, (room, fresh) => converse(request, known, room, fresh), signal);
    if ('unproven' in proof) {
      noteMiss(known, proof, clock());
      return null;
    }
    known.broken = 0;
    const { outcome, fingerprint } = known;
    const { protocol, negotiated } = outcome;
    const chain = proof.shown;
    return { failure: null, protocol, chain, fingerprint, negotiated, broken: null, isKnown: true };
  }

  function askRefused(request: HandshakeRequest, signal: AbortSignal): Promise<Proof<Alert> | Unproven> {
    return askWith(request, (room, fresh) => converseRefused(request, room, fresh), signal);
  }

  /** null: it is not refused, or not as before. */
  async function refusedAgain(
    request: HandshakeRequest,
    known: Refusal,
    signal: AbortSignal,
  ): Promise<FailedHandshake | null> {
    const answer = await askRefused(request, signal);
    if ('shown' in answer && answer.shown === known.alert) {
      known.broken = 0;
      return known.outcome;
    }
    noteMiss(known, 'shown' in answer ? anotherAlert : answer, clock());
    return null;
  }

  async function inFull(
    request: HandshakeRequest,
    signal: AbortSignal,
  ): Promise<Handshake | FailedHandshake> {
    const outcome = await full.handshake(request, signal);
    if (request.breadth !== 'app') return outcome;
    if (outcome.failure === null || outcome.refused !== 'alert') {
      refusals.forget(request);
      return outcome;
    }
    let alert = refusals.alertOf(request, outcome, clock());
    if (alert === undefined) {
      const answer = await askRefused(request, signal);
      alert = 'shown' in answer ? answer.shown : null;
      refusals.remember(request, outcome, alert, clock());
    } else if (alert !== null) {
      refusals.remember(request, outcome, alert, clock());
    }
    return outcome;
  }

  return {
    async handshake(request, signal) {
      const now = clock();
      const known = isSpared(request) ? memory.find(request, now) : null;
      const refusal = isSpared(request) && known === null ? refusals.find(request, now) : null;
      let spared: Handshake | FailedHandshake | null = null;
      if (known !== null) spared = await again(request, known, signal);
      else if (refusal !== null) spared = await refusedAgain(request, refusal, signal);
      if (spared !== null && !isDistrusted) {
        count('fast');
        return spared;
      }
      count(known !== null || refusal !== null ? 'fallback' : 'full');
      return inFull(request, signal);
    },
    validated(request, handshake, validity) {
      if (request.breadth === 'app') memory.remember(request, handshake, validity);
    },
  };
}

const anotherAlert: Unproven = { unproven: 'surprise', reason: 'another alert than before' };

function isSpared({ breadth, inFull = false }: HandshakeRequest): boolean {
  return breadth === 'app' && !inFull;
}
