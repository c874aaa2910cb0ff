/** A P-256 key that signs, wherever it is: in a file, a KMS or an HSM. */
export interface Signer {
  /** How it is called in messages: a file or a command. */
  readonly name: string;
  /** Its public key, 65 bytes; null if only its signatures tell. */
  readonly point: Uint8Array | null;
  /** ES256 over the bytes: r and s, 64 bytes. Rejects with SigningProblem. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** Why nothing was signed, for whoever asked. */
export class SigningProblem extends Error {}
