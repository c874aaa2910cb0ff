import type { Certificate, ValidatedPath } from '../core/certificate.ts';
import type { Failure, KeyType } from '../core/observation.ts';

/** Name resolution, away from libuv's thread pool, so that a slow resolver holds nothing else back. */
export interface Resolver {
  /** All IPv4 and IPv6 addresses of a name, sorted. Never rejects: what the resolver did is a value. */
  resolve(host: string, timeoutMs: number, signal: AbortSignal): Promise<readonly string[] | Failure>;
}

/** The network policy: loopback, link-local, multicast and private targets are refused unless allowed. */
export type Guard = (address: string) => Failure | null;

/** `any` offers every signature scheme: it tells a key type that is not served from a server that refuses everybody. */
export type Offer = KeyType | 'any';

export interface HandshakeRequest {
  readonly address: string;
  readonly port: number;
  /** Sent as SNI, unless it is an IP literal. */
  readonly host: string;
  readonly offer: Offer;
  /** PEM of the roots that replace the default store. */
  readonly ca: string | undefined;
  /** Let OpenSSL verify against the roots; without, the chain is only received, which costs a third less CPU. */
  readonly verify: boolean;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** For connect and handshake together. */
  readonly timeoutMs: number;
}

export interface Handshake {
  readonly failure: null;
  readonly protocol: string;
  /** DER, as presented, in wire order; never empty. */
  readonly chain: readonly Uint8Array[];
  /** OpenSSL's verification error, null where it verified; meaningless without `verify`. */
  readonly verifyError: string | null;
}

export interface FailedHandshake {
  readonly failure: Failure;
  /** The server declined what was offered (`handshake_failure` and its like): perhaps this key type only is not served. */
  readonly refused: boolean;
}

/** One TLS handshake on a fresh connection. Never rejects but for an aborted signal, and leaves nothing open. */
export interface Handshaker {
  handshake(request: HandshakeRequest, signal: AbortSignal): Promise<Handshake | FailedHandshake>;
}

export interface DecodedChain {
  readonly presented: readonly Certificate[];
  readonly path: ValidatedPath;
  readonly hostMatches: boolean;
}

/** Decodes a presented chain and builds its path, from memory where the same chain was read before. */
export interface ChainReader {
  read(
    chain: readonly Uint8Array[],
    host: string,
    ca: string | undefined,
    now: number,
  ): { readonly failure: null; readonly decoded: DecodedChain } | { readonly failure: Failure };
}
