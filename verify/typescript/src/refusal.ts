/** Why a bundle is not taken. A refusal keeps what is in force. */
export type RefusalCode =
  /** More than 262,144 bytes. */
  | 'too_large'
  /** Not of the form. */
  | 'malformed'
  /** The key statement names a root that the app does not know. */
  | 'unknown_root'
  /** A signature is not its key's. */
  | 'bad_signature'
  /** Another version of the format. */
  | 'unsupported'
  /** Another channel's. */
  | 'wrong_audience'
  /** The configuration is signed by a key that its key statement does not name. */
  | 'unknown_key'
  /** Older than what the client holds. */
  | 'rollback'
  /** As old as what the client holds, but something else. */
  | 'conflict';

export class Refusal extends Error {
  readonly code: RefusalCode;
  /** The place, what was expected and what was found. */
  readonly detail: string;

  constructor(code: RefusalCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

export function malformed(place: string, expected: string): never {
  throw new Refusal('malformed', `${place}: expected ${expected}`);
}
