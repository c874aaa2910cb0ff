/** A P-256 key that signs, wherever it is: in a file, a KMS or an HSM. */
export interface Signer {
  /** Its name in messages: a file or a command. */
  readonly name: string;
  /** Its public key, 65 bytes; null if unknown. */
  readonly point: Uint8Array | null;
  /** The ES256 signature of the bytes: r and s, 64 bytes. Rejects with SigningProblem. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** Why nothing was signed. */
export class SigningProblem extends Error {}
