/** A value of the store that makes no sense: damaged, or written by something else. It must harm nothing but what it is about. */
export interface UnreadableValue {
  /** Its key in Redis. */
  readonly key: string;
  /** Its field or place in that key; null where the key as a whole is meant. */
  readonly field: string | null;
  readonly account: string | null;
  readonly domain: string | null;
  /** What was expected, and what was found instead. */
  readonly problem: string;
}
