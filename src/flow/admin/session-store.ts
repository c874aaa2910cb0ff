/** What is kept of the people who are signed in to the page. Every method rejects if the store can't be used. */
export interface SessionStore {
  /** `sealed` is of no use without the session's id, which the store does not know. Kept for `lifeMs` milliseconds. */
  put(key: string, sealed: string, lifeMs: number): Promise<void>;
  /** null: unknown, ended or over. */
  get(key: string): Promise<string | null>;
  remove(key: string): Promise<void>;
}
