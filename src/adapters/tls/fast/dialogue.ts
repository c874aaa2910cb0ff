import type { ServerKey } from './server-key.ts';

/** What a server is expected to show. */
export interface Known {
  /** Of its chain, as `fingerprintOf` gives it. */
  readonly fingerprint: string;
  /** The leaf's. */
  readonly key: ServerKey;
}

/** That the server showed the known chain and holds its key. */
export interface Proof {
  /** As it came, byte for byte the known one. */
  readonly chain: readonly Uint8Array[];
  /** Ends the handshake in good order. */
  readonly farewell: Buffer;
}

/** One handshake, as far as bytes go. */
export interface Dialogue {
  readonly opening: Buffer;
  /** So many bytes have been received in all. Null: more must come. Throws a Surprise. */
  receive(filled: number): Proof | null;
}

/** The room of one connection; what doesn't fit is a surprise. */
export interface Room {
  readonly received: Buffer;
  readonly transcript: Buffer;
}
