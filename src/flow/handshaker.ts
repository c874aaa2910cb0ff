import type { Failure, KeyType, Negotiated } from '../core/observation.ts';

/** The kind of key that is requested; `any` takes whichever the server prefers. */
export type Offer = KeyType | 'any';

/**
 * `app` offers what apps offer, or the part of it that fits one kind of key. `wide` adds what no app or no phone
 * offers, to learn what a server that refuses apps does answer.
 */
export type Breadth = 'app' | 'wide';

export interface HandshakeRequest {
  readonly address: string;
  readonly port: number;
  /** Sent as SNI, unless it is an IP literal. */
  readonly host: string;
  readonly offer: Offer;
  readonly breadth: Breadth;
  /** Application protocols (RFC 7301), in this order; empty: the extension is left out. */
  readonly alpn: readonly string[];
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** For connect and handshake together. */
  readonly timeoutMs: number;
  /** A handshake in full is wanted, whatever is known of the server. */
  readonly inFull?: boolean;
}

export interface Handshake {
  readonly failure: null;
  readonly protocol: string;
  /** DER, as presented, in wire order; never empty. */
  readonly chain: readonly Uint8Array[];
  /** `chainFingerprint` of it, made once because each of its users would take 10 µs for it. */
  readonly fingerprint: string;
  readonly negotiated: Negotiated;
  /** Why the handshake ended after the chain; null if it completed, or ended for lack of a client certificate. */
  readonly broken: Failure | null;
  /** The chain is the one that was `validated`, and the server proved that it holds its key: no more was asked of it. */
  readonly isKnown?: true;
}

/** `[at, until)` in milliseconds since the epoch. */
export interface Validity {
  readonly at: number;
  readonly until: number;
}

/**
 * How a server declined what was offered: with an alert (`handshake_failure` and the like), or by silently breaking the
 * connection off. The latter is how Schannel refuses, and also what overload, a connection limit or chance look like.
 */
export type Refusal = 'alert' | 'broken_off';

export interface FailedHandshake {
  readonly failure: Failure;
  /** null: another fault, which another offer would not fix. */
  readonly refused: Refusal | null;
}

/**
 * - `fast`: a server was asked only for what proves that it is as known.
 * - `fallback`: that proved nothing, so a handshake in full was made as well.
 * - `full`: a handshake in full at once.
 */
export const handshakeKinds = ['fast', 'fallback', 'full'] as const;
export type HandshakeKind = (typeof handshakeKinds)[number];

/** TLS handshakes on fresh connections. Rejects only for an aborted signal, and leaves nothing open. */
export interface Handshaker {
  /** One handshake, or a few if the server may have refused the first because of its chain. */
  handshake(request: HandshakeRequest, signal: AbortSignal): Promise<Handshake | FailedHandshake>;
  /** Tells that the chain of a handshake in full leads to a root: while that holds, less may be asked of this server. */
  validated?(request: HandshakeRequest, handshake: Handshake, validity: Validity): void;
}
