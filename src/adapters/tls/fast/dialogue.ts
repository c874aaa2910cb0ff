import type { ServerKey } from './server-key.ts';

/** What a server is expected to show. */
export interface Known {
  /** Of its chain, as `fingerprintOf` gives it. */
  readonly fingerprint: string;
  /** The leaf's. */
  readonly key: ServerKey;
}

/** What a client says in answer to what it has heard. */
export interface Turn<Shown = readonly Uint8Array[]> {
  /** Empty: nothing. */
  readonly say: Buffer;
  /**
   * Not null once the server has shown the known chain, holds its key, and has finished the handshake: the chain as it came.
   * What is said then ends the connection in good order.
   */
  readonly shown: Shown | null;
}

/** One handshake, as far as bytes go. */
export interface Dialogue<Shown = readonly Uint8Array[]> {
  readonly opening: Buffer;
  /** So many bytes have been received in all. Null: more must come. Throws a Surprise. */
  receive(filled: number): Turn<Shown> | null;
}

/** Nobody may foresee it, and it is used once. */
export const freshBytes = 64;

/** The room of one connection; what doesn't fit is a surprise. */
export interface Room {
  readonly received: Buffer;
  readonly transcript: Buffer;
}
