/** Why a bundle is refused. The current one then stays in force. */
export type RefusalCode =
  /** More than 262,144 bytes. */
  | 'too_large'
  /** Not in the form of a bundle. */
  | 'malformed'
  /** The key statement names a root that the app does not know. */
  | 'unknown_root'
  /** A signature does not verify. */
  | 'bad_signature'
  /** It has another version of the format. */
  | 'unsupported'
  /** It is for another channel. */
  | 'wrong_audience'
  /** The configuration is signed by a key that its key statement does not name. */
  | 'unknown_key'
  /** It is older than what the client holds. */
  | 'rollback'
  /** It has the tuple of what the client holds, but another content. */
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
