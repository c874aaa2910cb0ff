/** One offer to one address: a handshake, its decoded chain, and the outcome. */
import { validUntil } from '../core/certificate-rules.ts';
import type { Failure, KeyType } from '../core/observation.ts';
import type { ChainReader, DecodedChain } from './chain-reader.ts';
import type { Breadth, Handshake, Handshaker, Offer, Refusal } from './handshaker.ts';

/** What is the same for all handshakes with a domain. */
export interface Probing {
  readonly domain: {
    readonly host: string;
    readonly port: number;
    readonly ca?: string;
    readonly alpn: readonly string[];
    /** Whether the rules of some phone platform apply. */
    readonly forPhones: boolean;
  };
  readonly limits: {
    /** One endpoint's deadline, for all its handshakes together. */
    readonly timeoutMs: number;
    readonly connectTimeoutMs: number;
    readonly handshakeTimeoutMs: number;
  };
  readonly handshaker: Handshaker;
  readonly chains: ChainReader;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Each handshake is wanted in full. */
  readonly inFull: boolean;
}

/** One endpoint's handshakes, which share its deadline. */
export interface Trial {
  readonly address: string;
  readonly keyType: KeyType;
  readonly startedAt: number;
}

export interface Answer {
  readonly handshake: Handshake;
  readonly decoded: DecodedChain;
  readonly failure: null;
}

export interface NoAnswer {
  readonly failure: Failure;
  readonly refused: Refusal | null;
}

/** The outcome of one offer: a chain, or why there is none. */
export type Outcome = Answer | NoAnswer;

export async function shakeHands(
  { address, startedAt }: Trial,
  offer: Offer,
  breadth: Breadth,
  { domain, limits, handshaker, chains, clock, signal, inFull }: Probing,
): Promise<Outcome> {
  const { host, port, alpn } = domain;
  const { connectTimeoutMs, handshakeTimeoutMs } = limits;
  // A further handshake of the same endpoint has only the time that is left, but enough to fail with its own code.
  const timeoutMs = Math.max(1, limits.timeoutMs - elapsed(startedAt, clock()));
  const request = {
    address,
    port,
    host,
    offer,
    breadth,
    alpn,
    connectTimeoutMs,
    handshakeTimeoutMs,
    timeoutMs,
    inFull,
  };
  const handshake = await handshaker.handshake(request, signal);
  if (handshake.failure !== null) return handshake;
  const at = clock();
  const read = chains.read(handshake.chain, host, domain.ca, at, handshake.fingerprint);
  if (read.failure !== null) return { failure: read.failure, refused: null };
  if (!handshake.isKnown && handshake.broken === null && isValid(read.decoded)) {
    handshaker.validated?.(request, handshake, { at, until: validUntil(read.decoded.presented, at) });
  }
  return { handshake, decoded: read.decoded, failure: null };
}

function isValid({ path, hostMatches }: DecodedChain): boolean {
  return path.problem === null && hostMatches;
}

/** True even for unusable certificates: the server serves something of what was offered. */
export function isAnswered({ failure }: Outcome): boolean {
  return failure === null || failure.code === 'chain_too_large' || failure.code === 'certificate_undecodable';
}

/** The label of the leaf's key; null if there is no chain. */
export function leafKey(outcome: Outcome): string | null {
  return outcome.failure === null ? (outcome.decoded.presented[0]?.key ?? null) : null;
}

/** The offer that a key with this label answers; null: none. */
export function keyTypeOf(key: string | null): KeyType | null {
  if (key === null) return null;
  if (key.startsWith('RSA')) return 'rsa';
  if (key.startsWith('EC')) return 'ecdsa';
  return key.startsWith('Ed') ? 'eddsa' : null;
}

/** Whole milliseconds; 0 if the clock was set back meanwhile. */
export function elapsed(from: number, to: number): number {
  return Math.max(0, Math.round(to - from));
}
